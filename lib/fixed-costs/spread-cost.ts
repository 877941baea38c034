import { addDecimals, compareDecimals, divideDecimals, ExactDecimal, trimDecimal } from '@/lib/money'

/** How a cost is spread over what it served. */
export const METHODS = ['tokens', 'requests', 'even'] as const
export type Method = (typeof METHODS)[number]

export type MonthlyTerms = {
  amount: string
  /** Null: the amount is paid each month. */
  termMonths: number | null
  /** `2026-10` */
  firstMonth: string
  /** The last month that counts; null without end. */
  lastMonth: string | null
}

/** Fraction digits that the ledger keeps; shares are cut to them, and what is left goes to the largest. */
const DIGITS = 18

function monthsBetween(from: string, to: string): number {
  const count = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5))
  return count(to) - count(from)
}

/**
 * What a month bears of a cost, USD; null in months that it does not touch. The months of a term add up to its amount: the
 * last takes what division leaves.
 */
export function chargeOf({ amount, termMonths, firstMonth, lastMonth }: MonthlyTerms, month: string): string | null {
  const place = monthsBetween(firstMonth, month)
  if (place < 0 || (lastMonth !== null && month > lastMonth)) return null
  if (termMonths === null) return trimDecimal(amount)
  if (place >= termMonths) return null
  const each = new ExactDecimal(amount).div(termMonths).toDecimalPlaces(DIGITS, ExactDecimal.ROUND_DOWN)
  if (place < termMonths - 1) return trimDecimal(each.toFixed())
  return trimDecimal(new ExactDecimal(amount).minus(each.times(termMonths - 1)).toFixed())
}

export type Served = { key: string; tokens: string; requests: string }

export type Spread = {
  /** Of the charge, what no usage bears: unused capacity, or all of it where nothing was served. */
  idle: string
  /** Idle ÷ charge; null where nothing counts as idle. */
  idleShare: string | null
  byKey: Map<string, string>
}

/**
 * Spreads a month's charge over what it served. With a capacity, the part of it that was not used stays idle and is borne
 * by nobody. Idle and shares add up to the charge to the last digit.
 */
export function spreadCharge(
  charge: string,
  method: Method,
  capacityTokens: string | null,
  served: readonly Served[],
): Spread {
  const used = served.filter(({ tokens, requests }) => tokens !== '0' || requests !== '0')
  const weights = used.map((each) => ({ key: each.key, weight: method === 'even' ? '1' : each[method] }))
  const whole = new ExactDecimal(addDecimals(weights.map(({ weight }) => weight)))
  if (whole.isZero())
    return { idle: charge, idleShare: compareDecimals(charge, '0') === 0 ? null : '1', byKey: new Map() }
  const idle = idleOf(charge, capacityTokens, addDecimals(used.map(({ tokens }) => tokens)))
  const borne = new ExactDecimal(charge).minus(idle)
  const shares = weights
    .map(({ key, weight }) => ({
      key,
      share: borne.times(weight).div(whole).toDecimalPlaces(DIGITS, ExactDecimal.ROUND_DOWN),
    }))
    .sort((a, b) => b.share.comparedTo(a.share) || (a.key < b.key ? -1 : 1))
  const left = shares.reduce((rest, { share }) => rest.minus(share), borne)
  return {
    idle: trimDecimal(idle),
    idleShare: capacityTokens === null ? null : divideDecimals(idle, charge),
    byKey: new Map(
      shares.map(({ key, share }, index) => [key, trimDecimal((index === 0 ? share.plus(left) : share).toFixed())]),
    ),
  }
}

function idleOf(charge: string, capacityTokens: string | null, usedTokens: string): string {
  if (capacityTokens === null) return '0'
  const unused = new ExactDecimal(capacityTokens).minus(usedTokens)
  if (unused.lte(0)) return '0'
  return new ExactDecimal(charge)
    .times(unused)
    .div(capacityTokens)
    .toDecimalPlaces(DIGITS, ExactDecimal.ROUND_DOWN)
    .toFixed()
}

import {
  addDecimals,
  compareDecimals,
  divideDecimals,
  ExactDecimal,
  multiplyDecimals,
  subtractDecimals,
  trimDecimal,
} from '@/lib/money'

/** How a cost is spread over what it served. */
export const METHODS = ['tokens', 'requests', 'busyTime', 'even'] as const
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

/** What one group of a pool's usage took; `busyMs` is the sum of the latencies that its attempts report. */
export type Served = { key: string; tokens: string; requests: string; busyMs: string }

/** What a pool could serve in a month, in the unit that its use is measured by. */
export type Capacity = { by: 'tokens' | 'busyMs'; size: string }

const HOUR_MS = '3600000'

/** The capacity of a cost as it was entered; null where none was: nothing counts as idle then. */
export function capacityOf(cost: { capacityTokens: string | null; capacityHours: string | null }): Capacity | null {
  if (cost.capacityHours !== null) return { by: 'busyMs', size: multiplyDecimals(cost.capacityHours, HOUR_MS) }
  return cost.capacityTokens === null ? null : { by: 'tokens', size: cost.capacityTokens }
}

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
  capacity: Capacity | null,
  served: readonly Served[],
): Spread {
  const used = served.filter(({ tokens, requests, busyMs }) => [tokens, requests, busyMs].some((each) => each !== '0'))
  const weights = used.map((each) => ({ key: each.key, weight: weightOf(each, method) }))
  const whole = addDecimals(weights.map(({ weight }) => weight))
  if (compareDecimals(whole, '0') === 0)
    return { idle: charge, idleShare: compareDecimals(charge, '0') === 0 ? null : '1', byKey: new Map() }
  const idle = idleOf(charge, capacity, capacity && addDecimals(used.map((each) => each[capacity.by])))
  return {
    idle: trimDecimal(idle),
    idleShare: capacity === null ? null : divideDecimals(idle, charge),
    byKey: shareOut(subtractDecimals(charge, idle), weights, whole),
  }
}

function weightOf(served: Served, method: Method): string {
  switch (method) {
    case 'tokens':
      return served.tokens
    case 'requests':
      return served.requests
    case 'busyTime':
      return served.busyMs
    case 'even':
      return '1'
  }
}

/**
 * `amount` × weight ÷ `whole` by key. Where the weights are all of the whole, the shares add up to the amount to the last
 * digit: what division leaves goes to the largest.
 */
export function shareOut(
  amount: string,
  weights: readonly { key: string; weight: string }[],
  whole: string,
): Map<string, string> {
  const shares = weights
    .map(({ key, weight }) => ({
      key,
      share: new ExactDecimal(amount).times(weight).div(whole).toDecimalPlaces(DIGITS, ExactDecimal.ROUND_DOWN),
    }))
    .sort((a, b) => b.share.comparedTo(a.share) || (a.key < b.key ? -1 : 1))
  const isWhole = compareDecimals(addDecimals(weights.map(({ weight }) => weight)), whole) === 0
  const left = isWhole
    ? shares.reduce((rest, { share }) => rest.minus(share), new ExactDecimal(amount))
    : new ExactDecimal(0)
  return new Map(
    shares.map(({ key, share }, index) => [key, trimDecimal((index === 0 ? share.plus(left) : share).toFixed())]),
  )
}

/** Of a charge, what the unused part of a capacity stands for; all of it is the most. */
function idleOf(charge: string, capacity: Capacity | null, used: string | null): string {
  if (capacity === null || used === null) return '0'
  const unused = new ExactDecimal(capacity.size).minus(used)
  if (unused.lte(0)) return '0'
  return new ExactDecimal(charge)
    .times(unused)
    .div(capacity.size)
    .toDecimalPlaces(DIGITS, ExactDecimal.ROUND_DOWN)
    .toFixed()
}

import { addDecimals, compareDecimals, subtractDecimals, trimDecimal } from '@/lib/money'

/**
 * Why a closed month differs from what the ledger says of it today.
 *
 * When a month is closed, what every attempt counted is kept beside its sums. Today each attempt is set beside itself, by
 * its identity, and what it counts otherwise goes to one cause, the first that holds:
 * - `late`: it was not there; it came after the month was closed.
 * - `correction`: a higher revision changed what was sent of it, also into the month or out of it.
 * - `deletion`: it is no longer there, erased on request.
 * - `alias`: the same was sent, and its provider or model has another name by now.
 * - `preference`: the price book says the same, and the workspace now takes the other of reported and priced cost.
 * - `exchangeRate`: the book has the same price for it in another currency, converted by another stored rate.
 * - `price`: the book has another price for it, or has one for the first time.
 * Retention takes users and ids and no attempt, so it causes nothing. Because every attempt is in one cause, the causes
 * add up to the difference to the last digit.
 */
export const CAUSES = ['late', 'price', 'exchangeRate', 'alias', 'correction', 'deletion', 'preference'] as const

export type Cause = (typeof CAUSES)[number]

export const CAUSE_WORDS: Readonly<Record<Cause, { label: string; definition: string }>> = {
  late: { label: 'Late events', definition: 'Attempts that came after the month was closed.' },
  price: {
    label: 'Price change',
    definition: 'The same attempts at the prices now in force, or priced for the first time.',
  },
  exchangeRate: {
    label: 'Exchange rate',
    definition: 'The same attempts at the same contract prices in another currency, converted by another stored rate.',
  },
  alias: { label: 'Alias', definition: 'The same attempts, whose provider or model has another name by now.' },
  correction: {
    label: 'Corrections',
    definition: 'Attempts of which a later revision says something else, also into the month or out of it.',
  },
  deletion: { label: 'Deletion', definition: 'Attempts that were erased on request. Retention takes none.' },
  preference: {
    label: 'Cost preference',
    definition: 'The same attempts, of which the workspace now takes the other of reported and priced cost.',
  },
}

/** Attempts of one line that count otherwise, or the same, for one reason; Decimals as strings. */
export type Move = {
  provider: string
  model: string
  /** Null: unattributed. */
  endpoint: string | null
  cause: Cause | 'none'
  booked: Sums
  today: Sums
}

/** `spend` is null where nothing had a price. */
export type Sums = { spend: string | null; attempts: string; tokens: string }

export type CauseShare = { cause: Cause; spend: string; attempts: string; tokens: string }

export type Explanation = {
  booked: Sums
  today: Sums
  /** today − booked; no price counts as nothing. */
  difference: { spend: string; attempts: string; tokens: string }
  /** All causes, in their order; they add up to the difference. */
  causes: CauseShare[]
}

/** Adds moves up and splits their difference by cause. Exact. */
export function explainDifference(moves: readonly Move[]): Explanation {
  const booked = addSums(moves.map((move) => move.booked))
  const today = addSums(moves.map((move) => move.today))
  return {
    booked,
    today,
    difference: subtractSums(today, booked),
    causes: CAUSES.map((cause) => {
      const own = moves.filter((move) => move.cause === cause)
      return {
        cause,
        ...subtractSums(addSums(own.map((move) => move.today)), addSums(own.map((move) => move.booked))),
      }
    }),
  }
}

export type LineKey = { provider: string; model: string; endpoint: string | null }

/** The same by line, of the lines that either side has. */
export function explainLines(moves: readonly Move[]): (LineKey & Explanation)[] {
  const lines = new Map<string, Move[]>()
  for (const move of moves) {
    const key = lineId(move)
    lines.set(key, [...(lines.get(key) ?? []), move])
  }
  return [...lines.values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    const { provider, model, endpoint } = first
    return [{ provider, model, endpoint, ...explainDifference(own) }]
  })
}

/** Tells lines apart. */
export function lineId({ provider, model, endpoint }: LineKey): string {
  return JSON.stringify([provider, model, endpoint])
}

function addSums(all: readonly Sums[]): Sums {
  const spends = all.map(({ spend }) => spend)
  return {
    spend: spends.every((spend) => spend === null) ? null : trimDecimal(addDecimals(spends)),
    attempts: addDecimals(all.map(({ attempts }) => attempts)),
    tokens: addDecimals(all.map(({ tokens }) => tokens)),
  }
}

function subtractSums(a: Sums, b: Sums): { spend: string; attempts: string; tokens: string } {
  return {
    spend: trimDecimal(subtractDecimals(a.spend ?? '0', b.spend ?? '0')),
    attempts: trimDecimal(subtractDecimals(a.attempts, b.attempts)),
    tokens: trimDecimal(subtractDecimals(a.tokens, b.tokens)),
  }
}

/** Whether two sums are of the same attempts; of none, nothing and no price are the same. */
export function isSameSum(a: Omit<Sums, 'tokens'>, b: Omit<Sums, 'tokens'>): boolean {
  if (compareDecimals(a.attempts, b.attempts) !== 0) return false
  return compareDecimals(a.attempts, '0') === 0 || isSameSpend(a.spend, b.spend)
}

/** Whether two spends say the same; no price at all is nothing else than itself. */
export function isSameSpend(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b
  return compareDecimals(a, b) === 0
}

import { divideDecimals, ExactDecimal, multiplyDecimals, subtractDecimals } from '@/lib/money'

/** A pool in a month; USD as Decimal strings. */
export type PoolUse = {
  /** What the month bears of all fixed costs of the pool. */
  charge: string
  /** What its usage cost besides, by its own price; 0 where it has none. */
  usage: string
  tokens: string
  /** Use ÷ capacity; null without a capacity. May be above 1. */
  utilisation: string | null
}

export type BreakEven =
  /** `tokens` of the same mix in a month, rounded up; `utilisation` is null without a capacity, above 1 beyond it. */
  | { kind: 'at'; tokens: string; utilisation: string | null }
  /** Each token costs at least as much by the pool's own price: more usage never makes up for the charge. */
  | { kind: 'never' }

/**
 * Where a pool costs as much per token as the alternative that would have cost `alternative` for the same usage: the
 * charge stays, everything else grows with the usage. Tokens = charge × tokens ÷ (alternative − usage), and utilisation
 * grows as tokens do. Null where nothing was served: there is no usage to compare.
 */
export function findBreakEven({ charge, usage, tokens, utilisation }: PoolUse, alternative: string): BreakEven | null {
  if (tokens === '0') return null
  const saved = subtractDecimals(alternative, usage)
  if (new ExactDecimal(saved).lte(0)) return { kind: 'never' }
  return {
    kind: 'at',
    tokens: new ExactDecimal(charge).times(tokens).div(saved).ceil().toFixed(),
    utilisation: utilisation === null ? null : divideDecimals(multiplyDecimals(utilisation, charge), saved),
  }
}

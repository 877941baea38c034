import { addDecimals, compareDecimals, ExactDecimal, multiplyDecimals } from '@/lib/money'

/** The least and the most, as Decimal strings; `low` ≤ `high`. */
export type Bounds = { low: string; high: string }

/** Unit prices that unpriced usage may have had: USD per token. */
export type ImputedPrices = { input: Bounds; output: Bounds }

/** Tokens without a price. Unsplit ones may be input or output. */
export type UnpricedUsage = { inputTokens: string; outputTokens: string; unsplitTokens: string }

/** What unpriced usage costs at the least and at the most, in USD: tokens × the cheapest and the dearest price. */
export function imputeUsage(usage: UnpricedUsage, prices: ImputedPrices): Bounds {
  const cheapest = lesser(prices.input.low, prices.output.low)
  const dearest = greater(prices.input.high, prices.output.high)
  return {
    low: addDecimals([
      multiplyDecimals(usage.inputTokens, prices.input.low),
      multiplyDecimals(usage.outputTokens, prices.output.low),
      multiplyDecimals(usage.unsplitTokens, cheapest),
    ]),
    high: addDecimals([
      multiplyDecimals(usage.inputTokens, prices.input.high),
      multiplyDecimals(usage.outputTokens, prices.output.high),
      multiplyDecimals(usage.unsplitTokens, dearest),
    ]),
  }
}

/** The cheapest and the dearest of some prices; null of none. */
export function boundsOf(prices: readonly string[]): Bounds | null {
  const [first, ...rest] = prices
  if (first === undefined) return null
  return { low: rest.reduce(lesser, first), high: rest.reduce(greater, first) }
}

/** The 5th and the 95th percentile (nearest rank) of some prices; null of none. */
export function percentileBounds(prices: readonly string[]): Bounds | null {
  const sorted = prices.toSorted(compareDecimals)
  const at = (level: number) => sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)]
  const [low, high] = [at(0.05), at(0.95)]
  return low === undefined || high === undefined ? null : { low, high }
}

/** Sum of bounds, exact. */
export function addBounds(all: readonly Bounds[]): Bounds {
  return { low: addDecimals(all.map(({ low }) => low)), high: addDecimals(all.map(({ high }) => high)) }
}

function lesser(a: string, b: string): string {
  return ExactDecimal.min(a, b).toFixed()
}

function greater(a: string, b: string): string {
  return ExactDecimal.max(a, b).toFixed()
}

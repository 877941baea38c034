import { ExactDecimal } from '@/lib/money'

/**
 * What a price is for. Tokens, except `toolRequests` (per request to a tool, such as a web search) and `requests` (a fee
 * per attempt, which a few providers charge beside tokens).
 */
export const PRICED_CLASSES = [
  ...(['inputUncached', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output', 'reasoning'] as const),
  ...(['audioInput', 'audioOutput', 'toolRequests', 'requests'] as const),
] as const

export type PricedClass = (typeof PRICED_CLASSES)[number]

/** Fraction digits of a unit price; the ledger keeps as many. */
export const UNIT_PRICE_DIGITS = 18

/** Decimal strings, USD per ONE unit, exact digits. A class without a price is absent, never `0`. */
export type UnitPrices = Readonly<Partial<Record<PricedClass, string>>>

/**
 * Counts in disjoint classes (safe integers ≥ 0): of one attempt, or summed over attempts that share a price row.
 * `requests` is the number of attempts summed; left out it is 1.
 */
export type Usage = Readonly<Record<Exclude<PricedClass, 'requests'>, number> & { requests?: number }>

/** `pricedAs` is the class whose price was taken: another than `priceClass` where a fallback rule applied. */
type PricedLine = {
  priceClass: PricedClass
  pricedAs: PricedClass
  count: number
  unitPriceUsd: string
  costUsd: string
}

export type PricedUsage =
  | { kind: 'priced'; costUsd: string; lines: PricedLine[] }
  | { kind: 'unpriced'; missing: PricedClass[] }

/**
 * Which price a class takes when it has none of its own, in order: caches are billed as the input they are, reasoning and
 * audio as the text of their direction. Claude's 1 h cache write (twice the input price) is a price of its own in the
 * book's rows. A fee per attempt that is not listed is not charged; tool requests have no fallback.
 */
const FALLBACKS: Readonly<Record<PricedClass, readonly PricedClass[]>> = {
  inputUncached: ['inputUncached'],
  cacheRead: ['cacheRead', 'inputUncached'],
  cacheWrite5m: ['cacheWrite5m', 'inputUncached'],
  cacheWrite1h: ['cacheWrite1h', 'cacheWrite5m', 'inputUncached'],
  output: ['output'],
  reasoning: ['reasoning', 'output'],
  audioInput: ['audioInput', 'inputUncached'],
  audioOutput: ['audioOutput', 'output'],
  toolRequests: ['toolRequests'],
  requests: ['requests'],
}

/** The class whose price `priceClass` takes under these prices: itself, its fallback, or null when neither has a price. */
export function priceClassFor(priceClass: PricedClass, unitPrices: UnitPrices): PricedClass | null {
  return FALLBACKS[priceClass].find((candidate) => unitPrices[candidate] !== undefined) ?? null
}

/** Every class with the price it takes, fallbacks applied; classes that cannot be priced are absent. */
export function fillUnitPrices(unitPrices: UnitPrices): UnitPrices {
  const filled = PRICED_CLASSES.flatMap((priceClass) => {
    const source = priceClassFor(priceClass, unitPrices)
    const price = source === null ? undefined : unitPrices[source]
    return price === undefined ? [] : [[priceClass, price] as const]
  })
  return Object.fromEntries(filled)
}

/** Whether a model's output has a price. Without one (embeddings) an attempt may leave out its output tokens. */
export function hasOutputPrice(row: { readonly unitPrices: UnitPrices }): boolean {
  return row.unitPrices.output !== undefined
}

/**
 * Cost in USD = Σ count × unit price, exact, in plain notation, never rounded. Linear: the cost of summed usage is the
 * sum of costs. A class that was used and has no price, not even by a fallback, makes the whole usage
 * unpriced and is named in `missing`; a class that was not used needs no price. Throws a RangeError for counts that are
 * not safe integers ≥ 0.
 */
export function priceUsage(usage: Usage, unitPrices: UnitPrices): PricedUsage {
  const lines: PricedLine[] = []
  const missing: PricedClass[] = []
  let total = new ExactDecimal(0)
  for (const priceClass of PRICED_CLASSES) {
    const count = usage[priceClass] ?? 1
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`Usage of ${priceClass} must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`)
    }
    if (count === 0) continue
    const pricedAs = priceClassFor(priceClass, unitPrices)
    const unitPriceUsd = pricedAs === null ? undefined : unitPrices[pricedAs]
    if (pricedAs === null || unitPriceUsd === undefined) {
      if (priceClass !== 'requests') missing.push(priceClass)
      continue
    }
    const cost = new ExactDecimal(unitPriceUsd).times(count)
    total = total.plus(cost)
    lines.push({ priceClass, pricedAs, count, unitPriceUsd, costUsd: cost.toFixed() })
  }
  return missing.length > 0 ? { kind: 'unpriced', missing } : { kind: 'priced', costUsd: total.toFixed(), lines }
}

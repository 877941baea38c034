import { z } from 'zod'
import { compareText } from '@/lib/compare-text'
import type { PriceBook, PriceRow } from './price-book'
import { PRICED_CLASSES, type PricedClass, type UnitPrices } from './price-usage'

const unitPrices = z.partialRecord(z.enum(PRICED_CLASSES), z.string())

/** One price that a list adds, drops or changes. */
const priceDifference = z.object({
  provider: z.string(),
  model: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  /** Tier, region, context band and period, where the model has several prices. */
  place: z.string(),
  /** USD per unit: of the classes that differ. */
  before: unitPrices,
  after: unitPrices,
})

/** What a list would change; also how the browser parses it. */
export const priceListDifference = z.object({
  models: z.object({ added: z.number(), removed: z.number(), changed: z.number() }),
  /** By provider and model; the first of them where there are more than anybody reads. */
  prices: z.array(priceDifference),
  total: z.number(),
})

export type PriceListDifference = z.output<typeof priceListDifference>
export type PriceDifference = PriceListDifference['prices'][number]

/**
 * What `after` says other than `before`, price by price; pure. A model is added when `before` has no price of it.
 * @param most prices to name
 */
export function diffPriceLists(before: PriceBook, after: PriceBook, most: number): PriceListDifference {
  const [old, fresh] = [byId(before), byId(after)]
  const [oldModels, freshModels] = [modelsOf(before), modelsOf(after)]
  const prices = [...new Set([...old.keys(), ...fresh.keys()])].flatMap((id): PriceDifference[] => {
    const [was, is] = [old.get(id), fresh.get(id)]
    const row = is ?? was
    if (!row) return []
    const classes = PRICED_CLASSES.filter((name) => was?.unitPrices[name] !== is?.unitPrices[name])
    const isMoved = was && is && describePeriod(was) !== describePeriod(is)
    if (was && is && classes.length === 0 && !isMoved) return []
    return [
      {
        ...{ provider: row.provider, model: row.model },
        kind: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
        place: describePlace(row) + (isMoved ? ` (was ${describePeriod(was)})` : ''),
        before: pick(was?.unitPrices, classes),
        after: pick(is?.unitPrices, classes),
      },
    ]
  })
  const sorted = prices.toSorted((a, b) => compareText(nameOf(a), nameOf(b)) || compareText(a.place, b.place))
  const touched = new Set(prices.map(nameOf))
  return {
    models: {
      added: [...touched].filter((name) => !oldModels.has(name)).length,
      removed: [...touched].filter((name) => !freshModels.has(name)).length,
      changed: [...touched].filter((name) => oldModels.has(name) && freshModels.has(name)).length,
    },
    prices: sorted.slice(0, most),
    total: sorted.length,
  }
}

function byId(book: PriceBook): Map<string, PriceRow> {
  return new Map(book.rows.map((row) => [row.id, row]))
}

function modelsOf(book: PriceBook): Set<string> {
  return new Set(book.rows.map(nameOf))
}

function nameOf({ provider, model }: { provider: string; model: string }): string {
  return `${provider}/${model}`
}

function pick(prices: UnitPrices | undefined, classes: readonly PricedClass[]): UnitPrices {
  return Object.fromEntries(
    classes.flatMap((name) => (prices?.[name] === undefined ? [] : [[name, prices[name]] as const])),
  )
}

function describePeriod({ effectiveFrom, effectiveTo }: PriceRow): string {
  const day = (at: Date | null) => at?.toISOString().slice(0, 10)
  if (!effectiveFrom && !effectiveTo) return 'always'
  if (!effectiveTo) return `from ${day(effectiveFrom)}`
  return effectiveFrom ? `${day(effectiveFrom)} to ${day(effectiveTo)}` : `until ${day(effectiveTo)}`
}

function describePlace(row: PriceRow): string {
  const band = row.contextBand === 'base' ? null : `${row.contextBand.replace('>', 'over ')} input tokens`
  const hours = row.dailyFrom === null ? null : `${row.dailyFrom} to ${row.dailyTo} UTC`
  return [row.serviceTier, row.region, band, hours, describePeriod(row)].filter((part) => part !== null).join(', ')
}

import { z } from 'zod'
import { compareText } from '@/lib/compare-text'
import { SERVICE_TIERS } from '@/lib/events/event-names'
import type { PriceRow } from './price-book'
import type { PriceIndex } from './price-index'
import { indexRow } from './price-index'

const MAX_TEXT = 100

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().catch(null)

const schema = z.object({
  /** Part of a provider's or a model's name. */
  text: optional(z.string().trim().min(1).max(MAX_TEXT)),
  provider: optional(z.string().min(1).max(200)),
  tier: optional(z.enum(SERVICE_TIERS)),
  origin: optional(z.enum(['list', 'organization', 'workspace'])),
  /** Models that the workspace has used, or all of the book. */
  models: z.enum(['used', 'all']).catch('used'),
  /** What is in force now, or every period and what another price hides. */
  periods: z.enum(['now', 'all']).catch('now'),
})

/** What of the price book is looked at. */
export type PriceSearch = z.output<typeof schema>

/** Reads the URL of the page of prices; what makes no sense is left out. */
export function parsePriceSearch(params: Readonly<Record<string, string | string[] | undefined>>): PriceSearch {
  const one = (name: string) => {
    const value = params[name]
    return (Array.isArray(value) ? value[0] : value) ?? null
  }
  return schema.parse({
    text: one('q'),
    provider: one('provider'),
    tier: one('tier'),
    origin: one('origin'),
    models: one('models'),
    periods: one('periods'),
  })
}

/** `inForce` prices attempts now; `hidden` would, did another price not come before it. */
export type PriceState = 'inForce' | 'hidden' | 'future' | 'past'

export type ShownPrice = { row: PriceRow; state: PriceState }

/**
 * The prices that a search asks for, by provider and model, the latest period first; pure.
 * @param used models that the workspace has used, as {@link usedKey} writes them
 */
export function selectPrices(
  index: PriceIndex,
  search: PriceSearch,
  used: ReadonlySet<string>,
  now: Date,
): { prices: ShownPrice[]; providers: string[] } {
  const models = index.canonicalModels().filter((place) => search.models === 'all' || used.has(usedKey(place)))
  const wanted = models.filter(({ provider, model }) => {
    if (search.provider !== null && provider !== search.provider) return false
    return search.text === null || `${provider} ${model}`.toLowerCase().includes(search.text.toLowerCase())
  })
  const prices = wanted
    .toSorted((a, b) => compareText(a.provider, b.provider) || compareText(a.model, b.model))
    .flatMap(({ provider, model }) => {
      const rows = index.rowsOf(provider, model).map((row) => ({ row, state: stateOf(row, index, now) }))
      return rows.toSorted((a, b) => compareRows(a.row, b.row))
    })
    .filter(({ row, state }) => {
      if (search.periods === 'now' && state !== 'inForce') return false
      if (search.tier !== null && row.serviceTier !== search.tier) return false
      return search.origin === null || originOf(row) === search.origin
    })
  return { prices, providers: [...new Set(models.map(({ provider }) => provider))].sort(compareText) }
}

/** A model as a member of a set of models. */
export function usedKey({ provider, model }: { provider: string; model: string }): string {
  return JSON.stringify([provider, model])
}

/** Who set a price. */
export function originOf({ layer }: PriceRow): 'list' | 'organization' | 'workspace' {
  if (layer === 2) return 'workspace'
  return layer === 1 ? 'organization' : 'list'
}

/** The contract that makes a price; null for one of the list. */
export function contractIdOf({ id, layer }: PriceRow): number | null {
  const match = layer ? /^contract:(\d+)/.exec(id) : null
  return match ? Number(match[1]) : null
}

/** Whether a price is what the units of a month have come to by a volume schedule. */
export function isVolumeMonth({ id, layer }: PriceRow): boolean {
  return Boolean(layer) && /^contract:\d+:\d{4}-\d{2}$/.test(id)
}

function stateOf(row: PriceRow, index: PriceIndex, now: Date): PriceState {
  const { fromMs, toMs, above, minuteFrom } = indexRow(row)
  if (toMs <= now.getTime()) return 'past'
  if (fromMs > now.getTime()) return 'future'
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  const at = row.dailyFrom === null ? now : new Date(midnight + minuteFrom * 60_000)
  const isTaken = (row.region === null ? ['global', 'regional'] : [row.region]).some((region) => {
    const found = index.find({
      ...{ provider: row.provider, model: row.model, serviceTier: row.serviceTier, region, at },
      inputTokensTotal: above + 1,
    })
    return found.kind === 'priced' && found.row.id === row.id
  })
  return isTaken || Object.keys(row.unitPrices).length === 0 ? 'inForce' : 'hidden'
}

function compareRows(a: PriceRow, b: PriceRow): number {
  const [first, second] = [indexRow(a), indexRow(b)]
  return (
    (b.layer ?? 0) - (a.layer ?? 0) ||
    compareText(a.serviceTier, b.serviceTier) ||
    compareText(a.region ?? '', b.region ?? '') ||
    first.above - second.above ||
    (first.fromMs === second.fromMs ? 0 : second.fromMs - first.fromMs)
  )
}

import type { PriceBook, PriceRow } from './price-book'

export type PriceQuestion = {
  /** Canonical provider and model, as `normaliseModel` gives them. */
  provider: string
  model: string
  /** Null is `standard`. */
  serviceTier: string | null
  /** A geography, a cloud region, or null. */
  region: string | null
  /** All input tokens of the attempt, cached ones included; null prices the base band. */
  inputTokensTotal: bigint | number | null
  at: Date
}

/** Why a known model has no price for an attempt. `no_counted_unit`: listed in units that events do not count, or unpriced. */
export type NotPricedReason =
  | 'no_tier_price'
  | 'no_region_price'
  | 'before_first_price'
  | 'after_last_price'
  | 'no_counted_unit'

export type PriceLookup =
  | { kind: 'priced'; row: PriceRow }
  | { kind: 'unknown_model' }
  | { kind: 'not_yet_priced'; reason: NotPricedReason }

export type PriceIndex = {
  /** The one row in force. Never a guess: a tier, region or time without a row is not priced. */
  find(question: PriceQuestion): PriceLookup
  /** All rows that any attempt of a canonical model may be priced by. */
  rowsOf(provider: string, model: string): readonly PriceRow[]
  isKnownModel(provider: string, model: string): boolean
  canonicalModels(): readonly { provider: string; model: string }[]
}

export type IndexedRow = {
  row: PriceRow
  fromMs: number
  toMs: number
  minuteFrom: number
  minuteTo: number
  above: number
  layer: number
}

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
const UNKNOWN: PriceLookup = Object.freeze({ kind: 'unknown_model' })

/** Rows of a book by canonical name. Throws for a row whose context band or time of day cannot be read. */
export function createPriceIndex(book: PriceBook): PriceIndex {
  const byModel = new Map<string, IndexedRow[]>()
  for (const row of book.rows) {
    const key = keyOf(row.provider, row.model)
    const rows = byModel.get(key)
    if (rows) rows.push(indexRow(row))
    else byModel.set(key, [indexRow(row)])
  }
  return {
    find: (question) => {
      const rows = byModel.get(keyOf(question.provider, question.model))
      return rows ? findRow(rows, question) : UNKNOWN
    },
    rowsOf: (provider, model) => (byModel.get(keyOf(provider, model)) ?? []).map(({ row }) => row),
    isKnownModel: (provider, model) => byModel.has(keyOf(provider, model)),
    canonicalModels: () =>
      [...byModel.values()].flatMap(([first]) =>
        first ? [{ provider: first.row.provider, model: first.row.model }] : [],
      ),
  }
}

function keyOf(provider: string, model: string): string {
  return `${provider}\u0000${model}`
}

/** A row with its bounds as numbers. Throws when its context band or time of day cannot be read. */
export function indexRow(row: PriceRow): IndexedRow {
  const above = row.contextBand === 'base' ? -1 : Number(row.contextBand.slice(1))
  const minuteFrom = row.dailyFrom === null ? 0 : minuteOf(row.dailyFrom)
  const minuteTo = row.dailyTo === null ? DAY_MINUTES : minuteOf(row.dailyTo)
  if ([above, minuteFrom, minuteTo].some(Number.isNaN)) throw new Error(`Price row ${row.id} has an unreadable band.`)
  return {
    row,
    fromMs: row.effectiveFrom?.getTime() ?? Number.NEGATIVE_INFINITY,
    toMs: row.effectiveTo?.getTime() ?? Number.POSITIVE_INFINITY,
    minuteFrom,
    minuteTo,
    above,
    layer: row.layer ?? 0,
  }
}

function minuteOf(time: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time)
  return match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN
}

/** Rows of one model in the order in which they are taken: the first that holds for an attempt prices it. */
export function orderRows(rows: readonly PriceRow[]): IndexedRow[] {
  return rows.map(indexRow).sort((a, b) => (precedes(a, b) ? -1 : precedes(b, a) ? 1 : 0))
}

/** Filters in turn, so that the first filter that leaves nothing is the reason. */
function findRow(rows: readonly IndexedRow[], question: PriceQuestion): PriceLookup {
  const tier = question.serviceTier ?? 'standard'
  const region = question.region?.toLowerCase() === 'global' ? 'global' : 'regional'
  const atMs = question.at.getTime()
  const minute = Math.floor(atMs / MINUTE_MS) % DAY_MINUTES
  const minuteOfDay = minute < 0 ? minute + DAY_MINUTES : minute
  const tokens = question.inputTokensTotal ?? 0
  let best: IndexedRow | null = null
  let inTier = false
  let inRegion = false
  let started = false
  for (const candidate of rows) {
    if (candidate.row.serviceTier !== tier) continue
    inTier = true
    if (candidate.row.region !== null && candidate.row.region !== region) continue
    inRegion = true
    if (atMs < candidate.fromMs) continue
    started = true
    if (atMs >= candidate.toMs || !isInBand(candidate, minuteOfDay) || tokens <= candidate.above) continue
    if (best === null || precedes(candidate, best)) best = candidate
  }
  if (best === null) {
    const reason = !inTier
      ? 'no_tier_price'
      : !inRegion
        ? 'no_region_price'
        : started
          ? 'after_last_price'
          : 'before_first_price'
    return { kind: 'not_yet_priced', reason }
  }
  if (isEmpty(best.row.unitPrices)) return { kind: 'not_yet_priced', reason: 'no_counted_unit' }
  return { kind: 'priced', row: best.row }
}

/** Whether `a` is taken before `b` where both hold: the higher layer, then the higher band; else the earlier of the book. */
function precedes(a: IndexedRow, b: IndexedRow): boolean {
  return a.layer === b.layer ? a.above > b.above : a.layer > b.layer
}

function isInBand({ minuteFrom, minuteTo }: IndexedRow, minute: number): boolean {
  return minuteTo <= minuteFrom ? minute >= minuteFrom || minute < minuteTo : minute >= minuteFrom && minute < minuteTo
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false
  return true
}

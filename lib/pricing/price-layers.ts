import { ExactDecimal, trimDecimal } from '@/lib/money'
import type { ContextBand, PriceRow } from './price-book'
import { indexRow, orderRows } from './price-index'
import { PRICED_CLASSES, UNIT_PRICE_DIGITS, type UnitPrices } from './price-usage'
import { firstPrices, type VolumeMonth, type VolumeTiers } from './volume-tiers'

/** A contract that has not been revoked: unit prices, a discount on whatever the list says, or a volume schedule. */
export type ContractPrice = {
  readonly id: number
  /** Null: every workspace of the organisation. */
  readonly workspaceId: number | null
  readonly provider: string
  readonly model: string
  readonly serviceTier: string
  readonly region: string | null
  /** Null, with a discount only: every band of the list. */
  readonly contextBand: ContextBand | null
  readonly effectiveFrom: Date | null
  readonly effectiveTo: Date | null
  readonly dailyFrom: string | null
  readonly dailyTo: string | null
  readonly terms: ContractTerms
  readonly createdAt: Date
}

type ContractTerms =
  | { readonly kind: 'prices'; readonly unitPrices: UnitPrices }
  /** Decimal string from 0 to 100: percent off every unit price. */
  | { readonly kind: 'discount'; readonly discountPercent: string }
  /** `months`: what the ledger has counted of it, see `spreadVolumes`; other months cost what the first tiers say. */
  | {
      readonly kind: 'volume'
      readonly tiers: VolumeTiers
      readonly months?: readonly VolumeMonth[]
      readonly countedAt?: Date | null
    }

/** All that prices one model: its rows of the list, and its contracts. */
export type ModelBook = { readonly list: readonly PriceRow[]; readonly contracts: readonly ContractPrice[] }

/** Stands for the workspaces that have no contract of their own for a model. */
export const ANY_WORKSPACE = 0

const DAY_MINUTES = 24 * 60

/**
 * The rows that price a model in a workspace ({@link ANY_WORKSPACE}: in those without a contract of their own): the
 * workspace's contracts before the organisation's before the list; of the contracts of a layer that hold for the same band
 * the newest. A contract stands for its validity only: outside of it the next layer does.
 */
export function layerRows(book: ModelBook, workspaceId: number): PriceRow[] {
  const newestFirst = [...book.contracts].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id)
  const own = newestFirst.filter((contract) => contract.workspaceId !== null && contract.workspaceId === workspaceId)
  const shared = newestFirst.filter((contract) => contract.workspaceId === null)
  return [
    ...own.flatMap((contract) => contractRows(contract, book.list, 2)),
    ...shared.flatMap((contract) => contractRows(contract, book.list, 1)),
    ...book.list,
  ]
}

function contractRows(contract: ContractPrice, list: readonly PriceRow[], layer: 1 | 2): PriceRow[] {
  const { terms, provider, model, serviceTier, region, effectiveFrom, effectiveTo, dailyFrom, dailyTo } = contract
  const id = contractPriceId(contract.id)
  const source = `Contract ${contract.id}`
  if (terms.kind !== 'discount') {
    const contextBand = contract.contextBand ?? 'base'
    const validity = { effectiveFrom, effectiveTo, dailyFrom, dailyTo }
    const unitPrices = terms.kind === 'prices' ? terms.unitPrices : firstPrices(terms.tiers)
    const row = { id, provider, model, serviceTier, region, contextBand, ...validity, unitPrices, source, layer }
    return terms.kind === 'prices' ? [row] : [...monthRows(row, terms.months ?? []), row]
  }
  return list.flatMap((row) => {
    if (row.serviceTier !== serviceTier || Object.keys(row.unitPrices).length === 0) return []
    if (region !== null && row.region !== null && row.region !== region) return []
    if (contract.contextBand !== null && row.contextBand !== contract.contextBand) return []
    const from = latest(row.effectiveFrom, effectiveFrom)
    const to = earliest(row.effectiveTo, effectiveTo)
    if (from !== null && to !== null && from >= to) return []
    return intersectDaily(row, contract).map((daily) => ({
      ...row,
      id: `${id}:${row.id}`,
      region: row.region ?? region,
      effectiveFrom: from,
      effectiveTo: to,
      ...daily,
      unitPrices: discountPrices(row.unitPrices, terms.discountPercent),
      source: `${source}: ${trimDecimal(terms.discountPercent)} % off ${row.source}`,
      layer,
    }))
  })
}

/** The months of a schedule that `row` begins; they are taken before it. */
function monthRows(row: PriceRow, months: readonly VolumeMonth[]): PriceRow[] {
  return months.flatMap(({ month, from, to, unitPrices }) => {
    const effectiveFrom = latest(row.effectiveFrom, from)
    const effectiveTo = earliest(row.effectiveTo, to)
    if (effectiveFrom !== null && effectiveTo !== null && effectiveFrom >= effectiveTo) return []
    const source = `${row.source}: volume of ${month}`
    return [{ ...row, id: `${row.id}:${month}`, effectiveFrom, effectiveTo, unitPrices, source }]
  })
}

/** Beginning of the ids of the price rows that a contract makes. */
export function contractPriceId(contractId: number): string {
  return `contract:${contractId}`
}

/** Each price less the discount, rounded half-even to {@link UNIT_PRICE_DIGITS}, which then is the price. */
function discountPrices(unitPrices: UnitPrices, discountPercent: string): UnitPrices {
  const share = new ExactDecimal(100).minus(discountPercent).div(100)
  return Object.fromEntries(
    PRICED_CLASSES.flatMap((priceClass) => {
      const price = unitPrices[priceClass]
      if (price === undefined) return []
      return [[priceClass, trimDecimal(share.times(price).toDecimalPlaces(UNIT_PRICE_DIGITS).toFixed())] as const]
    }),
  )
}

function latest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}

function earliest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}

type Daily = Pick<PriceRow, 'dailyFrom' | 'dailyTo'>

/** The parts of the day in which both hold: none, one, or two, where one of them runs over midnight. */
function intersectDaily(row: PriceRow, contract: ContractPrice): Daily[] {
  if (contract.dailyFrom === null || contract.dailyTo === null) return [row].map(toDaily)
  if (row.dailyFrom === null || row.dailyTo === null) return [contract].map(toDaily)
  const parts = minutesOf(row).flatMap(([from, to]) =>
    minutesOf(contract).flatMap(([otherFrom, otherTo]) => {
      const both = [Math.max(from, otherFrom), Math.min(to, otherTo)] as const
      return both[0] < both[1] ? [both] : []
    }),
  )
  return parts.map(([from, to]) => ({ dailyFrom: timeOf(from), dailyTo: timeOf(to % DAY_MINUTES) }))
}

function toDaily({ dailyFrom, dailyTo }: Daily): Daily {
  return { dailyFrom, dailyTo }
}

function minutesOf(row: Daily): [number, number][] {
  const [from, to] = [row.dailyFrom, row.dailyTo].map((time) => {
    const [hours, minutes] = (time ?? '').split(':').map(Number)
    return (hours ?? 0) * 60 + (minutes ?? 0)
  })
  const start = from ?? 0
  const end = to ?? 0
  if (end > start) return [[start, end]]
  const parts: [number, number][] = [
    [0, end],
    [start, DAY_MINUTES],
  ]
  return parts.filter(([first, last]) => first < last)
}

function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

/** Half-open, in milliseconds; null is without end. */
export type Interval = { fromMs: number | null; toMs: number | null }

/**
 * Where a change of a model's book changes how attempts are priced. Whenever it does so for {@link ANY_WORKSPACE}, which
 * comes first, each workspace with a contract follows, because the newest entry that covers a workspace is the one by
 * which it is priced.
 */
export function findPriceChanges(before: ModelBook, after: ModelBook): (Interval & { workspaceId: number })[] {
  const own = [...before.contracts, ...after.contracts].flatMap(({ workspaceId }) =>
    workspaceId === null ? [] : [workspaceId],
  )
  const diff = (workspaceId: number) => diffRows(layerRows(before, workspaceId), layerRows(after, workspaceId))
  const any = diff(ANY_WORKSPACE)
  const changes = [...new Set(own)].flatMap((workspaceId) => {
    const interval = hull(any, diff(workspaceId))
    return interval ? [{ workspaceId, ...interval }] : []
  })
  return any ? [{ workspaceId: ANY_WORKSPACE, ...any }, ...changes] : changes
}

function hull(a: Interval | null, b: Interval | null): Interval | null {
  if (a === null || b === null) return a ?? b
  return {
    fromMs: a.fromMs === null || b.fromMs === null ? null : Math.min(a.fromMs, b.fromMs),
    toMs: a.toMs === null || b.toMs === null ? null : Math.max(a.toMs, b.toMs),
  }
}

/** The smallest interval outside of which both sets of rows price every attempt alike, or null when they do everywhere. */
function diffRows(before: readonly PriceRow[], after: readonly PriceRow[]): Interval | null {
  const bounds = [...before, ...after].flatMap(({ effectiveFrom, effectiveTo }) => [effectiveFrom, effectiveTo])
  const instants = new Set(bounds.flatMap((bound) => (bound === null ? [] : [bound.getTime()])))
  const edges = [Number.NEGATIVE_INFINITY, ...[...instants].sort((a, b) => a - b), Number.POSITIVE_INFINITY]
  let changed: Interval | null = null
  for (const [at, fromMs] of edges.slice(0, -1).entries()) {
    if (describeAt(before, fromMs) === describeAt(after, fromMs)) continue
    const toMs = edges[at + 1] ?? Number.POSITIVE_INFINITY
    changed = hull(changed, {
      fromMs: Number.isFinite(fromMs) ? fromMs : null,
      toMs: Number.isFinite(toMs) ? toMs : null,
    })
  }
  return changed
}

/** All that the price of an attempt at an instant depends on, as text. */
function describeAt(rows: readonly PriceRow[], atMs: number): string {
  const places = new Set(rows.map(({ serviceTier, region }) => JSON.stringify([serviceTier, region])))
  const inForce = rows.filter((row) => {
    const { fromMs, toMs } = indexRow(row)
    return fromMs <= atMs && atMs < toMs
  })
  return JSON.stringify([
    [...places].sort(),
    orderRows(inForce).map(({ row, above, minuteFrom, minuteTo }) => [
      ...[row.id, row.serviceTier, row.region, above, minuteFrom, minuteTo],
      PRICED_CLASSES.map((priceClass) => row.unitPrices[priceClass] ?? null),
    ]),
  ])
}

import 'server-only'
import { AppError } from '@/lib/errors'
import type { Group } from '@/lib/metrics/groups'
import { QUANTILE_TOLERANCE } from '@/lib/metrics/histogram'
import { timeDirection } from '@/lib/metrics/order-rows'
import { countsRequests, displayKey, MAX_RESULT_ROWS, type Plan } from '@/lib/metrics/plan'
import type { WindowGroups, Windows } from '@/lib/metrics/read-windows'
import { ATOMS, type AtomValues, dimensionLevel, type MeasureName, measureOf } from '@/lib/metrics/registry'
import type { Cell, QueryMeta, QueryResult, ResultRow } from '@/lib/metrics/result'
import type { Source } from '@/lib/metrics/statement'
import { addDecimals, divideDecimals, trimDecimal } from '@/lib/money'
import { addBuckets, formatIsoInZone, listBuckets, type Range } from '@/lib/time'

/**
 * The rows and totals of an answer from what the store says.
 * @throws AppError `invalid_query` when there are more rows than an answer may hold.
 */
export function assembleAnswer(plan: Plan, { current, previous }: Windows): Pick<QueryResult, 'rows' | 'totals'> {
  for (const { rows } of [current, ...(previous ? [previous] : [])]) {
    if (rows.length <= MAX_RESULT_ROWS) continue
    throw new AppError(
      'invalid_query',
      `The answer has more than ${MAX_RESULT_ROWS} rows. Set a limit, or export it as CSV.`,
    )
  }
  const context = contextOf(plan, current)
  const previousContext = previous && contextOf(plan, previous)
  return {
    rows: joinWindows(plan, current, previous, context, previousContext),
    totals: buildTotals(current.totals, previous?.totals ?? null, context, previousContext),
  }
}

function contextOf(plan: Plan, { rows, totals }: WindowGroups): CellContext {
  return { plan, totals, namedSpend: addDecimals(rows.map((group) => group.atoms.spend ?? null)) }
}

/** The totals of an answer as a row. */
export function buildTotals(
  current: AtomValues,
  previous: AtomValues | null,
  context: CellContext,
  previousContext: CellContext | null,
): ResultRow {
  const { measures } = context.plan.query
  const totals = measureCells(measures, current, context, 'totals')
  if (!previous || !previousContext) return totals
  return { ...totals, previous: measureCells(measures, previous, previousContext, 'totals') }
}

/** What an answer says of itself: range, scope, source, and what of its spend is missing for want of a price. */
export function metaOf(
  plan: Plan,
  { current }: Windows,
  source: Source,
): Omit<QueryMeta, 'scenario' | 'dataVersion' | 'freshness'> {
  const { timeZone } = plan.calendar
  const show = (range: Range) => ({
    from: formatIsoInZone(range.from, timeZone),
    to: formatIsoInZone(range.to, timeZone),
  })
  const { totals, idle } = current
  const { costView } = plan.query
  // Without a price it is missing in the spend by usage alone.
  const ofUsage = costView !== 'fixed'
  return {
    ...show(plan.current),
    timeZone,
    currency: 'USD',
    granularity: plan.granularity ?? 'none',
    scope: plan.scopeNames,
    compare: plan.previous && show(plan.previous),
    unfinishedBucket: unfinishedBucket(plan),
    unpricedTokens: ofUsage ? (totals.unpricedTokens ?? '0') : '0',
    unpricedAttempts: ofUsage
      ? (BigInt(totals.attempts ?? '0') - BigInt(totals.coveredAttempts ?? '0')).toString()
      : '0',
    source,
    rowsOverlap: rowsOverlap(plan),
    ...(idle ? { costView, idleFixedCost: idle.total } : {}),
    quantiles: plan.atoms.some((name) => 'quantile' in ATOMS[name]) ? `within ±${QUANTILE_TOLERANCE * 100} %` : null,
  }
}

function unfinishedBucket(plan: Plan): string | null {
  if (!plan.granularity) return null
  const last = listBuckets(plan.current, plan.granularity, plan.calendar)
    .filter((start) => start <= plan.now)
    .at(-1)
  if (!last || addBuckets(last, 1, plan.granularity, plan.calendar) <= plan.now) return null
  return formatIsoInZone(last, plan.calendar.timeZone)
}

function rowsOverlap(plan: Plan): boolean {
  return countsRequests(plan) && plan.dimensions.some((name) => dimensionLevel(name) === 'attempt')
}

export type CellContext = { plan: Plan; totals: AtomValues; namedSpend: string }

function measureCells(
  measures: readonly MeasureName[],
  atoms: AtomValues,
  context: CellContext,
  of: 'row' | 'totals',
): Record<string, Cell> {
  const cells: Record<string, Cell> = {}
  fillCells(cells, measures, atoms, context, of)
  return cells
}

/** Adds a cell for each measure to a row. */
function fillCells(
  cells: ResultRow,
  measures: readonly MeasureName[],
  atoms: AtomValues,
  context: CellContext,
  of: 'row' | 'totals',
): void {
  const counted = withZeros(atoms)
  for (const name of measures) {
    if (name === 'topNShare') {
      const part = of === 'totals' ? context.namedSpend : (counted.spend ?? null)
      cells[name] = divideDecimals(part, context.totals.spend ?? null)
      continue
    }
    const measure = measureOf(name)
    const computed = measure.compute(counted)
    if (computed === null) cells[name] = null
    else cells[name] = measure.unit === 'milliseconds' ? roundToNanoseconds(computed) : trimDecimal(computed)
  }
}

/** Interpolation between two latencies leaves binary noise in the last digits. */
function roundToNanoseconds(latencyMs: string): number {
  return Number(Number(latencyMs).toFixed(6))
}

/** A group without rows has counted nothing: its additive atoms are 0, its other atoms have nothing to say. */
function withZeros(atoms: AtomValues): AtomValues {
  if (atoms.attempts !== undefined) return atoms
  const zeros = Object.entries(ATOMS).flatMap(([name, atom]) =>
    atom.kind === 'state' && name !== 'users' ? [] : [[name, '0'] as const],
  )
  return Object.fromEntries(zeros)
}

function joinWindows(
  plan: Plan,
  current: WindowGroups,
  previous: WindowGroups | null,
  context: CellContext,
  previousContext: CellContext | null,
): ResultRow[] {
  type Joined = {
    keys: readonly string[]
    other: boolean
    idle: boolean
    position: number
    current: AtomValues | null
    previous: AtomValues | null
  }
  const entries: Joined[] = []
  // Within one window no two groups are of the same row.
  const joined = previous && new Map<string, Joined>()
  const rowOf = (keys: readonly string[], position: number, other: boolean, idle: boolean): Joined => {
    const id = joined && JSON.stringify([idle ? 'idle' : other, position, ...keys])
    const known = id ? joined.get(id) : undefined
    if (known) return known
    const entry: Joined = { keys, other, idle, position, current: null, previous: null }
    entries.push(entry)
    if (id) joined.set(id, entry)
    return entry
  }
  const add = (
    buckets: WindowGroups['buckets'],
    groups: Group[],
    other: boolean,
    side: 'current' | 'previous',
    idle = false,
  ) => {
    const positions = new Map(buckets?.map((start, index) => [start.getTime(), index]))
    for (const group of groups) {
      const at = group.bucket === null ? 0 : (positions.get(group.bucket) ?? 0)
      // A longer window has buckets that this one has nothing to set beside; its totals hold them.
      if (current.buckets !== null && at >= current.buckets.length) continue
      rowOf(group.keys, at, other, idle)[side] = group.atoms
    }
  }
  add(current.buckets, current.rows, false, 'current')
  if (plan.dimensions.length === 0 && current.buckets) {
    // Where time is the only dimension every bucket that has begun has a row.
    const filled = new Set(entries.map(({ position }) => position))
    for (const [position, start] of current.buckets.entries()) {
      if (start <= plan.now && !filled.has(position)) rowOf([], position, false, false)
    }
  }
  if (previous) add(previous.buckets, previous.rows, false, 'previous')
  add(current.buckets, current.other.filter(hasCounted), true, 'current')
  if (previous) add(previous.buckets, previous.other.filter(hasCounted), true, 'previous')
  if (current.idle) add(current.buckets, current.idle.groups, false, 'current', true)
  if (previous?.idle) add(previous.buckets, previous.idle.groups, false, 'previous', true)

  const starts = current.buckets?.map((start) => formatIsoInZone(start, plan.calendar.timeZone))
  const byTime = timeDirection(plan)
  if (byTime) {
    const sign = byTime === 'desc' ? -1 : 1
    entries.sort((a, b) => sign * (a.position - b.position))
  }
  return entries.map((entry) => buildRow(entry, starts?.[entry.position] ?? null, context, previousContext))
}

/** A group without keys is there even when nothing falls into it. */
function hasCounted({ atoms }: Group): boolean {
  return atoms.attempts !== '0' || (atoms.requests ?? '0') !== '0'
}

/**
 * One row of the answer from its groups in the two windows; a window without the group has counted nothing there.
 * @param time when its bucket begins, as it is shown
 */
export function buildRow(
  entry: {
    keys: readonly string[]
    other: boolean
    idle?: boolean
    current: AtomValues | null
    previous: AtomValues | null
  },
  time: string | null,
  context: CellContext,
  previousContext: CellContext | null,
): ResultRow {
  const { plan } = context
  const row: ResultRow = {}
  if (plan.granularity) row.time = time
  if (entry.other) row.$other = true
  if (entry.idle) row.$idle = true
  for (const [index, name] of plan.dimensions.entries()) {
    row[name] = entry.other || entry.idle ? null : displayKey(name, entry.keys[index] ?? '', plan.scope)
  }
  fillCells(row, plan.query.measures, entry.current ?? {}, context, 'row')
  if (previousContext) {
    row.previous = measureCells(plan.query.measures, entry.previous ?? {}, previousContext, 'row')
  }
  return row
}

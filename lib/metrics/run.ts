import 'server-only'
import { queryRows } from '@/db/clickhouse/client'
import { AppError } from '@/lib/errors'
import { answerRow, readBuiltRows } from '@/lib/metrics/built-rows'
import { isRepriced } from '@/lib/metrics/clean-days'
import { compileStatement } from '@/lib/metrics/compile'
import { chooseLens } from '@/lib/metrics/compile-requests'
import { isServedByRollups } from '@/lib/metrics/compile-rollups'
import { type FixedView, openFixedView } from '@/lib/metrics/fixed-view'
import { type Group, sumGroups, toGroup } from '@/lib/metrics/groups'
import { QUANTILE_TOLERANCE } from '@/lib/metrics/histogram'
import { ERASED, nameUsers, readNames } from '@/lib/metrics/name-users'
import { firstGroups, orderOf, sortGroups, timeDirection } from '@/lib/metrics/order-rows'
import type { Query } from '@/lib/metrics/query-schema'
import type { Activity } from '@/lib/metrics/read-activity'
import { type PutTogether, readHalves } from '@/lib/metrics/read-halves'
import type { LedgerState } from '@/lib/metrics/read-ledger'
import { readLedgerNow, recallLedger } from '@/lib/metrics/read-ledger-now'
import {
  ATOMS,
  type AtomName,
  type AtomValues,
  type DimensionName,
  dimensionLevel,
  type MeasureName,
  measureOf,
} from '@/lib/metrics/registry'
import type { Cell, QueryMeta, QueryResult, ResultRow } from '@/lib/metrics/result'
import type {
  CompiledFilter,
  HashedUsers,
  KeyRestriction,
  Source,
  Statement,
  StoreScope,
} from '@/lib/metrics/statement'
import { addDecimals, divideDecimals, trimDecimal } from '@/lib/money'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import { openScenario } from '@/lib/scenarios/open-scenario'
import type { Route } from '@/lib/scenarios/scenario'
import {
  addBuckets,
  type BucketGranularity,
  type Calendar,
  formatIsoInZone,
  listBuckets,
  previousWindow,
  type Range,
  sameWindowLastWeek,
} from '@/lib/time'

/** A workspace as the runner needs it; what may be read comes from the session or the key. */
export type ScopeWorkspace = {
  id: number
  slug: string
  timeZone: string
  currency: string
  fiscalYearStartMonth: number
  defaultEnvironments: readonly string[]
  defaultDataModes: readonly string[]
  costPreference: 'reported' | 'book'
  apiKeys: readonly { id: number; name: string }[]
}

/** The tenant scope of a question. `defaults`, when set, replace the workspace's (a key may fix its own). */
export type Scope = {
  workspaces: readonly [ScopeWorkspace, ...ScopeWorkspace[]]
  defaults?: { environments: readonly string[]; dataModes: readonly string[] }
}

const META_ATOMS: readonly AtomName[] = ['attempts', 'coveredAttempts', 'unpricedTokens', 'spend']

/**
 * Answers a question: compile → run → fill. The one road for screens, API, CSV and alerts.
 * Money, counts and ratios come as decimal strings, latencies as numbers in milliseconds, unattributed as null.
 * @param assumed changes of prices that nobody has made: the answer is what it would be after them; ids above all others
 * @param routes what is assumed of traffic: the answer is what it would be had it been routed so; a question that names a
 * scenario is answered under that one instead of both
 * @throws AppError `invalid_query` for what cannot be answered, `not_found` for a scenario that is not of the workspace,
 * `unavailable` when the store does not answer.
 */
export async function runQuery(
  query: Query,
  scope: Scope,
  now: Date,
  assumed: readonly OpenPriceChange[] = [],
  routes: readonly Route[] = [],
): Promise<QueryResult> {
  const asked = planQuery(query, scope, now)
  const ledgerNow = readLedgerNow(scope.workspaces, spanOf(asked))
  const [under, { dataVersion, freshness, ...ledger }, begun] = await Promise.all([
    query.scenario === undefined ? null : openScenario(scope.workspaces, query.scenario),
    ledgerNow,
    query.scenario === undefined ? beginWindows({ ...asked, routes }, ledgerNow, assumed) : null,
  ])
  const plan = { ...asked, routes: under ? under.routes : routes }
  const { windows, source } = begun ?? (await readWindows(plan, assume(ledger, under ? under.priceChanges : assumed)))
  const scenario = under && { id: under.id, name: under.name }
  return {
    ...assembleAnswer(plan, windows),
    meta: { ...metaOf(plan, windows, source), scenario, dataVersion, freshness },
  }
}

/**
 * Reads a question's windows by the ledger's last known state while that is read anew. Whatever was acknowledged before the
 * question is in them where that state still stands; null where it does not, or none is known.
 */
async function beginWindows(
  plan: Plan,
  ledgerNow: Promise<LedgerState & Activity>,
  assumed: readonly OpenPriceChange[],
): Promise<Awaited<ReturnType<typeof readWindows>> | null> {
  const known = recallLedger(plan.scope.workspaces, spanOf(plan))
  if (!known) return null
  const begun = readWindows(plan, assume(known, assumed))
  // Where the state does not stand, nobody waits for it, or for how it fails.
  begun.catch(() => {})
  const { stateVersion, noneMixed } = await ledgerNow
  return stateVersion === known.stateVersion && noneMixed === known.noneMixed ? await begun : null
}

/** The ledger as it would be after more changes of prices: the days that they touch are priced on reading. */
function assume<T extends LedgerState>(ledger: T, assumed: readonly OpenPriceChange[]): T {
  if (assumed.length === 0) return ledger
  return {
    ...ledger,
    cleanDays: ledger.cleanDays.filter((day) => !isRepriced(day.workspaceId, day, assumed)),
    priceChanges: [...ledger.priceChanges, ...assumed],
  }
}

export type Plan = {
  query: Query
  scope: Scope
  store: StoreScope
  calendar: Calendar
  granularity: BucketGranularity | null
  dimensions: readonly DimensionName[]
  atoms: readonly AtomName[]
  filters: readonly CompiledFilter[]
  scopeNames: QueryMeta['scope']
  current: Range
  previous: Range | null
  now: Date
  routes?: readonly Route[]
}

/** A question and the changes of prices by which it is answered. */
export type PricedPlan = Plan & { priceChanges: readonly OpenPriceChange[] }

/** A question with everything resolved that does not need the store: windows, scope, filters, atoms. */
export function planQuery(query: Query, scope: Scope, now: Date): Plan {
  const [first] = scope.workspaces
  const calendar = {
    timeZone: query.timeZone ?? first.timeZone,
    fiscalYearStartMonth: first.fiscalYearStartMonth,
  }
  const hasTime = query.dimensions.includes('time')
  const requested = query.granularity === undefined || query.granularity === 'none' ? 'day' : query.granularity
  const range = { from: query.from, to: query.to }
  const windows = compareWindows(query, range, now, calendar)
  const defaults = scope.defaults ?? {
    environments: first.defaultEnvironments,
    dataModes: first.defaultDataModes,
  }
  const environments = scopeFilter(query, 'environment', defaults.environments)
  const dataModes = scopeFilter(query, 'dataMode', defaults.dataModes)
  const filters = [
    ...query.filters
      .filter((filter) => !(isScopeDimension(filter.dimension) && filter.values.includes('*')))
      .map((filter) => storeFilter(filter, scope)),
    ...[environments, dataModes].flatMap((each) => (each ? [each] : [])),
  ]
  const measures = query.measures.map((name) => measureOf(name))
  const ordered = query.orderBy.length === 0 ? [] : query.orderBy
  return {
    query: { ...query, orderBy: ordered },
    scope,
    store: {
      workspaceIds: scope.workspaces.map((workspace) => workspace.id),
      bookFirstWorkspaceIds: scope.workspaces.filter((each) => each.costPreference === 'book').map((each) => each.id),
    },
    calendar,
    granularity: hasTime ? requested : null,
    dimensions: query.dimensions.filter((name): name is DimensionName => name !== 'time'),
    atoms: [...new Set([...measures.flatMap((measure) => measure.atoms), ...META_ATOMS])],
    filters,
    scopeNames: {
      workspaces: scope.workspaces.map((workspace) => workspace.slug),
      environments: namesOf('environment', filters),
      dataModes: namesOf('dataMode', filters),
    },
    current: windows.current,
    previous: windows.previous,
    now,
  }
}

function compareWindows(
  query: Query,
  range: Range,
  now: Date,
  calendar: Calendar,
): { current: Range; previous: Range | null } {
  if (!query.compare) return { current: range, previous: null }
  if (query.compare === 'previous') return previousWindow(range, now, calendar)
  if (query.compare === 'sameLastWeek') return sameWindowLastWeek(range, now, calendar)
  return { current: range, previous: query.compare }
}

const isScopeDimension = (name: DimensionName): boolean => name === 'environment' || name === 'dataMode'

function scopeFilter(
  query: Query,
  dimension: 'environment' | 'dataMode',
  defaults: readonly string[],
): CompiledFilter | null {
  if (query.filters.some((filter) => filter.dimension === dimension)) return null
  return { dimension, operator: 'in', values: defaults }
}

function namesOf(dimension: DimensionName, filters: readonly CompiledFilter[]): string[] | null {
  const filter = filters.find((each) => each.dimension === dimension && each.operator === 'in')
  return filter ? [...filter.values] : null
}

/** Names of workspaces and keys become the ids that are stored; an unknown name matches nothing. */
function storeFilter(filter: Query['filters'][number], scope: Scope): CompiledFilter {
  const { dimension, operator } = filter
  if (dimension !== 'workspace' && dimension !== 'apiKey') {
    return { dimension, operator, values: filter.values.map((value) => value ?? '') }
  }
  const named: readonly { id: number; name: string }[] =
    dimension === 'workspace'
      ? scope.workspaces.map(({ id, slug }) => ({ id, name: slug }))
      : scope.workspaces.flatMap((workspace) => workspace.apiKeys)
  const contains = operator === 'contains'
  const ids = filter.values.flatMap((value) => {
    if (value === null) return ['0']
    const found = named.filter(({ name }) =>
      contains ? name.toLowerCase().includes(value.toLowerCase()) : name === value,
    )
    return found.map(({ id }) => String(id))
  })
  return { dimension, operator: contains ? 'in' : operator, values: ids }
}

/** A key as it is shown: the name of what is stored as an id, null for unattributed. */
export function displayKey(name: DimensionName, stored: string, scope: Scope): string | null {
  if (name === 'workspace') return scope.workspaces.find((each) => String(each.id) === stored)?.slug ?? null
  if (name === 'apiKey') {
    if (stored === '0') return null
    const keys = scope.workspaces.flatMap((workspace) => workspace.apiKeys)
    return keys.find((each) => String(each.id) === stored)?.name ?? `#${stored}`
  }
  return stored === '' ? null : stored
}

/** What the store says of one window. `other` is the rest beyond the rows that are named. */
export type WindowGroups = {
  buckets: readonly Date[] | null
  rows: Group[]
  other: Group[]
  totals: AtomValues
  /** Fixed cost that no usage bears, by bucket, where rows have keys; and what of it is in the totals. */
  idle?: { groups: Group[]; total: string }
}
export type Windows = { current: WindowGroups; previous: WindowGroups | null }

/** Whether rows beyond a limit are asked for, or rows by time or in two windows, whose keys must be known first. */
export function needsKeys(plan: Plan): boolean {
  const { query } = plan
  if (query.limit === undefined || plan.dimensions.length === 0) return false
  return query.other || plan.granularity !== null || plan.previous !== null
}

/** The statements of one window, given the keys to name. */
export function windowStatements(
  plan: PricedPlan,
  range: Range,
  restriction: KeyRestriction | null,
): { rows: Statement; other: Statement | null; totals: Statement } {
  const buckets = bucketsOf(plan, range)
  const { atoms, filters, priceChanges, routes } = plan
  const base = { scope: plan.store, range, atoms, filters, priceChanges, routes }
  const limit = restriction === null && plan.dimensions.length > 0 ? plan.query.limit : undefined
  return {
    rows: {
      ...base,
      dimensions: plan.dimensions,
      buckets,
      keys: restriction ?? undefined,
      order: orderOf(plan, buckets !== null),
      limit: limit ?? MAX_RESULT_ROWS + 1,
    },
    other:
      plan.query.other && restriction
        ? { ...base, dimensions: [], buckets, keys: { ...restriction, negate: true } }
        : null,
    totals: { ...base, dimensions: [], buckets: null },
  }
}

/** The statement that ranks a window's keys. */
export function rankStatement(plan: PricedPlan, range: Range, limit: number): Statement {
  return {
    scope: plan.store,
    range,
    dimensions: plan.dimensions,
    buckets: null,
    atoms: plan.atoms,
    filters: plan.filters,
    order: orderOf(plan, false),
    limit,
    priceChanges: plan.priceChanges,
    routes: plan.routes,
  }
}

/** From the earliest to the latest instant of a question's windows. */
function spanOf({ current, previous }: Plan): { fromMs: number; toMs: number } {
  const ranges = [current, ...(previous ? [previous] : [])]
  return {
    fromMs: Math.min(...ranges.map(({ from }) => from.getTime())),
    toMs: Math.max(...ranges.map(({ to }) => to.getTime())),
  }
}

async function readWindows(
  asked: Plan,
  { noneMixed, cleanDays, settled, priceChanges }: LedgerState & Pick<Activity, 'noneMixed'>,
): Promise<{ windows: Windows; source: Source }> {
  const plan: PricedPlan = { ...asked, priceChanges }
  const sources = new Set<Source>()
  const answer = async (statement: Statement): Promise<StatementAnswer> => {
    const routed = plan.routes && plan.routes.length > 0
    const found = await runStatement(plan, { ...statement, noneMixed, ...(routed ? {} : { cleanDays, settled }) })
    sources.add(found.source)
    return found
  }
  const run = async (statement: Statement): Promise<Group[]> => (await answer(statement)).groups
  const fixed = await openFixedView(plan, run)
  const isLimited = plan.query.limit !== undefined && plan.dimensions.length > 0
  const ranking = needsKeys(plan) || (fixed && isLimited) ? await rankKeys(plan, rankBy(plan, answer, fixed)) : null
  const restriction = ranking && { dimensions: plan.dimensions, values: ranking.keys, negate: false }
  const isApart = !countsRequests(plan) || ((noneMixed || !splitsRequests(plan)) && isOfRequests(plan))
  const readWindow = async (range: Range, found: RankedWindow | null): Promise<WindowGroups> => {
    const statements = windowStatements(plan, range, restriction)
    const { buckets } = statements.rows
    const ranked = isApart && !fixed && !plan.dimensions.includes('user') ? (found?.whole ?? null) : null
    const readRows = async (): Promise<Pick<StatementAnswer, 'groups' | 'whole'>> => {
      if (ranking?.keys.length === 0) return { groups: [], whole: null }
      if (found?.rows && !buckets && !fixed) return { groups: found.rows, whole: null }
      return answer(statements.rows)
    }
    const readOther = async (): Promise<Group[]> => {
      if (!statements.other || !found?.hasMore) return []
      return ranked && !buckets ? sumOthers(plan, ranked, ranking?.keys ?? []) : run(statements.other)
    }
    const readTotals = async (rows: Promise<Pick<StatementAnswer, 'groups' | 'whole'>>): Promise<AtomValues> => {
      if (ranked) return sumGroups(plan.atoms, ranked)
      const mayBeWhole = isApart && !ranking && isReadWhole(statements.rows)
      const whole = mayBeWhole ? (await rows).whole : null
      if (whole) return sumGroups(plan.atoms, whole)
      const [totals] = await run(statements.totals)
      return totals?.atoms ?? {}
    }
    const addsUp = isApart && isAdditive(plan) && (ranking ? plan.query.other || !found?.hasMore : !isLimited)
    const reading = readRows()
    const [{ groups: rows }, other, totals] = await Promise.all([
      reading,
      readOther(),
      addsUp ? null : readTotals(reading),
    ])
    const read = { buckets, rows, other, totals: totals ?? sumGroups(plan.atoms, [...rows, ...other]) }
    if (!fixed) return read
    const viewed = await fixed.addTo(range, read, restriction)
    return { ...viewed, rows: [...sortGroups(plan, viewed.rows, buckets !== null)] }
  }
  const [current, previous] = await Promise.all([
    readWindow(plan.current, ranking?.current ?? null),
    plan.previous ? readWindow(plan.previous, ranking?.previous ?? null) : null,
  ])
  return { windows: { current, previous }, source: joinSources(sources) }
}

function joinSources(sources: ReadonlySet<Source>): Source {
  if (sources.has('raw')) return 'raw'
  const [only] = sources
  return sources.size === 1 && only ? only : 'mixed'
}

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

function metaOf(
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

const MAX_RESULT_ROWS = 100_000

/**
 * What ranking found out about one window: its rows, where it read all of those named, whether there are more, and all of
 * them, where they were read.
 */
type RankedWindow = { rows: Group[] | null; hasMore: boolean; whole: StatementAnswer['whole'] }

type Ranking = { keys: readonly (readonly string[])[]; current: RankedWindow; previous: RankedWindow | null }

type Rank = (range: Range, count: number) => Promise<Pick<StatementAnswer, 'groups' | 'whole'>>

/** The first groups of a window; under a view with fixed costs these are known only when all groups are. */
function rankBy(
  plan: PricedPlan,
  answer: (statement: Statement) => Promise<StatementAnswer>,
  fixed: FixedView | null,
): Rank {
  if (!fixed) return (range, count) => answer(rankStatement(plan, range, count))
  return async (range, count) => {
    const { groups: rows } = await answer({ ...rankStatement(plan, range, MAX_RESULT_ROWS + 1), order: undefined })
    if (rows.length > MAX_RESULT_ROWS) {
      throw new AppError(
        'invalid_query',
        `costView: more than ${MAX_RESULT_ROWS} rows would have to be ranked. Add a filter, shorten the range, or ask by usage.`,
      )
    }
    const viewed = await fixed.addTo(range, { buckets: null, rows, other: [], totals: {} }, null)
    return { groups: sortGroups(plan, viewed.rows, false).slice(0, count), whole: null }
  }
}

/** Keys of the top rows over the whole range, then those that only the other window has, up to the limit. */
async function rankKeys(plan: PricedPlan, rank: Rank): Promise<Ranking> {
  const limit = plan.query.limit ?? MAX_RESULT_ROWS
  const idOf = ({ keys }: Group) => JSON.stringify(keys)
  const { groups: found, whole } = await rank(plan.current, limit + 1)
  const named = found.slice(0, limit)
  const current = { rows: named, hasMore: found.length > limit, whole }
  if (!plan.previous || named.length >= limit) {
    const previous = plan.previous ? { rows: null, hasMore: true, whole: null } : null
    return { keys: named.map((group) => group.keys), current, previous }
  }
  const { groups: earlier, whole: wholeEarlier } = await rank(plan.previous, limit * 2)
  const seen = new Set(named.map(idOf))
  const added = earlier.filter((group) => !seen.has(idOf(group))).slice(0, limit - named.length)
  const keys = [...named, ...added].map((group) => group.keys)
  const kept = new Set([...named, ...added].map(idOf))
  const isWhole = earlier.length < limit * 2
  const rows = earlier.filter((group) => kept.has(idOf(group)))
  const hasMore = !isWhole || rows.length < earlier.length
  return { keys, current, previous: { rows: isWhole ? rows : null, hasMore, whole: wholeEarlier } }
}

/** Whether requests are counted; an attempt is always in one row only. */
function countsRequests(plan: Plan): boolean {
  return plan.atoms.some((name) => ATOMS[name].kind === 'request')
}

/** Whether rows are made by what all attempts of a request share, where none has attempts that differ in that. */
function isOfRequests(plan: Plan): boolean {
  return plan.dimensions.every((name) => dimensionLevel(name) === 'request')
}

/** Whether nothing is asked that cannot be summed; rows add up to totals then. */
function isAdditive(plan: Plan): boolean {
  if (plan.dimensions.length === 0 && plan.granularity === null) return true
  return plan.atoms.every((name) => ATOMS[name].kind !== 'state')
}

/** Whether a statement's groups are likely all read, whatever its limit: of users there are too many. */
function isReadWhole(statement: Statement): boolean {
  return !statement.dimensions.includes('user') && isServedByRollups(statement, chooseLens(statement))
}

/** What all groups but those with these keys add up to; users would be hashes among the one and names among the other. */
function sumOthers(plan: Plan, groups: readonly Group[], keys: readonly (readonly string[])[]): Group[] {
  const named = new Set(keys.map((key) => JSON.stringify(key)))
  const others = groups.filter((group) => !named.has(JSON.stringify(group.keys)))
  return others.length === 0 ? [] : [{ keys: [], bucket: null, atoms: sumGroups(plan.atoms, others) }]
}

/** Whether a request may lie in several rows: not where all attempts are one row, or rows differ in time alone. */
function splitsRequests(plan: Plan): boolean {
  return plan.dimensions.length > 0
}

/** Buckets of a window; null where time is not a dimension. */
export function bucketsOf(plan: Plan, range: Range): Date[] | null {
  if (!plan.granularity) return null
  try {
    return listBuckets(range, plan.granularity, plan.calendar)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new AppError(
      'invalid_query',
      'granularity: too fine for this range. Choose larger buckets or a shorter range.',
      { cause: error },
    )
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

/** Groups of a statement, in its order and up to its limit; `whole` are all of them, in no order, where they were read. */
type StatementAnswer = { source: Source; groups: Group[]; whole: readonly Group[] | null }

async function runStatement(plan: Plan, statement: Statement): Promise<StatementAnswer> {
  const compiled = compileStatement(statement)
  const { sql, params, source, hashedUsers, halves } = compiled
  const put = halves ? await readHalves(halves, compiled, statement) : null
  if (put) {
    const hasBuckets = statement.buckets !== null
    const named = hashedUsers ? await nameGroups(plan, statement, hashedUsers, put) : put.groups
    const groups = sortGroups(plan, named, hasBuckets).slice(0, statement.limit)
    return { source, groups, whole: put.isWhole ? put.groups : null }
  }
  const found =
    source === 'rollup'
      ? await readBuiltRows({ sql, params, isLong: hashedUsers !== undefined })
      : await queryRows(answerRow, sql, { params })
  const rows = hashedUsers ? await nameUsers(found, hashedUsers, statement.scope) : found
  return { source, groups: rows.map((row) => toGroup(row, statement)), whole: null }
}

/** The first groups of a statement, and those equal to the last of them, with users' names in the place of their hashes. */
async function nameGroups(
  plan: Plan,
  statement: Statement,
  { keyColumn }: HashedUsers,
  { groups, names }: PutTogether,
): Promise<Group[]> {
  const { limit, scope } = statement
  const first = limit === undefined ? groups : firstGroups(plan, groups, statement.buckets !== null, limit)
  const at = Number(keyColumn.slice(1))
  const unnamed = first.flatMap(({ keys }) => (keys[at] === '0' || names.has(keys[at] ?? '') ? [] : [keys[at] ?? '']))
  const kept = await readNames([...new Set(unnamed)], scope)
  const nameOf = (hash: string) => (hash === '0' ? '' : (names.get(hash) ?? kept.get(hash) ?? ERASED))
  return first.map((group) => ({ ...group, keys: group.keys.map((key, index) => (index === at ? nameOf(key) : key)) }))
}

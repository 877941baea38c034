import { type CleanDay, type Span, type Split, splitRange } from '@/lib/metrics/clean-days'
import { bucketList, bucketOf, compileReach, distinctRequests, orderSql } from '@/lib/metrics/compile-attempts'
import { compileFilter, compileKeys, containsAny, dimension, type Parameters } from '@/lib/metrics/compile-filters'
import { atomSql, type Lens } from '@/lib/metrics/compile-requests'
import { histogramQuantileSql, histogramSql } from '@/lib/metrics/histogram'
import { ATOMS, type Atom, type AtomName, type DimensionName, DURATIONS, type Duration } from '@/lib/metrics/registry'
import { findRollup, type Rollup, USER_HASH_SQL, userHashSql } from '@/lib/metrics/rollups'
import type { SettledSpan } from '@/lib/metrics/settled-span'
import type { Compiled, CompiledFilter, Halves, SettledHalf, Source, Statement } from '@/lib/metrics/statement'

/** What a part of an answer tells: the sums of atoms, the histogram of a duration, or the set of users. */
type Cell = 'sums' | Duration | 'users'

type Reading = { cell: Cell; rollup: Rollup | null }

const NO_MONEY = `CAST(NULL, 'Nullable(Decimal(38, 18))')`
const NO_COUNTS = 'emptyArrayUInt64()'
const NO_USERS = `arrayReduce('uniqExactState', emptyArrayUInt64())`

const atomOf = (name: AtomName): Atom => ATOMS[name]

/**
 * Compiles one SELECT that takes clean days from rollups and everything else from attempts: parts with the same columns,
 * added up. Null where no rollup has a part in the answer, or no day of it is clean.
 */
export function compileFromRollups(statement: Statement, lens: Lens, bind: Parameters): Compiled | null {
  const readings = chooseReadings(statement, lens)
  if (!readings || !statement.cleanDays) return null
  const served = readings.filter(({ rollup }) => rollup !== null)
  const buckets = statement.buckets?.map((start) => start.getTime()) ?? null
  const range = { fromMs: statement.range.from.getTime(), toMs: statement.range.to.getTime() }
  const grain = served.every(({ rollup }) => rollup?.grain === 'slot') ? 'slot' : 'day'
  const split = splitRange(range, statement.scope.workspaceIds, statement.cleanDays, buckets, grain)
  if (split.clean.length === 0) return null

  const columns = columnsOf(statement, lens, bind)
  const parts: string[] = []
  for (const rollup of new Set(served.map((reading) => reading.rollup))) {
    if (!rollup) continue
    const cells = served.filter((reading) => reading.rollup === rollup).map(({ cell }) => cell)
    parts.push(rollupPart(statement, lens, rollup, cells, split, bind))
  }
  const restSql = spansSql(split.rest)
  const attempts = (spans: string) => attemptsPart(statement, columns, cellsOf(served), spans)
  if (restSql) parts.push(attempts(restSql))
  const unserved = readings.filter(({ rollup }) => rollup === null)
  if (unserved.length > 0) parts.push(attemptsPart(statement, columns, cellsOf(unserved), columns.inRange))
  const distinct = mixedPart(statement, split, columns, restSql)
  if (distinct) parts.push(distinct)

  const { hashed, keys, order } = finishOf(statement)
  const source: Source = unserved.length > 0 ? 'raw' : restSql ? 'mixed' : 'rollup'
  const [only] = parts
  const isFinished = statement.atoms.every((name) => cellOf(name) === 'sums') && !hashed
  const groups = [...keys, ...(statement.buckets ? ['t'] : [])]
  const single = parts.length === 1
  const halves = unserved.length === 0 && !distinct ? halvesOf(statement, parts, split, attempts, bind) : null
  const values = statement.atoms.map((name) => `${mergedSql(name, single)} AS ${name}`)
  const users = hashed ? [`${single ? 'user_name' : 'max(user_name)'} AS user_name`] : []
  const grouping = !single && groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : ''
  // One part of sums says it all: the engine plans half as much.
  const sql =
    only && single && isFinished
      ? `${only} ${order.sql}`
      : `SELECT ${[...groups, ...values, ...users, ...order.columns].join(', ')} FROM (${parts.join(' UNION ALL ')})
      ${grouping} ${order.sql}`
  return { sql, params: bind.params, source, ...(hashed ? { hashedUsers: hashed } : {}), ...(halves ? { halves } : {}) }
}

/** The parts as halves that add up outside of the engine; null where there are more, or sets of users. */
function halvesOf(
  statement: Statement,
  parts: readonly string[],
  { rest: spans }: Split,
  attempts: (spans: string) => string,
  bind: Parameters,
): Halves | null {
  const [built, rest] = parts
  const hasRest = spans.size > 0
  if (!built || parts.length !== (hasRest ? 2 : 1) || statement.atoms.includes('users')) return null
  const durations = [...new Set(statement.atoms.flatMap((name) => atomOf(name).quantile?.of ?? []))]
  const [order, ...more] = statement.order ?? []
  const highestBy = statement.atoms.find((name) => name === order?.sql && atomOf(name).kind !== 'state')
  const isHighest = highestBy && more.length === 0 && order?.direction === 'desc' && statement.limit !== undefined
  // Of other dimensions there are few enough to read them all, which also tells their totals.
  const isMany = statement.dimensions.includes('user')
  if (isMany && !isHighest && !hasRest) return null
  const whole = {
    built,
    rest: rest ?? null,
    settled: null,
    durations,
    highestBy: isHighest && isMany ? highestBy : null,
  }
  // Of users there are too many to keep.
  const settled = isMany ? null : findSettled(statement, spans)
  if (!settled) return whole
  const { workspaceId } = settled
  const moving = (spans.get(workspaceId) ?? []).flatMap((span) => {
    if (span.fromMs !== settled.fromMs) return [span]
    return span.toMs > settled.toMs ? [{ fromMs: settled.toMs, toMs: span.toMs }] : []
  })
  const movingSql = moving.length === 0 ? null : spansSql(new Map([[workspaceId, moving]]))
  const half: SettledHalf = {
    span: settled,
    key: `${attempts('')}\n${JSON.stringify(bind.params)}`,
    select: (fromMs, toMs) => attempts(spansSql(new Map([[workspaceId, [{ fromMs, toMs }]]])) ?? ''),
  }
  return { ...whole, settled: half, rest: movingSql && attempts(movingSql) }
}

/** The settled span with which what is left of the only workspace begins somewhere; null while prices change. */
function findSettled({ settled = [], priceChanges, routes = [] }: Statement, spans: Split['rest']): SettledSpan | null {
  const [only] = spans
  if (!only || spans.size !== 1 || priceChanges.length > 0 || routes.length > 0) return null
  const [workspaceId, own] = only
  const found = settled.find((each) => each.workspaceId === workspaceId)
  const isThere = found && own.some(({ fromMs, toMs }) => fromMs === found.fromMs && toMs >= found.toMs)
  return isThere ? found : null
}

/** Whether a statement could be answered from rollups if its days were clean. */
export function isServedByRollups(statement: Statement, lens: Lens): boolean {
  return chooseReadings(statement, lens)?.every(({ rollup }) => rollup !== null) ?? false
}

/** From where each cell is read; null when nothing is read from a rollup. */
function chooseReadings(statement: Statement, lens: Lens): Reading[] | null {
  const { keys } = statement
  if (keys && 'select' in keys) return null
  const dimensions = new Set<DimensionName>([
    ...statement.dimensions,
    ...statement.filters.map((filter) => filter.dimension),
    ...(keys?.dimensions ?? []),
  ])
  if (dimensions.has('user') && !canHashUsers(statement)) return null
  const kinds = statement.atoms.map((name) => atomOf(name))
  if (kinds.some((atom) => atom.rawOnly)) return null
  const counts = kinds.some((atom) => atom.kind === 'request')
  const durations = new Set(kinds.flatMap((atom) => (atom.quantile ? [atom.quantile.of] : [])))
  const need = { dimensions, lenses: false, histograms: false, users: false }
  const readings: Reading[] = [
    {
      cell: 'sums',
      rollup: counts && lens === 'distinct' ? null : findRollup({ ...need, lenses: counts && lens !== 'request' }),
    },
    ...[...durations].map((cell) => ({ cell, rollup: findRollup({ ...need, histograms: true }) })),
    ...(statement.atoms.includes('users')
      ? [{ cell: 'users' as const, rollup: dimensions.has('user') ? null : findRollup({ ...need, users: true }) }]
      : []),
  ]
  // Sums come with a histogram's or the users' rollup where that has them too: one part less.
  const [sums, ...others] = readings
  const shared =
    sums?.rollup?.grain === 'slot' ? others.find(({ cell, rollup }) => cell !== 'users' && rollup) : undefined
  if (sums && shared) sums.rollup = shared.rollup
  return readings.some(({ rollup }) => rollup !== null) ? readings : null
}

/** Users are hashes in rollups: no order by name, no other key that is restricted together with them. */
function canHashUsers(statement: Statement): boolean {
  const index = statement.dimensions.indexOf('user')
  if (index >= 0 && statement.order?.some(({ sql }) => sql === `d${index}`)) return false
  return !statement.keys?.dimensions.includes('user') || statement.keys.dimensions.length === 1
}

const cellsOf = (readings: readonly Reading[]): Cell[] => readings.map(({ cell }) => cell)

function cellOf(name: AtomName): Cell {
  const atom = atomOf(name)
  if (atom.quantile) return atom.quantile.of
  return name === 'users' ? 'users' : 'sums'
}

/** Columns of a part besides its keys: an atom each, a histogram for each duration, a state for the users. */
function partColumns(statement: Statement, value: (column: AtomName | Duration | 'users') => string | null): string[] {
  const durations = new Set(statement.atoms.flatMap((name) => atomOf(name).quantile?.of ?? []))
  const sums = statement.atoms.filter((name) => cellOf(name) === 'sums')
  return [
    ...sums.map((name) => `${value(name) ?? zeroOf(name)} AS ${name}`),
    ...[...durations].map((duration) => `${value(duration) ?? NO_COUNTS} AS ${duration}`),
    ...(statement.atoms.includes('users') ? [`${value('users') ?? NO_USERS} AS user_set`] : []),
  ]
}

const MONEY_ATOMS: readonly AtomName[] = ['spend', 'waste', 'wasteRetry', 'wasteFallback', 'wasteFailedRequest']

const zeroOf = (name: AtomName): string => (MONEY_ATOMS.includes(name) ? NO_MONEY : 'toUInt64(0)')

function mergedSql(name: AtomName, single: boolean): string {
  const { quantile } = atomOf(name)
  if (quantile) return histogramQuantileSql(quantile.level, single ? quantile.of : `sumForEach(${quantile.of})`)
  if (name === 'users') return single ? 'finalizeAggregation(user_set)' : 'uniqExactMerge(user_set)'
  return single ? name : `sum(${name})`
}

type AttemptColumns = ReturnType<typeof columnsOf>

/** What the parts over `attempts` have in common. */
function columnsOf(statement: Statement, lens: Lens, bind: Parameters) {
  const { inRange, matching, pricing, source, pricedSource } = compileReach(statement, bind)
  const bucket = bucketOf(statement)
  // Of one workspace users are told apart by their ids, which is less work than by the hashes of theirs.
  const [workspaceId, ...others] = statement.scope.workspaceIds
  const isById = others.length === 0 && statement.dimensions.includes('user')
  const userHash = isById ? userHashSql(`toUInt32(${workspaceId})`) : USER_HASH_SQL
  const keys = statement.dimensions.map(
    (name, index) => `${name === 'user' ? userHash : dimension(name, bind).sql} AS d${index}`,
  )
  const where = [...matching, ...(statement.keys ? [compileKeys(statement.keys, bind)] : [])]
  return { source, pricedSource, inRange, where, pricing, lens, bucket, keys, isById }
}

function attemptsPart(statement: Statement, columns: AttemptColumns, cells: readonly Cell[], spans: string): string {
  const { pricedSource, lens, pricing, keys, where, isById } = columns
  const bucket = columns.bucket('ts')
  const values = partColumns(statement, (column) => {
    if (column === 'users') {
      return cells.includes('users') ? `uniqExactStateIf(sipHash64(workspace_id, user_id), user_id != '')` : null
    }
    if (column in DURATIONS) {
      const duration = column === 'latency' ? 'latency' : 'timeToFirstToken'
      return cells.includes(duration) ? histogramSql(DURATIONS[duration]) : null
    }
    const name = statement.atoms.find((each) => each === column)
    return name && cells.includes('sums') ? atomSql(name, lens, pricing) : null
  })
  const names = statement.dimensions.includes('user') ? [`${isById ? 'user_id' : 'any(user_id)'} AS user_name`] : []
  return `SELECT ${[...keys, ...(bucket ? [`${bucket} AS t`] : []), ...values, ...names].join(', ')}
    FROM ${pricedSource} WHERE ${[spans, ...where].join(' AND ')} ${groupBy(statement, isById)}`
}

const LENS_SUFFIX: Record<Lens, string> = {
  request: '',
  provider: 'AtProvider',
  model: 'AtModel',
  deployment: 'AtDeployment',
  distinct: '',
}

function rollupPart(
  statement: Statement,
  lens: Lens,
  rollup: Rollup,
  cells: readonly Cell[],
  { clean }: Split,
  bind: Parameters,
): string {
  const values = partColumns(statement, (column) => {
    if (column === 'users') return cells.includes('users') ? 'uniqExactStateIf(user_hash, user_hash != 0)' : null
    if (column in DURATIONS) return cells.some((cell) => cell === column) ? `sumForEach(rows_read.${column})` : null
    if (!cells.includes('sums')) return null
    if (column === 'spend') return `if(sum(rows_read.coveredAttempts) = 0, NULL, sum(rows_read.spend))`
    const name = statement.atoms.find((each) => each === column)
    const suffix = name && atomOf(name).kind === 'request' ? LENS_SUFFIX[lens] : ''
    const kept = (name && atomOf(name).sumOf) ?? [`${column}${suffix}`]
    return `sum(${kept.map((each) => `rows_read.${each}`).join(' + ')})`
  })
  const keys = statement.dimensions.map((name, index) => `${rollupDimension(name, bind)} AS d${index}`)
  const at = rollup.grain === 'slot' ? 'slot' : 'day'
  const bucket = statement.buckets
    ? [`roundDown(toInt64(toUnixTimestamp(${at})) * 1000, ${bucketList(statement.buckets)}) AS t`]
    : []
  const names = statement.dimensions.includes('user') ? [`'' AS user_name`] : []
  const where = [
    `workspace_id IN ${bind.add('Array(UInt32)', statement.scope.workspaceIds)}`,
    cleanSql(clean, rollup),
    ...statement.filters.map((filter) => rollupFilter(filter, statement, bind)),
    ...(statement.keys ? [rollupKeys(statement.keys, statement, bind)] : []),
  ]
  return `SELECT ${[...keys, ...bucket, ...values, ...names].join(', ')}
    FROM ${rollup.table} AS rows_read WHERE ${where.join(' AND ')} ${groupBy(statement)}`
}

function groupBy({ dimensions, buckets }: Statement, isById = false): string {
  const keys = dimensions.map((name, index) => (isById && name === 'user' ? 'user_id' : `d${index}`))
  const groups = [...keys, ...(buckets ? ['t'] : [])]
  return groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : ''
}

/** Numbers of builds are unique, so they name the days; the bounds let the engine skip the rest. */
function cleanSql(clean: readonly (CleanDay & Span)[], rollup: Rollup): string {
  const fromMs = Math.min(...clean.map((day) => day.fromMs))
  const toMs = Math.max(...clean.map((day) => day.toMs))
  const second = (ms: number) => `toDateTime(${Math.floor(ms / 1_000)}, 'UTC')`
  // A part of the first or the last day begins after its day does.
  const days = `day > ${second(fromMs - 30 * 3_600_000)} AND day < ${second(toMs)}`
  const slots = rollup.grain === 'slot' ? ` AND slot >= ${second(fromMs)} AND slot < ${second(toMs)}` : ''
  return `${days} AND build IN (${clean.map(({ build }) => BigInt(build).toString()).join(', ')})${slots}`
}

function rollupDimension(name: DimensionName, bind: Parameters): string {
  return name === 'user' ? 'user_hash' : dimension(name, bind).sql
}

function rollupFilter(filter: CompiledFilter, statement: Statement, bind: Parameters): string {
  if (filter.dimension !== 'user') return compileFilter(filter, bind)
  const workspaces = bind.add('Array(UInt32)', statement.scope.workspaceIds)
  if (filter.operator === 'contains') {
    return `user_hash IN (SELECT user_hash FROM user_names
      WHERE workspace_id IN ${workspaces} AND ${containsAny('user_id', filter.values, bind)})`
  }
  return `user_hash ${filter.operator === 'in' ? 'IN' : 'NOT IN'} ${hashes(workspaces, filter.values, bind)}`
}

function rollupKeys(keys: NonNullable<Statement['keys']>, statement: Statement, bind: Parameters): string {
  if (!keys.dimensions.includes('user') || !('values' in keys)) return compileKeys(keys, bind)
  const workspaces = bind.add('Array(UInt32)', statement.scope.workspaceIds)
  const values = keys.values.map((value) => value[0] ?? '')
  return `user_hash ${keys.negate ? 'NOT IN' : 'IN'} ${hashes(workspaces, values, bind)}`
}

function hashes(workspaces: string, userIds: readonly string[], bind: Parameters): string {
  return `(SELECT ${USER_HASH_SQL} FROM (
    SELECT arrayJoin(${workspaces}) AS workspace_id, arrayJoin(${bind.add('Array(String)', userIds)}) AS user_id))`
}

/** Spans of attempts by workspace; null where there are none. */
function spansSql(rest: Split['rest']): string | null {
  const spans = [...rest].map(([workspaceId, own]) => {
    const times = own.map(({ fromMs, toMs }) => `(ts >= ${instantMs(fromMs)} AND ts < ${instantMs(toMs)})`)
    return rest.size === 1 ? `(${times.join(' OR ')})` : `(workspace_id = ${workspaceId} AND (${times.join(' OR ')}))`
  })
  if (spans.length === 0) return null
  // A workspace that has nothing left must not fall into the spans of the only one that has.
  const only = rest.size === 1 ? `workspace_id = ${[...rest.keys()][0]} AND ` : ''
  return `${only}(${spans.join(' OR ')})`
}

const instantMs = (ms: number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`

/** Requests of mixed context are counted distinctly, on the days that have such. */
function mixedPart(statement: Statement, split: Split, columns: AttemptColumns, restSql: string | null): string | null {
  const counted = statement.atoms.some((name) => atomOf(name).kind === 'request')
  if (!counted || (statement.noneMixed && columns.lens !== 'distinct')) return null
  const rest = new Map<number, Span[]>()
  for (const day of split.clean.filter(({ hasMixed }) => hasMixed)) {
    rest.set(day.workspaceId, [...(rest.get(day.workspaceId) ?? []), day])
  }
  const spans = [spansSql(rest), restSql].filter((sql) => sql !== null)
  const inRange = columns.lens === 'distinct' ? columns.inRange : `(${spans.join(' OR ')})`
  if (columns.lens !== 'distinct' && spans.length === 0) return null
  const sums = statement.atoms.filter((name) => cellOf(name) === 'sums')
  const distinct = distinctRequests({
    statement,
    source: columns.source,
    where: columns.where,
    inRange,
    counted: columns.lens === 'distinct' ? 'request_attempts > 1' : 'mixed',
    keyColumns: columns.keys,
    bucket: columns.bucket,
    atoms: sums,
  })
  const keys = [...statement.dimensions.map((_, index) => `d${index}`), ...(statement.buckets ? ['t'] : [])]
  const values = partColumns(statement, (column) => sums.find((name) => name === column) ?? null)
  const names = statement.dimensions.includes('user') ? [`'' AS user_name`] : []
  return `SELECT ${[...keys, ...values, ...names].join(', ')} FROM (${distinct})`
}

/** Keys, order and limit of the whole; users as hashes are ordered by their values alone, ties included. */
function finishOf(statement: Statement) {
  const keys = statement.dimensions.map((_, index) => `d${index}`)
  const { order = [], limit } = statement
  const userIndex = statement.dimensions.indexOf('user')
  const groups = [...keys, ...(statement.buckets ? ['t'] : [])]
  if (userIndex < 0) {
    const cut = limit === undefined ? '' : `LIMIT ${Math.trunc(limit)}`
    return { hashed: null, keys, order: { columns: [], sql: `${orderSql(order, groups)} ${cut}` } }
  }
  const columns = order.map(({ sql }, index) => `${sql} AS o${index}`)
  const orderColumns = order.map((_, index) => `o${index}`)
  const cut = limit === undefined || order.length === 0 ? '' : `LIMIT ${Math.trunc(limit)} WITH TIES`
  const hashed = { keyColumn: `d${userIndex}`, orderColumns, limit: limit === undefined ? null : Math.trunc(limit) }
  return { hashed, keys, order: { columns, sql: `${orderSql(order, [])} ${cut}` } }
}

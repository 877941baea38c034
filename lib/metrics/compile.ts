import {
  ATOMS,
  type AtomName,
  type Dimension,
  type DimensionName,
  dimensionLevel,
  dimensionOf,
} from '@/lib/metrics/registry'
import type { Range } from '@/lib/time'

/** A filter with the values as they are stored ('' = unattributed); names of workspaces and keys are ids by now. */
export type CompiledFilter = {
  dimension: DimensionName
  operator: 'in' | 'notIn' | 'contains'
  values: readonly string[]
}

/** Which workspaces are read and how their cost is chosen. Comes from the session or the key, never from a caller's body. */
export type StoreScope = {
  workspaceIds: readonly number[]
  /** Of these, the ones that prefer the price book over a cost reported by the provider. */
  bookFirstWorkspaceIds: readonly number[]
}

/** Keys by value, or as a SELECT of them, so that they are found and used in one statement. */
export type KeyRestriction = { dimensions: readonly DimensionName[]; negate: boolean } & (
  | { values: readonly (readonly string[])[] }
  | { select: Pick<Compiled, 'sql' | 'params'> }
)

/** One SELECT's worth of a question. */
export type Statement = {
  scope: StoreScope
  range: Range
  dimensions: readonly DimensionName[]
  /** Starts of the time buckets, ascending, when time is a dimension. */
  buckets: readonly Date[] | null
  atoms: readonly AtomName[]
  filters: readonly CompiledFilter[]
  /** Restricts rows to these keys of `dimensions`, or to all others. */
  keys?: KeyRestriction
  /** True when no request of these workspaces has attempts that differ in request-level context: flags then suffice. */
  noneMixed?: boolean
  order?: readonly { sql: string; direction: 'asc' | 'desc' }[]
  limit?: number
}

export type Compiled = {
  sql: string
  params: Record<string, unknown>
  /** `attempts`: additive flags sufficed. `raw`: requests were counted distinctly. */
  source: 'attempts' | 'raw'
}

/**
 * The angle from which requests are counted. Flags on attempts ("first of its request, of its provider, …") make these
 * four additive; `distinct` counts over the attempts themselves.
 */
type Lens = 'request' | 'provider' | 'model' | 'deployment' | 'distinct'

const LENS_COLUMNS: Record<Exclude<Lens, 'distinct'>, { first: string; outcome: string; left: string }> = {
  request: { first: 'seq = 1', outcome: 'request_outcome', left: 'request_fallback' },
  provider: { first: 'first_of_provider', outcome: 'outcome_at_provider', left: 'left_provider' },
  model: { first: 'first_of_model', outcome: 'outcome_at_model', left: 'left_model' },
  deployment: { first: 'first_of_deployment', outcome: 'outcome_at_deployment', left: 'left_deployment' },
}

/**
 * Compiles one SELECT over `attempts` (read with FINAL). The tenant's scope is part of it.
 *
 * Requests under attempt-level dimensions: a request counts once in each row in which at least one of its attempts falls,
 * in the bucket of its first attempt there, wherever that lies; the design's rule. Requests whose attempts differ in
 * request-level context (`mixed`) are always counted distinctly.
 */
export function compileStatement(statement: Statement, parameterPrefix = 'p'): Compiled {
  const bind = new Parameters(parameterPrefix)
  const dimensionSql = statement.dimensions.map((name) => dimension(name, bind).sql)
  const lens = chooseLens(statement)
  const { inRange, matching, cost } = compileReach(statement, bind)
  const where = [...matching, ...(statement.keys ? [compileKeys(statement.keys, bind)] : [])]
  const bucket = (column: string): string | null =>
    statement.buckets ? `roundDown(toUnixTimestamp64Milli(${column}), ${bucketList(statement.buckets)})` : null

  const keyColumns = dimensionSql.map((sql, index) => `${sql} AS d${index}`)
  const groupColumns = [...statement.dimensions.map((_, index) => `d${index}`), ...(statement.buckets ? ['t'] : [])]
  const groupBy = groupColumns.length > 0 ? `GROUP BY ${groupColumns.join(', ')}` : ''
  const atoms = statement.atoms
  const requestAtoms = atoms.filter((name) => ATOMS[name].kind === 'request')
  const counted = lens === 'distinct' ? 'request_attempts > 1' : 'mixed'

  const attemptBucket = bucket('ts')
  const main = `SELECT ${[
    ...keyColumns,
    ...(attemptBucket ? [`${attemptBucket} AS t`] : []),
    ...atoms.map((name) => `${atomSql(name, lens, cost)} AS ${name}`),
  ].join(', ')} FROM attempts WHERE ${[inRange, ...where].join(' AND ')} ${groupBy}`

  const limit = statement.limit === undefined ? '' : `LIMIT ${Math.trunc(statement.limit)}`
  const order = `${orderSql(statement.order ?? [], groupColumns)} ${limit}`
  if (requestAtoms.length === 0 || (lens !== 'distinct' && statement.noneMixed)) {
    return { sql: `${main} ${order}`, params: bind.params, source: 'attempts' }
  }

  const distinct = distinctRequests({ statement, where, inRange, counted, keyColumns, bucket, atoms })
  const merged = `SELECT ${[
    ...groupColumns,
    ...atoms.map((name) => `${ATOMS[name].kind === 'state' ? 'max' : 'sum'}(${name}) AS ${name}`),
  ].join(', ')} FROM (${main} UNION ALL ${distinct}) ${groupBy} ${order}`
  return { sql: merged, params: bind.params, source: lens === 'distinct' ? 'raw' : 'attempts' }
}

/** Which attempts are read, and what each of them costs; for statements that show attempts or requests one by one. */
export function compileAttempts(statement: Pick<Statement, 'scope' | 'range' | 'filters'>): {
  /** `ts` lies in the range. */
  inRange: string
  /** The tenant's scope and the filters. */
  matching: string
  /** SQL of an attempt's cost by its workspace's preference; null where it has none. */
  cost: string
  /** SQL of what that cost is: `reported`, `priced` or `unpriced`. */
  costBasis: string
  params: Record<string, unknown>
} {
  const bind = new Parameters('p')
  const { inRange, matching, cost } = compileReach(statement, bind)
  const bookFirst = `workspace_id IN ${bind.add('Array(UInt32)', statement.scope.bookFirstWorkspaceIds)}`
  const costBasis = `multiIf(reported_cost IS NOT NULL AND NOT (${bookFirst} AND priced_cost IS NOT NULL), 'reported',
    priced_cost IS NOT NULL, 'priced', 'unpriced')`
  return { inRange, matching: matching.join(' AND '), cost, costBasis, params: bind.params }
}

function compileReach(statement: Pick<Statement, 'scope' | 'range' | 'filters'>, bind: Parameters) {
  return {
    inRange: `ts >= ${instant(statement.range.from)} AND ts < ${instant(statement.range.to)}`,
    matching: [
      `workspace_id IN ${bind.add('Array(UInt32)', statement.scope.workspaceIds)}`,
      ...statement.filters.map((filter) => compileFilter(filter, bind)),
    ],
    cost: costSql(statement.scope, bind),
  }
}

function distinctRequests(input: {
  statement: Statement
  where: readonly string[]
  inRange: string
  counted: string
  keyColumns: readonly string[]
  bucket: (column: string) => string | null
  atoms: readonly AtomName[]
}): string {
  const { statement, where, inRange, counted, keyColumns, atoms } = input
  const keys = statement.dimensions.map((_, index) => `d${index}`)
  const filters = [counted, ...where].join(' AND ')
  // The first attempt "there" may lie before the range, the last one after it: read as far as these requests reach.
  // Both bounds have the same text, so that the engine works it out once.
  const reach = `(SELECT (
      ifNull(minOrNull(ts - toIntervalMillisecond(since_first_ms)), ${instant(statement.range.from)}),
      ifNull(maxOrNull(ts + toIntervalMillisecond(until_last_ms)), ${instant(statement.range.to)})
    ) FROM attempts WHERE ${[inRange, filters].join(' AND ')})`
  const inner = `SELECT ${[
    ...keyColumns,
    'workspace_id',
    'request_key',
    'argMin(ts, seq) AS first_ts',
    'max(is_last) AS ended_here',
    'any(request_outcome) AS outcome',
    `max(${leftSql(statement)}) AS left_here`,
  ].join(', ')} FROM attempts WHERE ts >= tupleElement(${reach}, 1) AND ts <= tupleElement(${reach}, 2) AND ${filters}
    GROUP BY ${[...keys, 'workspace_id', 'request_key'].join(', ')}
    HAVING first_ts >= ${instant(statement.range.from)} AND first_ts < ${instant(statement.range.to)}`
  const firstBucket = input.bucket('first_ts')
  const columns = atoms.map((name) => `${distinctAtomSql(name)} AS ${name}`)
  const groupColumns = [...keys, ...(firstBucket ? ['t'] : [])]
  return `SELECT ${[...keys, ...(firstBucket ? [`${firstBucket} AS t`] : []), ...columns].join(', ')} FROM (${inner})
    ${groupColumns.length > 0 ? `GROUP BY ${groupColumns.join(', ')}` : ''}`
}

/** Attempt-level names among the row's dimensions and the filters decide from where requests are seen. */
function chooseLens(statement: Statement): Lens {
  const dimensions = new Set<DimensionName>(statement.dimensions)
  const single = new Set<DimensionName>()
  const { keys } = statement
  const restricting = [...statement.filters, ...(keys ? keys.dimensions.map((name) => keyAsFilter(name, keys)) : [])]
  for (const filter of restricting) {
    if (dimensionLevel(filter.dimension) !== 'attempt' || dimensions.has(filter.dimension)) continue
    if (filter.operator !== 'in' || filter.values.length !== 1) return 'distinct'
    single.add(filter.dimension)
  }
  const names = [...dimensions, ...single].filter((name) => dimensionLevel(name) === 'attempt')
  if (names.length === 0) return 'request'
  if (names.some((name) => name !== 'provider' && name !== 'model')) return 'distinct'
  const provider = names.includes('provider')
  const model = names.includes('model')
  return provider && model ? 'deployment' : provider ? 'provider' : 'model'
}

function keyAsFilter(name: DimensionName, keys: KeyRestriction): CompiledFilter {
  const index = keys.dimensions.indexOf(name)
  const values = 'values' in keys ? [...new Set(keys.values.map((value) => value[index] ?? ''))] : []
  return { dimension: name, operator: keys.negate ? 'notIn' : 'in', values }
}

/** What "the next attempt went elsewhere" means for an attempt, seen from the row. */
function leftSql(statement: Statement): string {
  const names = new Set([
    ...statement.dimensions,
    ...statement.filters.map((filter) => filter.dimension),
    ...(statement.keys?.dimensions ?? []),
  ])
  const provider = names.has('provider')
  const model = names.has('model')
  if (provider && !model) return 'next_provider_differs'
  if (model && !provider) return 'next_model_differs'
  if (provider || [...names].some((name) => dimensionLevel(name) === 'attempt')) return 'next_is_fallback'
  return 'request_fallback'
}

function atomSql(name: AtomName, lens: Lens, cost: string): string {
  const atom = ATOMS[name]
  if (atom.kind !== 'request') return atom.sql.replaceAll('COST', cost)
  // What the flags cannot tell is left to the distinct count.
  if (lens === 'distinct') {
    const one = 'request_attempts = 1'
    if (name === 'requests') return `countIf(${one})`
    if (name === 'fallbackRequests') return 'toUInt64(0)'
    return `countIf(${one} AND request_outcome = '${name === 'failedRequests' ? 'failed' : 'success'}')`
  }
  const columns = LENS_COLUMNS[lens]
  const first = `${columns.first} AND NOT mixed`
  if (name === 'requests') return `countIf(${first})`
  if (name === 'fallbackRequests') return `countIf(${first} AND ${columns.left})`
  return `countIf(${first} AND ${columns.outcome} = '${name === 'failedRequests' ? 'failed' : 'success'}')`
}

function distinctAtomSql(name: AtomName): string {
  if (ATOMS[name].kind === 'state') return 'NULL'
  switch (name) {
    case 'requests':
      return 'count()'
    case 'failedRequests':
      return `countIf(ended_here AND outcome = 'failed')`
    case 'successfulRequests':
      return `countIf(ended_here AND outcome = 'success')`
    case 'fallbackRequests':
      return 'countIf(left_here)'
    case 'spend':
    case 'waste':
    case 'wasteRetry':
    case 'wasteFallback':
    case 'wasteFailedRequest':
      return "CAST(NULL, 'Nullable(Decimal(38, 18))')"
    default:
      return 'toUInt64(0)'
  }
}

function costSql(scope: StoreScope, bind: Parameters): string {
  const reportedFirst = 'coalesce(reported_cost, priced_cost)'
  if (scope.bookFirstWorkspaceIds.length === 0) return reportedFirst
  const bookFirst = bind.add('Array(UInt32)', scope.bookFirstWorkspaceIds)
  return `if(workspace_id IN ${bookFirst}, coalesce(priced_cost, reported_cost), ${reportedFirst})`
}

function dimension(name: DimensionName, bind: Parameters): Dimension {
  return dimensionOf(name, (key) => bind.add('String', key))
}

function compileFilter(filter: CompiledFilter, bind: Parameters): string {
  const { sql } = dimension(filter.dimension, bind)
  switch (filter.operator) {
    case 'in':
      return `${sql} IN ${bind.add('Array(String)', filter.values)}`
    case 'notIn':
      return `${sql} NOT IN ${bind.add('Array(String)', filter.values)}`
    case 'contains':
      return containsAny(sql, filter.values, bind)
    default:
      return assertNever(filter.operator)
  }
}

/** The engine searches for at most 255 texts at once. */
const MAX_NEEDLES = 255

function containsAny(sql: string, values: readonly string[], bind: Parameters): string {
  const searches: string[] = []
  for (let from = 0; from < values.length; from += MAX_NEEDLES) {
    const needles = bind.add('Array(String)', values.slice(from, from + MAX_NEEDLES))
    searches.push(`multiSearchAnyCaseInsensitiveUTF8(${sql}, ${needles})`)
  }
  return `(${searches.join(' OR ')})`
}

function compileKeys(keys: KeyRestriction, bind: Parameters): string {
  const columns = keys.dimensions.map((name) => dimension(name, bind).sql)
  const operator = keys.negate ? 'NOT IN' : 'IN'
  if ('select' in keys) {
    bind.include(keys.select.params)
    return `(${columns.join(', ')}) ${operator} (${keys.select.sql})`
  }
  const [only] = columns
  if (columns.length === 1 && only) {
    return `${only} ${operator} ${bind.add(
      'Array(String)',
      keys.values.map((value) => value[0] ?? ''),
    )}`
  }
  return `[${columns.map((column) => `toString(${column})`).join(', ')}] ${operator} ${bind.add('Array(Array(String))', keys.values)}`
}

/** ORDER BY of a statement's order, then of the columns of its key, so that it is total; empty where there is neither. */
export function orderSql(order: NonNullable<Statement['order']>, keyColumns: readonly string[]): string {
  const parts = order.map(({ sql, direction }) => `${sql} ${direction.toUpperCase()} NULLS LAST`)
  const all = [...parts, ...keyColumns.map((column) => `${column} ASC`)]
  return all.length > 0 ? `ORDER BY ${all.join(', ')}` : ''
}

/** SQL of an instant. */
export const instant = (at: Date): string => `fromUnixTimestamp64Milli(toInt64(${at.getTime()}), 'UTC')`

/** SQL of the buckets' starts. */
export const bucketList = (buckets: readonly Date[]): string =>
  `[${buckets.map((bucket) => bucket.getTime()).join(', ')}]::Array(Int64)`

/** Values bound as `{p0:Type}`: nothing that a caller sends becomes SQL text. */
class Parameters {
  readonly params: Record<string, unknown> = {}

  constructor(private readonly prefix: string) {}

  add(type: string, value: unknown): string {
    const name = `${this.prefix}${Object.keys(this.params).length}`
    this.params[name] = value
    return `{${name}:${type}}`
  }

  /** Takes in what another statement has bound; the prefixes must differ. */
  include(params: Record<string, unknown>): void {
    Object.assign(this.params, params)
  }
}

function assertNever(value: never): never {
  throw new Error(`unexpected ${String(value)}`)
}

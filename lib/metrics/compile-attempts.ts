import { compileFilter, compileKeys, dimension, Parameters } from '@/lib/metrics/compile-filters'
import { atomSql, distinctAtomSql, type Lens, leftSql } from '@/lib/metrics/compile-requests'
import { ATOMS, type AtomName } from '@/lib/metrics/registry'
import type { Compiled, Statement, StoreScope } from '@/lib/metrics/statement'
import { attemptsSource, pricedAttempts, type RepricedColumns, repricedColumns } from '@/lib/pricing/price-sql'
import { routedAttempts } from '@/lib/scenarios/route-sql'

/** Compiles one SELECT over `attempts` alone (read with FINAL). */
export function compileFromAttempts(statement: Statement, lens: Lens, bind: Parameters): Compiled {
  const dimensionSql = statement.dimensions.map((name) => dimension(name, bind).sql)
  const { inRange, matching, pricing, source, pricedSource } = compileReach(statement, bind)
  const where = [...matching, ...(statement.keys ? [compileKeys(statement.keys, bind)] : [])]
  const bucket = bucketOf(statement)

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
    ...atoms.map((name) => `${atomSql(name, lens, pricing)} AS ${name}`),
  ].join(', ')} FROM ${pricedSource} WHERE ${[inRange, ...where].join(' AND ')} ${groupBy}`

  const limit = statement.limit === undefined ? '' : `LIMIT ${Math.trunc(statement.limit)}`
  const order = `${orderSql(statement.order ?? [], groupColumns)} ${limit}`
  if (requestAtoms.length === 0 || (lens !== 'distinct' && statement.noneMixed)) {
    return { sql: `${main} ${order}`, params: bind.params, source: 'raw' }
  }

  const distinct = distinctRequests({ statement, source, where, inRange, counted, keyColumns, bucket, atoms })
  const merged = `SELECT ${[
    ...groupColumns,
    ...atoms.map((name) => `${ATOMS[name].kind === 'state' ? 'max' : 'sum'}(${name}) AS ${name}`),
  ].join(', ')} FROM (${main} UNION ALL ${distinct}) ${groupBy} ${order}`
  return { sql: merged, params: bind.params, source: 'raw' }
}

/** Which attempts are read, and what each of them costs; for statements that show attempts or requests one by one. */
export function compileAttempts(statement: Reach): {
  /** What is read: `attempts` with their prices, under the names that theirs stand for now, or on assumed routes. */
  source: string
  /** `ts` lies in the range. */
  inRange: string
  /** The tenant's scope and the filters. */
  matching: string
  /** SQL of an attempt's cost by its workspace's preference; null where it has none. */
  cost: string
  /** SQL of what that cost is: `reported`, `priced` or `unpriced`. */
  costBasis: string
  /** Columns of what the book makes of an attempt. */
  priced: RepricedColumns
  params: Record<string, unknown>
} {
  const bind = new Parameters('p')
  const { inRange, matching } = compileReach({ ...statement, priceChanges: [], routes: [] }, bind)
  const priced = repricedColumns(statement.priceChanges, (type, value) => bind.add(type, value))
  const cost = costSql(statement.scope, priced.pricedCost, bind)
  const bookFirst = `workspace_id IN ${bind.add('Array(UInt32)', statement.scope.bookFirstWorkspaceIds)}`
  const costBasis = `multiIf(reported_cost IS NOT NULL AND NOT (${bookFirst} AND ${priced.pricedCost} IS NOT NULL), 'reported',
    ${priced.pricedCost} IS NOT NULL, 'priced', 'unpriced')`
  const source = pricedAttempts(priced, routeAttempts(statement, attemptsSource(priced), bind))
  return { source, inRange, matching: matching.join(' AND '), cost, costBasis, priced, params: bind.params }
}

type Reach = Pick<Statement, 'scope' | 'range' | 'filters' | 'priceChanges' | 'routes'>

/** Which attempts a statement reads and how they cost; `pricing` is made of columns of `pricedSource`. */
export function compileReach(statement: Reach, bind: Parameters) {
  const { source, pricing } = compilePricing(statement, bind)
  const ofTenant = tenantSql(statement, bind)
  const routed = routeAttempts(statement, source, bind)
  return {
    source: routed,
    pricedSource: pricing.addTo(routed),
    inRange: `ts >= ${instant(statement.range.from)} AND ts < ${instant(statement.range.to)}`,
    matching: [ofTenant, ...statement.filters.map((filter) => compileFilter(filter, bind))],
    pricing,
  }
}

function tenantSql({ scope }: Reach, bind: Parameters): string {
  return `workspace_id IN ${bind.add('Array(UInt32)', scope.workspaceIds)}`
}

/** What is read of a source: the tenant's attempts as they were, or on the routes that are assumed. */
function routeAttempts(statement: Reach, source: string, bind: Parameters): string {
  const { routes = [] } = statement
  if (routes.length === 0) return source
  return routedAttempts(routes, source, tenantSql(statement, bind), (type, value) => bind.add(type, value))
}

/** SQL of the start of the bucket of an instant's column, in milliseconds; null where time is no dimension. */
export function bucketOf(statement: Pick<Statement, 'buckets'>): (column: string) => string | null {
  const { buckets } = statement
  return (column) => buckets && `roundDown(toUnixTimestamp64Milli(${column}), ${bucketList(buckets)})`
}

/** SELECT of the requests that flags cannot count, as the atoms of their groups. */
export function distinctRequests(input: {
  statement: Statement
  source: string
  where: readonly string[]
  inRange: string
  counted: string
  keyColumns: readonly string[]
  bucket: (column: string) => string | null
  atoms: readonly AtomName[]
}): string {
  const { statement, source, where, inRange, counted, keyColumns, atoms } = input
  const keys = statement.dimensions.map((_, index) => `d${index}`)
  const filters = [counted, ...where].join(' AND ')
  // The first attempt "there" may lie before the range, the last one after it: read as far as these requests reach.
  // Both bounds have the same text, so that the engine works it out once.
  const reach = `(SELECT (
      ifNull(minOrNull(ts - toIntervalMillisecond(since_first_ms)), ${instant(statement.range.from)}),
      ifNull(maxOrNull(ts + toIntervalMillisecond(until_last_ms)), ${instant(statement.range.to)})
    ) FROM ${source} WHERE ${[inRange, filters].join(' AND ')})`
  const inner = `SELECT ${[
    ...keyColumns,
    'workspace_id',
    'request_key',
    'argMin(ts, seq) AS first_ts',
    'max(is_last) AS ended_here',
    'any(request_outcome) AS outcome',
    `max(${leftSql(statement)}) AS left_here`,
  ].join(', ')} FROM ${source} WHERE ts >= tupleElement(${reach}, 1) AND ts <= tupleElement(${reach}, 2) AND ${filters}
    GROUP BY ${[...keys, 'workspace_id', 'request_key'].join(', ')}
    HAVING first_ts >= ${instant(statement.range.from)} AND first_ts < ${instant(statement.range.to)}`
  const firstBucket = input.bucket('first_ts')
  const columns = atoms.map((name) => `${distinctAtomSql(name)} AS ${name}`)
  const groupColumns = [...keys, ...(firstBucket ? ['t'] : [])]
  return `SELECT ${[...keys, ...(firstBucket ? [`${firstBucket} AS t`] : []), ...columns].join(', ')} FROM (${inner})
    ${groupColumns.length > 0 ? `GROUP BY ${groupColumns.join(', ')}` : ''}`
}

function compilePricing({ scope, priceChanges }: Reach, bind: Parameters) {
  const columns = repricedColumns(priceChanges, (type, value) => bind.add(type, value))
  const pricing = {
    addTo: (from: string) => pricedAttempts(columns, from),
    cost: costSql(scope, columns.pricedCost, bind),
    modelKnown: columns.modelKnown,
  }
  return { source: attemptsSource(columns), pricing }
}

function costSql(scope: StoreScope, pricedCost: string, bind: Parameters): string {
  const reportedFirst = `coalesce(reported_cost, ${pricedCost})`
  if (scope.bookFirstWorkspaceIds.length === 0) return reportedFirst
  const bookFirst = bind.add('Array(UInt32)', scope.bookFirstWorkspaceIds)
  return `if(workspace_id IN ${bookFirst}, coalesce(${pricedCost}, reported_cost), ${reportedFirst})`
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

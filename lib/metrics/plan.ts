import 'server-only'
import { AppError } from '@/lib/errors'
import { orderOf } from '@/lib/metrics/order-rows'
import type { Query } from '@/lib/metrics/query-schema'
import { ATOMS, type AtomName, type DimensionName, measureOf } from '@/lib/metrics/registry'
import type { QueryMeta } from '@/lib/metrics/result'
import type { CompiledFilter, KeyRestriction, Statement, StoreScope } from '@/lib/metrics/statement'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import type { Route } from '@/lib/scenarios/scenario'
import {
  type BucketGranularity,
  type Calendar,
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
export function spanOf({ current, previous }: Plan): { fromMs: number; toMs: number } {
  const ranges = [current, ...(previous ? [previous] : [])]
  return {
    fromMs: Math.min(...ranges.map(({ from }) => from.getTime())),
    toMs: Math.max(...ranges.map(({ to }) => to.getTime())),
  }
}

export const MAX_RESULT_ROWS = 100_000

/** Whether requests are counted; an attempt is always in one row only. */
export function countsRequests(plan: Plan): boolean {
  return plan.atoms.some((name) => ATOMS[name].kind === 'request')
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

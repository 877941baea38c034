import 'server-only'
import { type FixedCostRow, listFixedCostRows } from '@/db/postgres/queries/fixed-costs'
import { listMonths, monthRange } from '@/lib/close/month'
import { AppError } from '@/lib/errors'
import { keepsPool, poolFilters, poolKey } from '@/lib/fixed-costs/pool'
import { capacityOf, chargeOf, type Method, type Served, shareOut, spreadCharge } from '@/lib/fixed-costs/spread-cost'
import type { Group } from '@/lib/metrics/groups'
import type { PricedPlan } from '@/lib/metrics/plan'
import type { WindowGroups } from '@/lib/metrics/read-windows'
import { ATOMS, type AtomName, type AtomValues, type DimensionName, dimensionLevel } from '@/lib/metrics/registry'
import type { CompiledFilter, KeyRestriction, Statement } from '@/lib/metrics/statement'
import { addDecimals, compareDecimals, multiplyDecimals, trimDecimal } from '@/lib/money'
import type { Range } from '@/lib/time'

/** Spend read with, or as nothing but, fixed costs. */
export type FixedView = {
  /** A window's groups with the fixed cost that their usage bears, and beside them what no usage bears. */
  addTo: (range: Range, window: WindowGroups, restriction: KeyRestriction | null) => Promise<WindowGroups>
}

type Run = (statement: Statement) => Promise<Group[]>

/** Most pools × months of a question: each is read by itself. */
const MOST_POOL_MONTHS = 200

/** What usage is weighed by. Evenly spread is between endpoints; within an endpoint attempts count. */
const WEIGHT: Record<Method, AtomName> = {
  tokens: 'totalTokens',
  requests: 'requests',
  busyTime: 'busyMicroseconds',
  even: 'attempts',
}

/**
 * How the spend of a question is read; null where it is by usage alone.
 *
 * A month's charge is borne by the usage that the pool served in that month, as the declared method weighs it, in the
 * workspace's default scope: a group, a day or a filter bears the part of the charge that its usage is of the pool's usage
 * in the whole month. Idle cost is borne by time: evenly over the month, or over what has gone by of a running one.
 * @throws AppError `invalid_query` for what fixed costs cannot be spread over; `unavailable` when Postgres does not answer.
 */
export async function openFixedView(plan: PricedPlan, run: Run): Promise<FixedView | null> {
  const { costView = 'usage' } = plan.query
  if (costView === 'usage') return null
  refuseScope(plan)
  const costs = await listFixedCostRows(plan.scope.workspaces[0].id)
  for (const cost of costs) refuseRequests(plan, cost)
  const readWhole = rememberWholes(plan, run)
  return {
    addTo: async (range, window, restriction) => {
      const borne = new Shares()
      for (const pool of poolMonths(plan, costs, range)) {
        await bearPool(plan, pool, { range, window, restriction }, readWhole, run, borne)
      }
      return toView(plan, window, borne, costView)
    },
  }
}

function refuseScope({ scope, filters }: PricedPlan): void {
  const [workspace, ...others] = scope.workspaces
  if (others.length > 0) {
    throw new AppError('invalid_query', 'costView: fixed costs are of one workspace. Ask for one workspace at a time.')
  }
  const isDefault = (dimension: DimensionName, names: readonly string[]) => {
    const [only, ...more] = filters.filter((filter) => filter.dimension === dimension)
    if (!only || more.length > 0 || only.operator !== 'in') return false
    return only.values.length === names.length && names.every((name) => only.values.includes(name))
  }
  const { defaultEnvironments, defaultDataModes } = workspace
  if (isDefault('environment', defaultEnvironments) && isDefault('dataMode', defaultDataModes)) return
  const names = [...defaultEnvironments, ...defaultDataModes].join(', ')
  throw new AppError(
    'invalid_query',
    `costView: fixed costs are spread over the usage of ${names}. Ask for exactly that environment and data mode, or for spend without fixed costs.`,
  )
}

/** A request whose attempts lie in several rows has no share in each of them. */
function refuseRequests({ dimensions, filters }: PricedPlan, { name, provider, models, method }: FixedCostRow): void {
  if (method !== 'requests') return
  const settled = new Set([...(provider === '' ? [] : ['provider']), ...(models.length === 1 ? ['model'] : [])])
  const asked = [...dimensions, ...filters.map(({ dimension }) => dimension)]
  const split = asked.find((each) => dimensionLevel(each) === 'attempt' && !settled.has(each))
  if (!split) return
  throw new AppError(
    'invalid_query',
    `costView: “${name}” is spread by requests, and attempts of one request may differ in ${split}. Leave ${split} out, or ask for spend without fixed costs.`,
  )
}

type PoolMonth = {
  key: string
  costs: { cost: FixedCostRow; charge: string }[]
  month: Range
  isEven: boolean
  atoms: AtomName[]
}

/** Costs of the same pool in each month that a range touches and that has begun; they are read together. */
function poolMonths({ scope, now }: PricedPlan, costs: readonly FixedCostRow[], range: Range): PoolMonth[] {
  const { timeZone } = scope.workspaces[0]
  const last = new Date(Math.min(range.to.getTime(), now.getTime()) - 1)
  if (last < range.from) return []
  const months = listMonths(range.from, last, timeZone)
  const found = months.flatMap((month) => {
    const pools = new Map<string, PoolMonth>()
    for (const cost of costs) {
      const charge = chargeOf(cost, month)
      if (charge === null) continue
      const isEven = cost.method === 'even'
      const key = `${month} ${isEven} ${poolKey(cost)}`
      const pool = pools.get(key) ?? { key, costs: [], month: monthRange(month, timeZone), isEven, atoms: [] }
      const capacity = capacityOf(cost)
      const needed: AtomName[] = [
        WEIGHT[cost.method],
        ...(capacity ? [capacity.by === 'tokens' ? WEIGHT.tokens : WEIGHT.busyTime] : []),
      ]
      pools.set(key, {
        ...pool,
        costs: [...pool.costs, { cost, charge }],
        atoms: [...new Set([...pool.atoms, ...needed, 'attempts' as const])],
      })
    }
    return [...pools.values()]
  })
  if (found.length <= MOST_POOL_MONTHS) return found
  throw new AppError('invalid_query', 'costView: too many fixed costs and months for one answer. Shorten the range.')
}

/** The usage of a pool in its month, whatever is asked of it; by endpoint where it is spread evenly over these. */
function rememberWholes(plan: PricedPlan, run: Run): (pool: PoolMonth) => Promise<Group[]> {
  const known = new Map<string, Promise<Group[]>>()
  return (pool) => {
    const found = known.get(pool.key) ?? run(statementOf(plan, pool, pool.month, scopeFilters(plan), partKeys(pool)))
    known.set(pool.key, found)
    return found
  }
}

const isScope = ({ dimension }: CompiledFilter): boolean => dimension === 'environment' || dimension === 'dataMode'
/** A filter that names the workspace itself leaves everything in. */
const isOwn = ({ store }: PricedPlan, { dimension, operator, values }: CompiledFilter): boolean =>
  dimension === 'workspace' && operator === 'in' && store.workspaceIds.every((id) => values.includes(String(id)))
const scopeFilters = ({ filters }: PricedPlan): CompiledFilter[] => filters.filter(isScope)

const partKeys = ({ isEven }: PoolMonth): DimensionName[] => (isEven ? ['endpoint'] : [])

function statementOf(
  { store, priceChanges, routes }: PricedPlan,
  pool: PoolMonth,
  range: Range,
  filters: readonly CompiledFilter[],
  dimensions: readonly DimensionName[],
  more: Partial<Statement> = {},
): Statement {
  const [first] = pool.costs
  return {
    scope: store,
    range,
    dimensions,
    buckets: null,
    atoms: pool.atoms,
    filters: [...filters, ...(first ? poolFilters(first.cost) : [])],
    priceChanges,
    routes,
    ...more,
  }
}

type Asked = { range: Range; window: WindowGroups; restriction: KeyRestriction | null }

/** Fixed cost by cell of an answer, all of it exact. */
class Shares {
  readonly cells = new Map<string, string[]>()
  readonly idle = new Map<number | null, string[]>()
  readonly totals: string[] = []
  readonly idleTotals: string[] = []

  add(key: string, share: string): void {
    this.cells.set(key, [...(this.cells.get(key) ?? []), share])
  }

  addIdle(bucket: number | null, share: string): void {
    this.idle.set(bucket, [...(this.idle.get(bucket) ?? []), share])
  }
}

const cellKey = (isOther: boolean, bucket: number | null, keys: readonly string[]): string =>
  JSON.stringify([isOther, bucket, ...keys])

async function bearPool(
  plan: PricedPlan,
  pool: PoolMonth,
  asked: Asked,
  readWhole: (pool: PoolMonth) => Promise<Group[]>,
  run: Run,
  borne: Shares,
): Promise<void> {
  const { window, restriction } = asked
  const range = intersect(asked.range, pool.month)
  const parts = partKeys(pool)
  const ask = (dimensions: readonly DimensionName[], more: Partial<Statement> = {}) =>
    run(statementOf(plan, pool, range, plan.filters, [...new Set([...dimensions, ...parts])], more))
  const { buckets } = window
  const isOneRow = plan.dimensions.length === 0 && buckets === null
  const [whole, totals, rows, other] = await Promise.all([
    readWhole(pool),
    ask([]),
    isOneRow || window.rows.length === 0 ? [] : ask(plan.dimensions, { buckets, keys: restriction ?? undefined }),
    restriction && window.other.length > 0 ? ask([], { buckets, keys: { ...restriction, negate: true } }) : [],
  ])
  /** Where an endpoint stands among the keys of a group; nowhere where the pool is one part. */
  const partOf = ({ keys }: Group, dimensions: readonly DimensionName[]): string =>
    pool.isEven ? (keys[[...dimensions, 'endpoint'].indexOf('endpoint')] ?? '') : ''
  const cellsOf = (groups: readonly Group[], isOther: boolean, dimensions: readonly DimensionName[]) =>
    groups.map((group) => ({
      key: cellKey(isOther, group.bucket, group.keys.slice(0, dimensions.length)),
      part: partOf(group, dimensions),
      atoms: group.atoms,
    }))
  const read = {
    whole: byPart(cellsOf(whole, false, [])),
    totals: byPart(cellsOf(totals, false, [])),
    cells: byPart([...cellsOf(isOneRow ? totals : rows, false, plan.dimensions), ...cellsOf(other, true, [])]),
  }
  const served = whole.map((group) => toServed(partOf(group, []), group.atoms))
  const filters = plan.filters.filter((filter) => !isScope(filter) && !isOwn(plan, filter))
  for (const { cost, charge } of pool.costs) {
    const { idle, byKey } = spreadCharge(charge, cost.method, capacityOf(cost), served)
    for (const [part, amount] of byKey) bearPart(part, amount, WEIGHT[cost.method], read, borne)
    if (keepsPool(cost, filters)) bearIdle(idle, elapsed(pool.month, plan.now), asked, borne)
  }
}

type PoolCell = { key: string; part: string; atoms: AtomValues }
type ByPart = ReadonlyMap<string, readonly PoolCell[]>

function byPart(cells: readonly PoolCell[]): ByPart {
  const parts = new Map<string, PoolCell[]>()
  for (const cell of cells) {
    const found = parts.get(cell.part)
    if (found) found.push(cell)
    else parts.set(cell.part, [cell])
  }
  return parts
}

/** What a part of a pool bears of a charge, as its usage in the window is of its usage in the month, and so for each cell. */
function bearPart(
  part: string,
  amount: string,
  atom: AtomName,
  read: { whole: ByPart; totals: ByPart; cells: ByPart },
  borne: Shares,
): void {
  const weigh = (cells: ByPart) =>
    (cells.get(part) ?? []).map(({ key, atoms }) => ({ key, weight: atoms[atom] ?? '0' }))
  const sum = (weights: readonly { weight: string }[]) => addDecimals(weights.map((each) => each.weight))
  const whole = sum(weigh(read.whole))
  const weight = sum(weigh(read.totals))
  if (compareDecimals(whole, '0') === 0) return
  const share = shareOut(amount, [{ key: '', weight }], whole).get('') ?? '0'
  borne.totals.push(share)
  const cells = weigh(read.cells)
  // Requests whose attempts differ in their own context lie in several rows; these share what the requests bear.
  const all = sum(cells)
  const most = compareDecimals(all, weight) > 0 ? all : weight
  if (compareDecimals(most, '0') === 0) return
  for (const [key, each] of shareOut(share, cells, most)) borne.add(key, each)
}

function toServed(key: string, atoms: AtomValues): Served {
  return {
    key,
    tokens: atoms.totalTokens ?? '0',
    requests: atoms.requests ?? atoms.attempts ?? '0',
    busyMs: trimDecimal(multiplyDecimals(atoms.busyMicroseconds ?? '0', '0.001')),
  }
}

/** Idle cost by time: the part of the month that lies in the window, and in each of its buckets. */
function bearIdle(idle: string, month: Range, { range, window }: Asked, borne: Shares): void {
  const inWindow = lengthMs(intersect(range, month))
  if (inWindow === 0) return
  const share = shareOut(idle, [{ key: '', weight: String(inWindow) }], String(lengthMs(month))).get('') ?? '0'
  borne.idleTotals.push(share)
  const { buckets } = window
  if (buckets === null) {
    borne.addIdle(null, share)
    return
  }
  const weights = buckets.map((from, index) => {
    const bucket = intersect({ from, to: buckets[index + 1] ?? range.to }, range)
    return { key: String(from.getTime()), weight: String(lengthMs(intersect(bucket, month))) }
  })
  for (const [key, each] of shareOut(share, weights, String(inWindow))) borne.addIdle(Number(key), each)
}

/** Of a month, what has gone by. */
function elapsed({ from, to }: Range, now: Date): Range {
  return { from, to: now < to ? now : to }
}

function intersect(a: Range, b: Range): Range {
  return {
    from: new Date(Math.max(a.from.getTime(), b.from.getTime())),
    to: new Date(Math.min(a.to.getTime(), b.to.getTime())),
  }
}

const lengthMs = ({ from, to }: Range): number => Math.max(0, to.getTime() - from.getTime())

function toView(plan: PricedPlan, window: WindowGroups, borne: Shares, view: 'usageAndFixed' | 'fixed'): WindowGroups {
  const withFixed = (atoms: AtomValues, shares: readonly string[]): AtomValues => {
    const fixed = trimDecimal(addDecimals(shares))
    if (view === 'fixed') return { ...atoms, spend: fixed }
    return fixed === '0' ? atoms : { ...atoms, spend: addDecimals([atoms.spend ?? null, fixed]) }
  }
  const idle = [...borne.idle].map(([bucket, shares]) => ({ bucket, shares }))
  const idleGroups = idle
    .map(
      ({ bucket, shares }): Group => ({
        keys: [],
        bucket,
        atoms: { ...zeros(plan), spend: trimDecimal(addDecimals(shares)) },
      }),
    )
    .filter(({ atoms }) => atoms.spend !== '0')
  const isKeyed = plan.dimensions.length > 0
  const rows = window.rows.map((group) => ({
    ...group,
    atoms: withFixed(group.atoms, [
      ...(borne.cells.get(cellKey(false, group.bucket, group.keys)) ?? []),
      // A row without keys is all there is in its bucket.
      ...(isKeyed ? [] : (borne.idle.get(group.bucket) ?? [])),
    ]),
  }))
  const seen = new Set(rows.map(({ bucket }) => bucket))
  const other = window.other.map((group) => ({
    ...group,
    atoms: withFixed(group.atoms, borne.cells.get(cellKey(true, group.bucket, [])) ?? []),
  }))
  return {
    buckets: window.buckets,
    rows: isKeyed ? rows : [...rows, ...idleGroups.filter(({ bucket }) => !seen.has(bucket))],
    other,
    totals: withFixed(window.totals, [...borne.totals, ...borne.idleTotals]),
    idle: { groups: isKeyed ? idleGroups : [], total: trimDecimal(addDecimals(borne.idleTotals)) },
  }
}

/** Atoms of nothing: what no usage bears has no attempts, requests or tokens. */
function zeros({ atoms }: PricedPlan): AtomValues {
  return Object.fromEntries(atoms.map((name) => [name, ATOMS[name].kind === 'state' ? null : '0']))
}

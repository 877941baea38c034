import { compareText } from '@/lib/compare-text'
import type { Group } from '@/lib/metrics/groups'
import type { Plan } from '@/lib/metrics/plan'
import type { Query } from '@/lib/metrics/query-schema'
import { type MeasureName, measureOf } from '@/lib/metrics/registry'
import type { Statement } from '@/lib/metrics/statement'
import { compareDecimals } from '@/lib/money'

/** The order of rows. Without buckets (ranking over the whole range) time has no part in it. */
export function orderOf(plan: Plan, hasBuckets: boolean): NonNullable<Statement['order']> {
  const names: readonly string[] = plan.dimensions
  return orderKeys(plan, hasBuckets).flatMap(({ key, direction }) => {
    if (key === 'time') return hasBuckets ? [{ sql: 't', direction }] : []
    const measure = plan.query.measures.find((name) => name === key)
    if (measure) return [{ sql: measureOf(measure).orderSql, direction }]
    const index = names.indexOf(key)
    return index >= 0 ? [{ sql: `d${index}`, direction }] : []
  })
}

/** Groups that are kept are asked for in the same order again and again. */
const sorted = new WeakMap<readonly Group[], Map<string, readonly Group[]>>()

/** Groups in the order that {@link orderOf} gives them, where they are put together here and not by the store. */
export function sortGroups(plan: Plan, groups: readonly Group[], hasBuckets: boolean): readonly Group[] {
  const order = JSON.stringify([orderKeys(plan, hasBuckets), plan.query.measures, plan.dimensions])
  const orders = sorted.get(groups) ?? new Map<string, readonly Group[]>()
  const inOrder = orders.get(order) ?? rankGroups(plan, groups, hasBuckets).map(({ group }) => group)
  sorted.set(groups, orders.set(order, inOrder))
  return inOrder
}

/** The first groups in that order, with all that only their keys tell from the last of them. */
export function firstGroups(plan: Plan, groups: readonly Group[], hasBuckets: boolean, count: number): Group[] {
  const ranked = rankGroups(plan, groups, hasBuckets)
  const last = ranked[count - 1]
  const isTied = ({ values, group }: (typeof ranked)[number]) =>
    last !== undefined &&
    group.bucket === last.group.bucket &&
    values.every((value, at) => compareValues(value, last.values[at] ?? null, 1) === 0)
  return ranked.filter((each, place) => place < count || isTied(each)).map(({ group }) => group)
}

function rankGroups(plan: Plan, groups: readonly Group[], hasBuckets: boolean) {
  const names: readonly string[] = plan.dimensions
  const orders = orderKeys(plan, hasBuckets).map(({ key, direction }) => ({
    measure: plan.query.measures.find((name) => name === key),
    index: key === 'time' ? -1 : names.indexOf(key),
    sign: direction === 'desc' ? -1 : 1,
  }))
  const rankOf = (name: MeasureName, { atoms }: Group) =>
    name === 'topNShare' ? (atoms.spend ?? null) : measureOf(name).compute(atoms)
  const sortable = groups.map((group) => ({
    group,
    values: orders.map(({ measure }) => (measure ? rankOf(measure, group) : null)),
  }))
  sortable.sort((a, b) => {
    for (const [at, { measure, index, sign }] of orders.entries()) {
      const compared = measure
        ? compareValues(a.values[at] ?? null, b.values[at] ?? null, sign)
        : index >= 0
          ? sign * compareText(a.group.keys[index] ?? '', b.group.keys[index] ?? '')
          : sign * ((a.group.bucket ?? 0) - (b.group.bucket ?? 0))
      if (compared !== 0) return compared
    }
    return compareKeys(a.group, b.group)
  })
  return sortable
}

/** Nothing comes last, in both directions. */
function compareValues(a: string | null, b: string | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return sign * compareDecimals(a, b)
}

function compareKeys(a: Group, b: Group): number {
  const at = a.keys.findIndex((key, index) => key !== b.keys[index])
  return at < 0 ? (a.bucket ?? 0) - (b.bucket ?? 0) : compareText(a.keys[at] ?? '', b.keys[at] ?? '')
}

/** What rows are ordered by, before their keys. */
function orderKeys(plan: Plan, hasBuckets: boolean): Query['orderBy'] {
  const { query } = plan
  const [first] = query.measures
  const byMeasure: Query['orderBy'] = first ? [{ key: first, direction: 'desc' }] : []
  const byTime: Query['orderBy'] = [{ key: 'time', direction: 'asc' }]
  const timeAlone = plan.granularity !== null && query.limit === undefined
  const rowOrder = query.orderBy.length > 0 ? query.orderBy : [...byTime, ...(timeAlone ? [] : byMeasure)]
  const rankOrder = rowOrder.some((order) => order.key !== 'time') ? rowOrder : byMeasure
  return hasBuckets || timeAlone ? rowOrder : rankOrder
}

/** The direction in which rows stand by time before all else; null where they do not. */
export function timeDirection(plan: Plan): 'asc' | 'desc' | null {
  if (plan.granularity === null) return null
  const [first] = plan.query.orderBy
  if (!first) return 'asc'
  return first.key === 'time' ? first.direction : null
}

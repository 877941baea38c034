import 'server-only'
import { type FixedCostRow, listFixedCostRows } from '@/db/postgres/queries/fixed-costs'
import { monthRange } from '@/lib/close/month'
import { poolFilters } from '@/lib/fixed-costs/pool'
import { capacityOf, chargeOf, type Served, spreadCharge } from '@/lib/fixed-costs/spread-cost'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, divideDecimals, multiplyDecimals, trimDecimal } from '@/lib/money'

export type FixedCost = FixedCostRow

/** A fixed cost in one month; USD as Decimal strings. */
export type PoolMonth = {
  cost: FixedCost
  /** Null: the month bears nothing of it. */
  charge: string | null
  tokens: string
  requests: string
  /** Sum of the latencies that attempts report. */
  busyMs: string
  /** Attempts without a latency: no part of `busyMs`. */
  untimedAttempts: string
  idle: string
  idleShare: string | null
  /** Charge ÷ tokens served × 1,000,000; null without usage. */
  perMillionTokens: string | null
}

export type EndpointCost = {
  /** Null: unattributed. */
  endpoint: string | null
  /** By usage, as everywhere else; null where nothing has a price. */
  usage: string | null
  fixed: string
  both: string
}

export type CostMonth = {
  pools: PoolMonth[]
  /** By usage and fixed cost, the dearest first. */
  endpoints: EndpointCost[]
  /** `idle` is borne by no endpoint; `both` has it. */
  totals: { usage: string | null; fixed: string; idle: string; both: string; unpricedTokens: string }
}

/**
 * The fixed costs of a workspace, by name.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listFixedCosts(workspaceId: number): Promise<FixedCost[]> {
  return await listFixedCostRows(workspaceId)
}

/**
 * What a month of the workspace's zone cost by usage and by fixed costs, in its default scope. Each fixed cost is spread over the
 * endpoints that its pool served in that month; exact, so endpoints and what is idle add up to the charges.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function readCostMonth(
  costs: readonly FixedCost[],
  scope: Scope,
  month: string,
  now: Date,
): Promise<CostMonth> {
  const [{ timeZone }] = scope.workspaces
  const range = monthRange(month, timeZone)
  // Only attempts tell it, so it is asked for where it counts.
  const isTimed = costs.some(({ method }) => method === 'busyTime')
  const ask = (filters: QueryInput['filters']) =>
    runQuery(
      parseQuery({
        measures: ['spend', 'requests', 'totalTokens', 'unpricedTokens', ...(isTimed ? TIMED : [])],
        dimensions: ['endpoint'],
        from: range.from.toISOString(),
        to: range.to.toISOString(),
        timeZone,
        filters,
      }),
      scope,
      now,
    )
  const usage = await ask([])
  const fixed = new Map<string, string[]>()
  const pools: PoolMonth[] = []
  for (const cost of costs) {
    const charge = chargeOf(cost, month)
    const answer = cost.provider === '' ? usage : await ask(poolFilters(cost))
    const served = answer.rows.map(toServed)
    const total = (name: string) => text(answer.totals, name) ?? '0'
    const tokens = total('totalTokens')
    const spread = charge === null ? null : spreadCharge(charge, cost.method, capacityOf(cost), served)
    for (const [key, share] of spread?.byKey ?? []) fixed.set(key, [...(fixed.get(key) ?? []), share])
    pools.push({
      cost,
      charge,
      tokens,
      requests: total('requests'),
      busyMs: total('busyTime'),
      untimedAttempts: total('untimedAttempts'),
      idle: spread?.idle ?? '0',
      idleShare: spread?.idleShare ?? null,
      perMillionTokens: charge === null ? null : divideDecimals(multiplyDecimals(charge, '1000000'), tokens),
    })
  }
  const spends = new Map(usage.rows.map((row) => [endpointKey(row), text(row, 'spend')]))
  const keys = [...new Set([...spends.keys(), ...fixed.keys()])]
  const endpoints = keys.map((key): EndpointCost => {
    const own = { usage: spends.get(key) ?? null, fixed: sum(fixed.get(key) ?? []) }
    return { endpoint: key === UNATTRIBUTED ? null : key.slice(1), ...own, both: sum([own.usage, own.fixed]) }
  })
  const charges = sum(pools.map(({ charge }) => charge))
  const spend = text(usage.totals, 'spend')
  return {
    pools,
    endpoints: endpoints.sort((a, b) => compareDecimals(b.both, a.both)),
    totals: {
      usage: spend,
      fixed: charges,
      idle: sum(pools.map(({ idle }) => idle)),
      both: sum([spend, charges]),
      unpricedTokens: text(usage.totals, 'unpricedTokens') ?? '0',
    },
  }
}

const TIMED = ['busyTime', 'untimedAttempts'] as const

/** No endpoint at all is not an endpoint of an empty name. */
const UNATTRIBUTED = ''

function endpointKey(row: ResultRow): string {
  const endpoint = cellOf(row, 'endpoint')
  return endpoint === null ? UNATTRIBUTED : `=${endpoint}`
}

function toServed(row: ResultRow): Served {
  return {
    key: endpointKey(row),
    tokens: text(row, 'totalTokens') ?? '0',
    requests: text(row, 'requests') ?? '0',
    busyMs: text(row, 'busyTime') ?? '0',
  }
}

function text(row: ResultRow, name: string): string | null {
  const cell = cellOf(row, name)
  return cell === null ? null : String(cell)
}

function sum(values: readonly (string | null)[]): string {
  return trimDecimal(addDecimals(values))
}

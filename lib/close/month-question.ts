import 'server-only'
import type { MonthAttempts } from '@/db/clickhouse/statements/closed-attempts'
import { FIGURES } from '@/lib/close/figures'
import { compileAttempts } from '@/lib/metrics/compile-attempts'
import { planQuery, type Scope } from '@/lib/metrics/plan'
import { parseQuery, type Query } from '@/lib/metrics/query-schema'
import { ALL_TOKENS, type DimensionName } from '@/lib/metrics/registry'
import { readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'
import type { Range } from '@/lib/time'

/** What the figures of a month depend on beside the ledger. */
export type MonthScope = {
  range: Range
  timeZone: string
  environments: readonly string[]
  dataModes: readonly string[]
}

/** The question for the figures of a month. */
export function monthQuestion(month: MonthScope, dimensions: readonly DimensionName[]): Query {
  return parseQuery({
    measures: [...FIGURES],
    dimensions: [...dimensions],
    from: month.range.from.toISOString(),
    to: month.range.to.toISOString(),
    timeZone: month.timeZone,
    filters: [
      { dimension: 'environment', operator: 'in', values: [...month.environments] },
      { dimension: 'dataMode', operator: 'in', values: [...month.dataModes] },
    ],
  })
}

/**
 * The attempts that the same question counts, one by one, by the prices now in force.
 * @throws AppError `unavailable` when ClickHouse does not answer.
 */
export async function monthAttempts(month: MonthScope, scope: Scope, now: Date): Promise<MonthAttempts> {
  const plan = planQuery(monthQuestion(month, []), scope, now)
  const { source, inRange, matching, cost, priced, params } = compileAttempts({
    scope: plan.store,
    range: plan.current,
    filters: plan.filters,
    priceChanges: await readOpenPriceChanges(plan.store.workspaceIds),
  })
  return {
    source,
    inRange,
    matching,
    cost,
    pricedCost: priced.pricedCost,
    priceId: priced.priceId,
    tokens: ALL_TOKENS,
    params,
  }
}

import 'server-only'
import type { Plan, PricedPlan } from '@/lib/metrics/plan'
import { readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'
import { type OpenScenario, openScenario } from '@/lib/scenarios/open-scenario'

/**
 * A question with the prices now in force, or with those and the routes of the scenario that it names.
 * @throws AppError as `openScenario`; `unavailable` when a store does not answer.
 */
export async function pricePlan(plan: Plan): Promise<PricedPlan & { under: OpenScenario | null }> {
  const { scenario } = plan.query
  const [inForce, under] = await Promise.all([
    readOpenPriceChanges(plan.store.workspaceIds),
    scenario === undefined ? null : openScenario(plan.scope.workspaces, scenario),
  ])
  return { ...plan, priceChanges: [...inForce, ...(under?.priceChanges ?? [])], routes: under?.routes ?? [], under }
}

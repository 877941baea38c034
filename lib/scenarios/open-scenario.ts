import 'server-only'
import { findScenarioRow } from '@/db/postgres/queries/scenarios'
import { AppError } from '@/lib/errors'
import { SharedReads } from '@/lib/metrics/share-reads'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import type { PriceRow } from '@/lib/pricing/price-book'
import { priceScenario } from '@/lib/scenarios/price-scenario'
import { type Route, scenarioDefinition } from '@/lib/scenarios/scenario'

/** A saved scenario as questions are answered under it. */
export type OpenScenario = {
  id: number
  name: string
  routes: Route[]
  priceChanges: OpenPriceChange[]
  /** The rows of {@link priceChanges}, as a price is explained by them. */
  priceRows: PriceRow[]
}

/** A page asks several questions at once: they share what is read of a scenario, never with another workspace. */
const reads = new SharedReads<OpenScenario>()

/**
 * The scenario that a question names, of the one workspace that it is about.
 * @throws AppError `not_found` for one of another workspace, one that was removed and one that never was, alike;
 * `invalid_query` for a question about several workspaces; `unavailable` when Postgres does not answer.
 */
export async function openScenario(workspaces: readonly { id: number }[], id: number): Promise<OpenScenario> {
  const [workspace, another] = workspaces
  if (!workspace || another) {
    throw new AppError('invalid_query', 'scenario: belongs to one workspace. Ask about that one alone.')
  }
  return reads.ask(`${workspace.id} ${id}`, () => readScenario(workspace.id, id))
}

async function readScenario(workspaceId: number, id: number): Promise<OpenScenario> {
  const row = await findScenarioRow(workspaceId, id)
  if (!row) {
    throw new AppError(
      'not_found',
      'There is no such scenario in this workspace. It may have been removed; ask without it for actual figures.',
    )
  }
  return { id, name: row.name, ...(await priceScenario(scenarioDefinition.parse(row.definition), workspaceId)) }
}

import 'server-only'
import { assembleAnswer, metaOf } from '@/lib/metrics/assemble-answer'
import { isRepriced } from '@/lib/metrics/clean-days'
import { type Plan, planQuery, type Scope, spanOf } from '@/lib/metrics/plan'
import type { Query } from '@/lib/metrics/query-schema'
import type { Activity } from '@/lib/metrics/read-activity'
import type { LedgerState } from '@/lib/metrics/read-ledger'
import { readLedgerNow, recallLedger } from '@/lib/metrics/read-ledger-now'
import { readWindows } from '@/lib/metrics/read-windows'
import type { QueryResult } from '@/lib/metrics/result'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import { openScenario } from '@/lib/scenarios/open-scenario'
import type { Route } from '@/lib/scenarios/scenario'

/**
 * Answers a question: compile → run → fill. The one road for screens, API, CSV and alerts.
 * Money, counts and ratios come as decimal strings, latencies as numbers in milliseconds, unattributed as null.
 * @param assumed changes of prices that nobody has made: the answer is what it would be after them; ids above all others
 * @param routes what is assumed of traffic: the answer is what it would be had it been routed so; a question that names a
 * scenario is answered under that one instead of both
 * @throws AppError `invalid_query` for what cannot be answered, `not_found` for a scenario that is not of the workspace,
 * `unavailable` when the store does not answer.
 */
export async function runQuery(
  query: Query,
  scope: Scope,
  now: Date,
  assumed: readonly OpenPriceChange[] = [],
  routes: readonly Route[] = [],
): Promise<QueryResult> {
  const asked = planQuery(query, scope, now)
  const ledgerNow = readLedgerNow(scope.workspaces, spanOf(asked))
  const [under, { dataVersion, freshness, ...ledger }, begun] = await Promise.all([
    query.scenario === undefined ? null : openScenario(scope.workspaces, query.scenario),
    ledgerNow,
    query.scenario === undefined ? beginWindows({ ...asked, routes }, ledgerNow, assumed) : null,
  ])
  const plan = { ...asked, routes: under ? under.routes : routes }
  const { windows, source } = begun ?? (await readWindows(plan, assume(ledger, under ? under.priceChanges : assumed)))
  const scenario = under && { id: under.id, name: under.name }
  return {
    ...assembleAnswer(plan, windows),
    meta: { ...metaOf(plan, windows, source), scenario, dataVersion, freshness },
  }
}

/**
 * Reads a question's windows by the ledger's last known state while that is read anew. Whatever was acknowledged before the
 * question is in them where that state still stands; null where it does not, or none is known.
 */
async function beginWindows(
  plan: Plan,
  ledgerNow: Promise<LedgerState & Activity>,
  assumed: readonly OpenPriceChange[],
): Promise<Awaited<ReturnType<typeof readWindows>> | null> {
  const known = recallLedger(plan.scope.workspaces, spanOf(plan))
  if (!known) return null
  const begun = readWindows(plan, assume(known, assumed))
  // Where the state does not stand, nobody waits for it, or for how it fails.
  begun.catch(() => {})
  const { stateVersion, noneMixed } = await ledgerNow
  return stateVersion === known.stateVersion && noneMixed === known.noneMixed ? await begun : null
}

/** The ledger as it would be after more changes of prices: the days that they touch are priced on reading. */
function assume<T extends LedgerState>(ledger: T, assumed: readonly OpenPriceChange[]): T {
  if (assumed.length === 0) return ledger
  return {
    ...ledger,
    cleanDays: ledger.cleanDays.filter((day) => !isRepriced(day.workspaceId, day, assumed)),
    priceChanges: [...ledger.priceChanges, ...assumed],
  }
}

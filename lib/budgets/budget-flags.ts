import 'server-only'
import type { BudgetState } from '@/lib/budgets/budget-state'
import { readBudgetPostures } from '@/lib/budgets/read-budget-postures'
import { log } from '@/lib/log'

/** A sender is told within seconds, and Postgres is not asked for every event. */
const FRESH_MS = 5_000
const MAX_WORKSPACES = 10_000

const known = new Map<number, { state: BudgetState | null; readAtMs: number }>()

/**
 * Whether a budget of a workspace is nearly spent, and whether one is spent, as last evaluated. Never a reason for ingest to
 * fail: what cannot be read is no warning.
 */
export async function readBudgetFlags(
  workspaceId: number,
): Promise<{ budgetWarning: boolean; budgetExceeded: boolean }> {
  const nowMs = Date.now()
  const last = known.get(workspaceId)
  if (!last || nowMs - last.readAtMs > FRESH_MS) {
    if (known.size >= MAX_WORKSPACES) known.clear()
    known.set(workspaceId, { state: last?.state ?? null, readAtMs: nowMs })
    try {
      const posture = (await readBudgetPostures([workspaceId])).get(workspaceId)
      known.set(workspaceId, { state: posture?.state ?? null, readAtMs: nowMs })
    } catch (error) {
      log.debug({ err: error, workspace: workspaceId }, 'Budgets could not be read for a sender')
    }
  }
  const state = known.get(workspaceId)?.state
  return { budgetWarning: state === 'near' || state === 'over', budgetExceeded: state === 'over' }
}

import 'server-only'
import { changeGuardState, listGuardBudgets } from '@/db/postgres/queries/guard'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { judgeBudget } from '@/lib/guard/decide-guard'
import { toGuardBudget } from '@/lib/guard/read-snapshot'

/**
 * Writes into the audit log what apps are told from now on because of a budget, where that has changed. May be run by
 * several processes: each change is noted once.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function noteGuardDecisions(now: Date): Promise<void> {
  for (const row of await listGuardBudgets(null, now)) {
    const found = toGuardBudget(row)
    if (found === null) continue
    const { decision, basis, sharePercent } = judgeBudget(found)
    const before = row.decision ?? 'allow'
    if (decision === before) continue
    await inTransaction(async (tx) => {
      if (!(await changeGuardState(tx, found.budget.id, decision, now))) return
      const { amount, spend, imputedHigh } = found
      await recordAudit(
        {
          actor: { kind: 'system', name: 'Guard' },
          workspaceId: found.budget.workspaceId,
          action: 'guard.decision_changed',
          target: { kind: 'budget', id: String(found.budget.id), name: found.budget.name },
          before: { decision: before },
          after: { decision, basis, sharePercent, amount, spend, imputedHigh },
        },
        tx,
      )
    })
  }
}

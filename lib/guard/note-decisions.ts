import 'server-only'
import { changeGuardState, endExpiredSwitches, listGuardBudgets, listStrictStates } from '@/db/postgres/queries/guard'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { judgeBudget } from '@/lib/guard/decide-guard'
import { toGuardBudget } from '@/lib/guard/read-snapshot'

const ACTOR = { kind: 'system', name: 'Guard' } as const

type NotedBudget = { id: number; workspaceId: number; name: string }
type NotedDecision = { decision: 'allow' | 'degrade' | 'block'; [figure: string]: unknown }

/**
 * Writes into the audit log what apps are told from now on, where that has changed: because of a budget, because nothing is
 * known of a budget any more (its period is over, its policy only observes, it was archived), because a switch has expired.
 * May be run by several processes: each change is noted once.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function noteGuardDecisions(now: Date): Promise<void> {
  const strict = new Map((await listStrictStates()).map((state) => [state.id, state]))
  for (const row of await listGuardBudgets(null, now)) {
    const found = toGuardBudget(row, now)
    if (found === null) continue
    strict.delete(row.budget.id)
    const before = row.decision ?? 'allow'
    const verdict = judgeBudget(found)
    if (verdict.decision === before) continue
    const { amount, spend, imputedHigh } = found
    await noteDecision(found.budget, before, { ...verdict, amount, spend, imputedHigh }, now)
  }
  for (const state of strict.values()) await noteDecision(state, state.decision, { decision: 'allow' }, now)
  await noteExpiredSwitches(now)
}

async function noteDecision(
  { id, workspaceId, name }: NotedBudget,
  before: NotedDecision['decision'],
  after: NotedDecision,
  now: Date,
): Promise<void> {
  await inTransaction(async (tx) => {
    if (!(await changeGuardState(tx, id, after.decision, now))) return
    await recordAudit(
      {
        actor: ACTOR,
        workspaceId,
        action: 'guard.decision_changed',
        target: { kind: 'budget', id: String(id), name },
        before: { decision: before },
        after,
      },
      tx,
    )
  })
}

async function noteExpiredSwitches(now: Date): Promise<void> {
  await inTransaction(async (tx) => {
    for (const { id, workspaceId, target, value, expiresAt } of await endExpiredSwitches(tx, now)) {
      await recordAudit(
        {
          actor: ACTOR,
          workspaceId,
          action: 'guard.switch_expired',
          target: { kind: 'switch', id: String(id), name: `${target} ${value}` },
          after: { expiresAt },
        },
        tx,
      )
    }
  })
}

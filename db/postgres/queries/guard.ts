import 'server-only'
import { and, desc, eq, gt, inArray, isNull, lte, ne, sql } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { budgetEvaluations, budgets, guardSettings, guardStates, guardSwitches, users } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type GuardSwitchRow = typeof guardSwitches.$inferSelect & { ownerName: string }
export type NewGuardSwitch = typeof guardSwitches.$inferInsert
export type GuardBudgetRow = {
  budget: typeof budgets.$inferSelect
  evaluation: typeof budgetEvaluations.$inferSelect | null
  decision: (typeof guardStates.$inferSelect)['decision'] | null
}

/** Switches of a workspace that nobody has ended and that have not expired, the newest first. */
export async function listOpenSwitches(workspaceId: number, now: Date): Promise<GuardSwitchRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select({ row: guardSwitches, ownerName: users.name })
      .from(guardSwitches)
      .innerJoin(users, eq(users.id, guardSwitches.ownerId))
      .where(
        and(
          eq(guardSwitches.workspaceId, workspaceId),
          isNull(guardSwitches.endedAt),
          gt(guardSwitches.expiresAt, now),
        ),
      )
      .orderBy(desc(guardSwitches.createdAt), desc(guardSwitches.id)),
  )
  return rows.map(({ row, ownerName }) => ({ ...row, ownerName }))
}

/** Whether the guard of a workspace only observes. */
export async function readObserveOnly(workspaceId: number): Promise<boolean> {
  const rows = await withPostgres((db) =>
    db.select().from(guardSettings).where(eq(guardSettings.workspaceId, workspaceId)).limit(1),
  )
  return rows[0]?.observeOnly ?? false
}

/** @returns whether that changed anything */
export async function writeObserveOnly(tx: Transaction, workspaceId: number, observeOnly: boolean): Promise<boolean> {
  const [before] = await tx
    .select()
    .from(guardSettings)
    .where(eq(guardSettings.workspaceId, workspaceId))
    .for('update')
    .limit(1)
  if ((before?.observeOnly ?? false) === observeOnly) return false
  await tx
    .insert(guardSettings)
    .values({ workspaceId, observeOnly })
    .onConflictDoUpdate({ target: guardSettings.workspaceId, set: { observeOnly } })
  return true
}

/**
 * Budgets in force that tell apps more than to observe, each with its evaluation of the period that holds `now`, and what
 * was last said because of it; of one workspace or of all.
 */
export async function listGuardBudgets(workspaceId: number | null, now: Date): Promise<GuardBudgetRow[]> {
  return await withPostgres((db) =>
    db
      .selectDistinctOn([budgets.id], {
        budget: budgets,
        evaluation: budgetEvaluations,
        decision: guardStates.decision,
      })
      .from(budgets)
      .leftJoin(
        budgetEvaluations,
        and(
          eq(budgetEvaluations.budgetId, budgets.id),
          sql`${budgetEvaluations.periodStart} <= ${now.toISOString()}::timestamptz`,
          gt(budgetEvaluations.periodEnd, now),
        ),
      )
      .leftJoin(guardStates, eq(guardStates.budgetId, budgets.id))
      .where(
        and(
          isNull(budgets.archivedAt),
          inArray(budgets.guardMode, ['degrade', 'block']),
          workspaceId === null ? undefined : eq(budgets.workspaceId, workspaceId),
        ),
      )
      // Periods that a budget no longer has are not evaluated any more.
      .orderBy(budgets.id, desc(budgetEvaluations.evaluatedAt), desc(budgetEvaluations.periodStart)),
  )
}

/** Budgets because of which apps were last told more than to go on. */
export async function listStrictStates(): Promise<
  { id: number; workspaceId: number; name: string; decision: 'allow' | 'degrade' | 'block' }[]
> {
  return await withPostgres((db) =>
    db
      .select({
        id: budgets.id,
        workspaceId: budgets.workspaceId,
        name: budgets.name,
        decision: guardStates.decision,
      })
      .from(guardStates)
      .innerJoin(budgets, eq(budgets.id, guardStates.budgetId))
      .where(ne(guardStates.decision, 'allow'))
      .orderBy(budgets.id),
  )
}

/** Ends switches that have expired, as of when they did; each is handed to one caller. */
export async function endExpiredSwitches(tx: Transaction, now: Date): Promise<(typeof guardSwitches.$inferSelect)[]> {
  return await tx
    .update(guardSwitches)
    .set({ endedAt: sql`${guardSwitches.expiresAt}` })
    .where(and(isNull(guardSwitches.endedAt), lte(guardSwitches.expiresAt, now)))
    .returning()
}

/** Notes what is said because of a budget. False when another process has noted it already. */
export async function changeGuardState(
  tx: Transaction,
  budgetId: number,
  decision: 'allow' | 'degrade' | 'block',
  now: Date,
): Promise<boolean> {
  const rows = await tx
    .insert(guardStates)
    .values({ budgetId, decision, changedAt: now })
    .onConflictDoUpdate({
      target: guardStates.budgetId,
      set: { decision, changedAt: now },
      setWhere: sql`${guardStates.decision} <> ${decision}`,
    })
    .returning({ budgetId: guardStates.budgetId })
  return rows.length > 0
}

export async function insertSwitch(tx: Transaction, values: NewGuardSwitch): Promise<number> {
  const [row] = await tx.insert(guardSwitches).values(values).returning({ id: guardSwitches.id })
  if (!row) throw new Error('an insert answered no row')
  return row.id
}

/** Ends a switch of a workspace; null when it is not among its open ones. */
export async function endSwitch(
  tx: Transaction,
  workspaceId: number,
  id: number,
  now: Date,
): Promise<typeof guardSwitches.$inferSelect | null> {
  const rows = await tx
    .update(guardSwitches)
    .set({ endedAt: now })
    .where(
      and(
        eq(guardSwitches.workspaceId, workspaceId),
        eq(guardSwitches.id, id),
        isNull(guardSwitches.endedAt),
        gt(guardSwitches.expiresAt, now),
      ),
    )
    .returning()
  return rows[0] ?? null
}

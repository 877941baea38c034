import 'server-only'
import { and, asc, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { budgetEvaluations, budgets, budgetThresholdStates, workspaces } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type BudgetRow = typeof budgets.$inferSelect
export type NewBudgetRow = typeof budgets.$inferInsert
export type BudgetEvaluationRow = typeof budgetEvaluations.$inferSelect
export type NewBudgetEvaluationRow = typeof budgetEvaluations.$inferInsert
export type ThresholdStateRow = typeof budgetThresholdStates.$inferSelect

/** Budgets of a workspace by name; archived ones only when asked for. */
export async function listBudgetRows(workspaceId: number, withArchived = false): Promise<BudgetRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(budgets)
      .where(and(eq(budgets.workspaceId, workspaceId), withArchived ? undefined : isNull(budgets.archivedAt)))
      .orderBy(asc(budgets.name), asc(budgets.id)),
  )
}

/** A budget of a workspace, archived or not; null when there is none. */
export async function findBudgetRow(workspaceId: number, id: number): Promise<BudgetRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(budgets)
      .where(and(eq(budgets.workspaceId, workspaceId), eq(budgets.id, id)))
      .limit(1),
  )
  return rows[0] ?? null
}

/** As {@link findBudgetRow}, locked for the transaction. */
export async function findBudgetForUpdate(tx: Transaction, workspaceId: number, id: number): Promise<BudgetRow | null> {
  const rows = await tx
    .select()
    .from(budgets)
    .where(and(eq(budgets.workspaceId, workspaceId), eq(budgets.id, id)))
    .for('update')
  return rows[0] ?? null
}

export async function insertBudget(tx: Transaction, values: NewBudgetRow): Promise<number> {
  const [row] = await tx.insert(budgets).values(values).returning({ id: budgets.id })
  if (!row) throw new Error('an insert answered no row')
  return row.id
}

export async function updateBudget(
  tx: Transaction,
  id: number,
  change: Partial<Omit<NewBudgetRow, 'id' | 'workspaceId'>>,
): Promise<void> {
  await tx.update(budgets).set(change).where(eq(budgets.id, id))
}

/** Budgets in force, of workspaces that are. */
export async function listOpenBudgets(): Promise<BudgetRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select({ budget: budgets })
      .from(budgets)
      .innerJoin(workspaces, eq(workspaces.id, budgets.workspaceId))
      .where(and(isNull(budgets.archivedAt), isNull(workspaces.archivedAt)))
      .orderBy(asc(budgets.workspaceId), asc(budgets.id)),
  )
  return rows.map(({ budget }) => budget)
}

/** The name of a budget in force that somebody owns or is the backup of; null without any. */
export async function findBudgetOwnedBy(tx: Transaction, workspaceId: number, userId: string): Promise<string | null> {
  const rows = await tx
    .select({ name: budgets.name })
    .from(budgets)
    .where(
      and(
        eq(budgets.workspaceId, workspaceId),
        isNull(budgets.archivedAt),
        or(eq(budgets.ownerId, userId), eq(budgets.backupId, userId)),
      ),
    )
    .limit(1)
  return rows[0]?.name ?? null
}

/** Archived budgets of which an alert is still open. */
export async function listFiringArchivedBudgets(): Promise<BudgetRow[]> {
  const rows = await withPostgres((db) =>
    db
      .selectDistinctOn([budgets.id], { budget: budgets })
      .from(budgets)
      .innerJoin(budgetThresholdStates, eq(budgetThresholdStates.budgetId, budgets.id))
      .innerJoin(workspaces, eq(workspaces.id, budgets.workspaceId))
      .where(
        sql`(${budgets.archivedAt} IS NOT NULL OR ${workspaces.archivedAt} IS NOT NULL) AND ${budgetThresholdStates.alertKey} IS NOT NULL`,
      ),
  )
  return rows.map(({ budget }) => budget)
}

/** Evaluations of a budget, the newest period first. */
export async function listEvaluations(budgetId: number, limit: number): Promise<BudgetEvaluationRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(budgetEvaluations)
      .where(eq(budgetEvaluations.budgetId, budgetId))
      .orderBy(desc(budgetEvaluations.periodStart))
      .limit(limit),
  )
}

/** The newest evaluation of each budget in force of these workspaces; periods that a budget no longer has are older. */
export async function listNewestEvaluations(
  workspaceIds: readonly number[],
): Promise<{ budget: BudgetRow; evaluation: BudgetEvaluationRow | null }[]> {
  if (workspaceIds.length === 0) return []
  return await withPostgres((db) =>
    db
      .selectDistinctOn([budgets.id], { budget: budgets, evaluation: budgetEvaluations })
      .from(budgets)
      .leftJoin(budgetEvaluations, eq(budgetEvaluations.budgetId, budgets.id))
      .where(and(inArray(budgets.workspaceId, [...workspaceIds]), isNull(budgets.archivedAt)))
      .orderBy(asc(budgets.id), desc(budgetEvaluations.evaluatedAt), desc(budgetEvaluations.periodStart)),
  )
}

/** Stores what an evaluation of a period found in place of the one before; a period's closing stays. */
export async function saveEvaluation(values: NewBudgetEvaluationRow): Promise<void> {
  await withPostgres((db) =>
    db
      .insert(budgetEvaluations)
      .values(values)
      .onConflictDoUpdate({
        target: [budgetEvaluations.budgetId, budgetEvaluations.periodStart],
        set: values,
      }),
  )
}

/** Says of a period's evaluation that nothing could be read; what it found before stays. */
export async function markUnavailable(budgetId: number, periodStart: Date): Promise<void> {
  await withPostgres((db) =>
    db
      .update(budgetEvaluations)
      .set({ dataState: 'unavailable' })
      .where(and(eq(budgetEvaluations.budgetId, budgetId), eq(budgetEvaluations.periodStart, periodStart))),
  )
}

/** Threshold states of a budget's periods, or of one of them. */
export async function listThresholdStates(budgetId: number, periodStart?: Date): Promise<ThresholdStateRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(budgetThresholdStates)
      .where(
        and(
          eq(budgetThresholdStates.budgetId, budgetId),
          periodStart ? eq(budgetThresholdStates.periodStart, periodStart) : undefined,
        ),
      )
      .orderBy(asc(budgetThresholdStates.percent)),
  )
}

export async function saveThresholdStates(rows: readonly ThresholdStateRow[]): Promise<void> {
  if (rows.length === 0) return
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      for (const row of rows) {
        await tx
          .insert(budgetThresholdStates)
          .values(row)
          .onConflictDoUpdate({
            target: [
              budgetThresholdStates.budgetId,
              budgetThresholdStates.periodStart,
              budgetThresholdStates.basis,
              budgetThresholdStates.percent,
            ],
            set: row,
          })
      }
    }),
  )
}

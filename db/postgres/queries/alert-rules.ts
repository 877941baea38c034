import 'server-only'
import { and, asc, count, desc, eq, gte, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { alertRuleFirings, alertRuleStates, alertRules, workspaces } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type AlertRuleRow = typeof alertRules.$inferSelect
export type AlertRuleStateRow = typeof alertRuleStates.$inferSelect
export type AlertRuleFiringRow = typeof alertRuleFirings.$inferSelect
export type AlertRuleValues = Omit<
  typeof alertRules.$inferInsert,
  'id' | 'workspaceId' | 'version' | 'lastEvaluatedAt' | 'lastError' | 'createdAt'
>
export type WorkspaceOfRule = typeof workspaces.$inferSelect

/** Rules that are watched, and those that are not but have something firing still, each with its workspace. */
export async function listRulesToEvaluate(): Promise<{ rule: AlertRuleRow; workspace: WorkspaceOfRule }[]> {
  return await withPostgres((db) =>
    db
      .select({ rule: alertRules, workspace: workspaces })
      .from(alertRules)
      .innerJoin(workspaces, eq(workspaces.id, alertRules.workspaceId))
      .where(
        or(
          and(isNotNull(alertRules.enabledAt), isNull(alertRules.archivedAt), isNull(workspaces.archivedAt)),
          inArray(
            alertRules.id,
            db
              .select({ id: alertRuleFirings.ruleId })
              .from(alertRuleFirings)
              .where(isNull(alertRuleFirings.resolvedAt)),
          ),
        ),
      )
      .orderBy(asc(sql`coalesce(${alertRules.lastEvaluatedAt}, to_timestamp(0))`), asc(alertRules.id)),
  )
}

/** The rules of a workspace that are not archived, by name. */
export async function listAlertRules(workspaceId: number): Promise<AlertRuleRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(alertRules)
      .where(and(eq(alertRules.workspaceId, workspaceId), isNull(alertRules.archivedAt)))
      .orderBy(asc(alertRules.name), asc(alertRules.id)),
  )
}

/** Whether a workspace has or ever had a rule. */
export async function hasHadAlertRules(workspaceId: number): Promise<boolean> {
  const rows = await withPostgres((db) =>
    db.select({ id: alertRules.id }).from(alertRules).where(eq(alertRules.workspaceId, workspaceId)).limit(1),
  )
  return rows.length > 0
}

/** A rule of a workspace that is not archived, or null. */
export async function findAlertRule(workspaceId: number, id: number): Promise<AlertRuleRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(alertRules)
      .where(and(eq(alertRules.workspaceId, workspaceId), eq(alertRules.id, id), isNull(alertRules.archivedAt))),
  )
  return rows[0] ?? null
}

/** As {@link findAlertRule}, locked for the transaction. */
export async function findAlertRuleForUpdate(
  tx: Transaction,
  workspaceId: number,
  id: number,
): Promise<AlertRuleRow | null> {
  const rows = await tx
    .select()
    .from(alertRules)
    .where(and(eq(alertRules.workspaceId, workspaceId), eq(alertRules.id, id), isNull(alertRules.archivedAt)))
    .for('update')
  return rows[0] ?? null
}

export async function insertAlertRule(
  tx: Transaction,
  workspaceId: number,
  values: AlertRuleValues,
): Promise<AlertRuleRow> {
  const [row] = await tx
    .insert(alertRules)
    .values({ ...values, workspaceId })
    .returning()
  if (!row) throw new Error('an insert answered no row')
  return row
}

export async function updateAlertRule(
  tx: Transaction,
  id: number,
  change: Partial<AlertRuleValues> & { version?: number },
): Promise<void> {
  await tx.update(alertRules).set(change).where(eq(alertRules.id, id))
}

/** The states of a rule's groups. */
export async function listRuleStates(ruleIds: readonly number[]): Promise<AlertRuleStateRow[]> {
  if (ruleIds.length === 0) return []
  return await withPostgres((db) =>
    db
      .select()
      .from(alertRuleStates)
      .where(inArray(alertRuleStates.ruleId, [...ruleIds])),
  )
}

/** Alerts of a rule that have not ended. */
export async function listOpenFirings(ruleId: number): Promise<AlertRuleFiringRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(alertRuleFirings)
      .where(and(eq(alertRuleFirings.ruleId, ruleId), isNull(alertRuleFirings.resolvedAt)))
      .orderBy(desc(alertRuleFirings.firedAt)),
  )
}

/** How often rules have fired since an instant, by rule. */
export async function countFirings(ruleIds: readonly number[], since: Date): Promise<Map<number, number>> {
  if (ruleIds.length === 0) return new Map()
  const rows = await withPostgres((db) =>
    db
      .select({ ruleId: alertRuleFirings.ruleId, firings: count() })
      .from(alertRuleFirings)
      .where(and(inArray(alertRuleFirings.ruleId, [...ruleIds]), gte(alertRuleFirings.firedAt, since)))
      .groupBy(alertRuleFirings.ruleId),
  )
  return new Map(rows.map(({ ruleId, firings }) => [ruleId, firings]))
}

/** Stores that something fired; the same key once. */
export async function insertFiring(firing: Omit<AlertRuleFiringRow, 'resolvedAt'>): Promise<void> {
  await withPostgres((db) => db.insert(alertRuleFirings).values(firing).onConflictDoNothing())
}

export async function endFiring(ruleId: number, dedupKey: string, resolvedAt: Date): Promise<void> {
  await withPostgres((db) =>
    db
      .update(alertRuleFirings)
      .set({ resolvedAt })
      .where(and(eq(alertRuleFirings.ruleId, ruleId), eq(alertRuleFirings.dedupKey, dedupKey))),
  )
}

export async function saveRuleState(state: AlertRuleStateRow): Promise<void> {
  const { ruleId: _, groupKey: __, ...change } = state
  await withPostgres((db) =>
    db
      .insert(alertRuleStates)
      .values(state)
      .onConflictDoUpdate({ target: [alertRuleStates.ruleId, alertRuleStates.groupKey], set: change }),
  )
}

/** How often a group has fired, ever: where the numbers of its alerts go on. */
export async function countGroupFirings(ruleId: number, groupKey: string): Promise<number> {
  const rows = await withPostgres((db) =>
    db
      .select({ firings: count() })
      .from(alertRuleFirings)
      .where(and(eq(alertRuleFirings.ruleId, ruleId), eq(alertRuleFirings.groupKey, groupKey))),
  )
  return rows[0]?.firings ?? 0
}

/** Forgets groups of a rule that were not looked at since an instant. */
export async function dropRuleStates(ruleId: number, before: Date): Promise<void> {
  await withPostgres((db) =>
    db.delete(alertRuleStates).where(and(eq(alertRuleStates.ruleId, ruleId), lt(alertRuleStates.evaluatedAt, before))),
  )
}

/** Notes when a rule was looked at, and why that came to nothing. */
export async function noteEvaluation(ruleId: number, at: Date, error: string | null): Promise<void> {
  await withPostgres((db) =>
    db.update(alertRules).set({ lastEvaluatedAt: at, lastError: error }).where(eq(alertRules.id, ruleId)),
  )
}

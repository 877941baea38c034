import 'server-only'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { scenarios } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type ScenarioRow = typeof scenarios.$inferSelect
export type NewScenarioRow = typeof scenarios.$inferInsert

/** The scenarios of a workspace that are in use, by name. */
export async function listScenarioRows(workspaceId: number): Promise<ScenarioRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(scenarios)
      .where(and(eq(scenarios.workspaceId, workspaceId), isNull(scenarios.archivedAt)))
      .orderBy(asc(scenarios.name), asc(scenarios.id)),
  )
}

/** A scenario of a workspace that is in use; null when there is none. */
export async function findScenarioRow(workspaceId: number, id: number): Promise<ScenarioRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(scenarios)
      .where(and(eq(scenarios.workspaceId, workspaceId), eq(scenarios.id, id), isNull(scenarios.archivedAt))),
  )
  return rows[0] ?? null
}

/** As {@link findScenarioRow}, locked for the transaction. */
export async function findScenarioForUpdate(
  tx: Transaction,
  workspaceId: number,
  id: number,
): Promise<ScenarioRow | null> {
  const rows = await tx
    .select()
    .from(scenarios)
    .where(and(eq(scenarios.workspaceId, workspaceId), eq(scenarios.id, id), isNull(scenarios.archivedAt)))
    .for('update')
  return rows[0] ?? null
}

export async function insertScenario(tx: Transaction, values: NewScenarioRow): Promise<number> {
  const [row] = await tx.insert(scenarios).values(values).returning({ id: scenarios.id })
  if (!row) throw new Error('an insert answered no row')
  return row.id
}

export async function updateScenario(
  tx: Transaction,
  id: number,
  change: Partial<Pick<NewScenarioRow, 'name' | 'definition' | 'updatedAt' | 'archivedAt'>>,
): Promise<void> {
  await tx.update(scenarios).set(change).where(eq(scenarios.id, id))
}

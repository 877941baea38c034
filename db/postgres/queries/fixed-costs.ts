import 'server-only'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { fixedCosts } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type FixedCostRow = typeof fixedCosts.$inferSelect
export type NewFixedCostRow = typeof fixedCosts.$inferInsert

/** The fixed costs of a workspace that were not removed, by name. */
export async function listFixedCostRows(workspaceId: number): Promise<FixedCostRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(fixedCosts)
      .where(and(eq(fixedCosts.workspaceId, workspaceId), isNull(fixedCosts.removedAt)))
      .orderBy(asc(fixedCosts.name), asc(fixedCosts.id)),
  )
}

/** A fixed cost of a workspace that was not removed, locked for the transaction; null when there is none. */
export async function findFixedCostForUpdate(
  tx: Transaction,
  workspaceId: number,
  id: number,
): Promise<FixedCostRow | null> {
  const rows = await tx
    .select()
    .from(fixedCosts)
    .where(and(eq(fixedCosts.workspaceId, workspaceId), eq(fixedCosts.id, id), isNull(fixedCosts.removedAt)))
    .for('update')
  return rows[0] ?? null
}

export async function insertFixedCost(tx: Transaction, values: NewFixedCostRow): Promise<number> {
  const [row] = await tx.insert(fixedCosts).values(values).returning({ id: fixedCosts.id })
  if (!row) throw new Error('an insert answered no row')
  return row.id
}

export async function markFixedCostRemoved(tx: Transaction, id: number, removedAt: Date): Promise<void> {
  await tx.update(fixedCosts).set({ removedAt }).where(eq(fixedCosts.id, id))
}

import 'server-only'
import { and, asc, desc, eq } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { closedMonthLines, closedMonths } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type ClosedMonthRow = typeof closedMonths.$inferSelect
export type NewClosedMonthRow = Omit<typeof closedMonths.$inferInsert, 'id'>
export type ClosedMonthLineRow = typeof closedMonthLines.$inferSelect
export type NewClosedMonthLine = Omit<typeof closedMonthLines.$inferInsert, 'closedMonthId' | 'position'>

const LINES_PER_INSERT = 500

/** The closed months of a workspace, latest first. */
export async function listClosedMonthRows(workspaceId: number): Promise<ClosedMonthRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(closedMonths)
      .where(eq(closedMonths.workspaceId, workspaceId))
      .orderBy(desc(closedMonths.startsAt), desc(closedMonths.id)),
  )
}

/** A closed month by its name (`2026-10`); null while it is open. */
export async function findClosedMonthRow(workspaceId: number, month: string): Promise<ClosedMonthRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(closedMonths)
      .where(and(eq(closedMonths.workspaceId, workspaceId), eq(closedMonths.month, month))),
  )
  return rows[0] ?? null
}

/** The lines of a closed month in their order. */
export async function listClosedMonthLines(closedMonthId: number): Promise<ClosedMonthLineRow[]> {
  return await withPostgres((db) =>
    db
      .select()
      .from(closedMonthLines)
      .where(eq(closedMonthLines.closedMonthId, closedMonthId))
      .orderBy(asc(closedMonthLines.position)),
  )
}

/**
 * Stores a closed month with its lines.
 * @returns its id; null when the month is closed already
 */
export async function insertClosedMonth(
  tx: Transaction,
  month: NewClosedMonthRow,
  lines: readonly NewClosedMonthLine[],
): Promise<number | null> {
  const [row] = await tx
    .insert(closedMonths)
    .values(month)
    .onConflictDoNothing({ target: [closedMonths.workspaceId, closedMonths.month] })
    .returning({ id: closedMonths.id })
  if (!row) return null
  for (let from = 0; from < lines.length; from += LINES_PER_INSERT) {
    const chunk = lines.slice(from, from + LINES_PER_INSERT)
    await tx
      .insert(closedMonthLines)
      .values(chunk.map((line, index) => ({ ...line, closedMonthId: row.id, position: from + index })))
  }
  return row.id
}

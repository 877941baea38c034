import 'server-only'
import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { channels } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type ChannelRow = typeof channels.$inferSelect
type Reader = Pick<ReturnType<typeof postgres>, 'select'>

/** The channels of a workspace in use, by name. */
export async function listChannelRows(workspaceId: number): Promise<ChannelRow[]> {
  return withPostgres((db) =>
    db
      .select()
      .from(channels)
      .where(and(eq(channels.workspaceId, workspaceId), isNull(channels.removedAt)))
      .orderBy(asc(channels.name)),
  )
}

/** A channel in use; null when unknown, removed or of another workspace. */
export async function findChannel(db: Reader, workspaceId: number, id: number): Promise<ChannelRow | null> {
  const rows = await db
    .select()
    .from(channels)
    .where(and(eq(channels.id, id), eq(channels.workspaceId, workspaceId), isNull(channels.removedAt)))
  return rows[0] ?? null
}

/** Which of these channels of a workspace are in use. */
export async function findChannelIds(db: Reader, workspaceId: number, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: channels.id })
    .from(channels)
    .where(and(eq(channels.workspaceId, workspaceId), inArray(channels.id, [...ids]), isNull(channels.removedAt)))
  return new Set(rows.map(({ id }) => id))
}

/** Adds a channel; null when the name is taken. */
export async function insertChannel(tx: Transaction, values: typeof channels.$inferInsert): Promise<number | null> {
  const rows = await tx.insert(channels).values(values).onConflictDoNothing().returning({ id: channels.id })
  return rows[0]?.id ?? null
}

export async function updateChannel(
  tx: Transaction,
  id: number,
  change: Partial<typeof channels.$inferInsert>,
): Promise<void> {
  await tx.update(channels).set(change).where(eq(channels.id, id))
}

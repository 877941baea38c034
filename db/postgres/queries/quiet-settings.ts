import 'server-only'
import { and, asc, eq, gt, lte } from 'drizzle-orm'
import type { postgres } from '@/db/postgres/client'
import { holidays, quietHours, silences, standIns } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

type Reader = Pick<ReturnType<typeof postgres>, 'select'>
export type QuietHoursRow = typeof quietHours.$inferSelect
export type SilenceRow = typeof silences.$inferSelect
export type StandInRow = typeof standIns.$inferSelect

export async function findQuietHours(db: Reader, workspaceId: number): Promise<QuietHoursRow | null> {
  const rows = await db.select().from(quietHours).where(eq(quietHours.workspaceId, workspaceId))
  return rows[0] ?? null
}

/** Puts these in the place of the quiet hours and holidays of a workspace. */
export async function replaceQuietTime(
  tx: Transaction,
  values: typeof quietHours.$inferInsert,
  days: readonly { day: string; name: string }[],
): Promise<void> {
  const { workspaceId } = values
  await tx.insert(quietHours).values(values).onConflictDoUpdate({ target: quietHours.workspaceId, set: values })
  await tx.delete(holidays).where(eq(holidays.workspaceId, workspaceId))
  if (days.length > 0) await tx.insert(holidays).values(days.map((day) => ({ ...day, workspaceId })))
}

export async function listHolidays(db: Reader, workspaceId: number): Promise<(typeof holidays.$inferSelect)[]> {
  return db.select().from(holidays).where(eq(holidays.workspaceId, workspaceId)).orderBy(asc(holidays.day))
}

/** Silences that end after `since`, by their end. */
export async function listSilences(db: Reader, workspaceId: number, since: Date): Promise<SilenceRow[]> {
  return db
    .select()
    .from(silences)
    .where(and(eq(silences.workspaceId, workspaceId), gt(silences.endsAt, since)))
    .orderBy(asc(silences.endsAt))
}

export async function insertSilence(tx: Transaction, values: typeof silences.$inferInsert): Promise<void> {
  await tx.insert(silences).values(values)
}

/** Ends a silence at `now`; null when it is unknown, of another workspace or over. */
export async function endSilence(
  tx: Transaction,
  workspaceId: number,
  id: number,
  now: Date,
): Promise<SilenceRow | null> {
  const rows = await tx
    .update(silences)
    .set({ endsAt: now })
    .where(and(eq(silences.id, id), eq(silences.workspaceId, workspaceId), gt(silences.endsAt, now)))
    .returning()
  return rows[0] ?? null
}

/** Stand-ins that end after `since`, by their end. */
export async function listStandIns(db: Reader, workspaceId: number, since: Date): Promise<StandInRow[]> {
  return db
    .select()
    .from(standIns)
    .where(and(eq(standIns.workspaceId, workspaceId), gt(standIns.endsAt, since)))
    .orderBy(asc(standIns.endsAt))
}

/** Who stands in for whom at an instant. */
export async function findStandIns(db: Reader, workspaceId: number, at: Date): Promise<Map<string, string>> {
  const rows = await db
    .select()
    .from(standIns)
    .where(and(eq(standIns.workspaceId, workspaceId), lte(standIns.startsAt, at), gt(standIns.endsAt, at)))
    .orderBy(asc(standIns.id))
  return new Map(rows.map(({ userId, standInId }) => [userId, standInId]))
}

export async function insertStandIn(tx: Transaction, values: typeof standIns.$inferInsert): Promise<void> {
  await tx.insert(standIns).values(values)
}

/** Ends a stand-in at `now`; null when it is unknown, of another workspace or over. */
export async function endStandIn(
  tx: Transaction,
  workspaceId: number,
  id: number,
  now: Date,
): Promise<StandInRow | null> {
  const rows = await tx
    .update(standIns)
    .set({ endsAt: now })
    .where(and(eq(standIns.id, id), eq(standIns.workspaceId, workspaceId), gt(standIns.endsAt, now)))
    .returning()
  return rows[0] ?? null
}

import 'server-only'
import { and, asc, count, desc, eq, inArray, isNotNull, lt, lte, notInArray, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { alerts, alertTimeline, workspaces } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type AlertRow = typeof alerts.$inferSelect
export type AlertState = AlertRow['state']
export type TimelineRow = typeof alertTimeline.$inferSelect
type Writer = Pick<ReturnType<typeof postgres>, 'insert'>

/** What Postgres' clock says, so that replicas agree. */
export async function readDatabaseTime(): Promise<Date> {
  const { rows } = await withPostgres((db) => db.execute(sql`SELECT clock_timestamp()::timestamptz(3)::text AS now`))
  return new Date(z.object({ now: z.string() }).parse(rows[0]).now)
}

/** Adds an alert; null when one with its key is there. */
export async function insertAlert(tx: Transaction, values: typeof alerts.$inferInsert): Promise<AlertRow | null> {
  const rows = await tx.insert(alerts).values(values).onConflictDoNothing().returning()
  return rows[0] ?? null
}

/** The alert with this key, locked for the transaction; null when there is none. */
export async function findAlertByKey(tx: Transaction, workspaceId: number, dedupKey: string): Promise<AlertRow | null> {
  const rows = await tx
    .select()
    .from(alerts)
    .where(and(eq(alerts.workspaceId, workspaceId), eq(alerts.dedupKey, dedupKey)))
    .for('update')
  return rows[0] ?? null
}

/** The alert with this id, locked for the transaction; null when there is none, or in another workspace. */
export async function findAlertForUpdate(tx: Transaction, id: number, workspaceId?: number): Promise<AlertRow | null> {
  const rows = await tx
    .select()
    .from(alerts)
    .where(and(eq(alerts.id, id), workspaceId === undefined ? undefined : eq(alerts.workspaceId, workspaceId)))
    .for('update')
  return rows[0] ?? null
}

/** One alert that is due, not among `except`, and that nobody else is at, locked for the transaction; null when there is none. */
export async function claimDueAlert(
  tx: Transaction,
  now: Date,
  except: readonly number[] = [],
): Promise<AlertRow | null> {
  const rows = await tx
    .select()
    .from(alerts)
    .where(and(isNotNull(alerts.dueAt), lte(alerts.dueAt, now), notInArray(alerts.id, [...except])))
    .orderBy(asc(alerts.dueAt))
    .limit(1)
    .for('update', { skipLocked: true })
  return rows[0] ?? null
}

export async function updateAlertRow(
  tx: Transaction,
  id: number,
  change: Partial<typeof alerts.$inferInsert>,
): Promise<void> {
  await tx.update(alerts).set(change).where(eq(alerts.id, id))
}

/** Whoever is told later is told by the settings as they are then: what escalates is looked at again at `now`. */
export async function wakeAlerts(tx: Transaction, workspaceId: number, now: Date): Promise<void> {
  await tx
    .update(alerts)
    .set({ dueAt: now })
    .where(and(eq(alerts.workspaceId, workspaceId), eq(alerts.state, 'firing')))
}

export async function insertTimeline(db: Writer, values: typeof alertTimeline.$inferInsert): Promise<void> {
  await db.insert(alertTimeline).values(values)
}

/** When the timeline of an alert last got an entry of this kind; null: never. */
export async function findLastEntryAt(tx: Transaction, alertId: number, kind: string): Promise<Date | null> {
  const rows = await tx
    .select({ at: alertTimeline.at })
    .from(alertTimeline)
    .where(and(eq(alertTimeline.alertId, alertId), eq(alertTimeline.kind, kind)))
    .orderBy(desc(alertTimeline.at))
    .limit(1)
  return rows[0]?.at ?? null
}

/** The timeline of an alert, oldest first. */
export async function listTimeline(alertId: number): Promise<TimelineRow[]> {
  return withPostgres((db) =>
    db
      .select()
      .from(alertTimeline)
      .where(eq(alertTimeline.alertId, alertId))
      .orderBy(asc(alertTimeline.at), asc(alertTimeline.id))
      .limit(500),
  )
}

export type AlertFilter = {
  workspaceId: number
  states: readonly AlertState[]
  severity: AlertRow['severity'] | null
  source: AlertRow['source'] | null
}

/** Alerts, newest first, from the one before `beforeId`. */
export async function listAlertRows(filter: AlertFilter, beforeId: number | null, limit: number): Promise<AlertRow[]> {
  const conditions: (SQL | undefined)[] = [
    eq(alerts.workspaceId, filter.workspaceId),
    filter.states.length === 0 ? undefined : inArray(alerts.state, [...filter.states]),
    filter.severity === null ? undefined : eq(alerts.severity, filter.severity),
    filter.source === null ? undefined : eq(alerts.source, filter.source),
    beforeId === null ? undefined : lt(alerts.id, beforeId),
  ]
  return withPostgres((db) =>
    db
      .select()
      .from(alerts)
      .where(and(...conditions))
      .orderBy(desc(alerts.id))
      .limit(limit),
  )
}

/** An alert of a workspace; null when unknown or of another one. */
export async function findAlertRow(id: number, workspaceId?: number): Promise<AlertRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(alerts)
      .where(and(eq(alerts.id, id), workspaceId === undefined ? undefined : eq(alerts.workspaceId, workspaceId))),
  )
  return rows[0] ?? null
}

/** Number of alerts of a workspace by state. */
export async function countAlerts(workspaceId: number): Promise<Record<AlertState, number>> {
  const rows = await withPostgres((db) =>
    db
      .select({ state: alerts.state, alerts: count() })
      .from(alerts)
      .where(eq(alerts.workspaceId, workspaceId))
      .groupBy(alerts.state),
  )
  const counts = { firing: 0, acknowledged: 0, snoozed: 0, resolved: 0 }
  for (const row of rows) counts[row.state] = row.alerts
  return counts
}

/** What messages and escalations need to know of a workspace. */
export async function findAlertWorkspace(
  db: Pick<ReturnType<typeof postgres>, 'select'>,
  workspaceId: number,
): Promise<Pick<
  typeof workspaces.$inferSelect,
  'id' | 'slug' | 'name' | 'timeZone' | 'budgetOwnerId' | 'backupOwnerId'
> | null> {
  const rows = await db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      name: workspaces.name,
      timeZone: workspaces.timeZone,
      budgetOwnerId: workspaces.budgetOwnerId,
      backupOwnerId: workspaces.backupOwnerId,
    })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId))
  return rows[0] ?? null
}

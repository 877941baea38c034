import 'server-only'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { alerts, alertTimeline, outbox } from '@/db/postgres/schema'

/** What an alert, an entry of its timeline or a message says, as JSON. */
export type AlertTexts = { table: 'alerts' | 'timeline' | 'outbox'; id: number; json: unknown }

/** All that the alerts of a workspace say. */
export async function readAlertTexts(workspaceId: number): Promise<AlertTexts[]> {
  return await withPostgres(async (db) => {
    const facts = await db
      .select({ id: alerts.id, json: alerts.facts })
      .from(alerts)
      .where(eq(alerts.workspaceId, workspaceId))
    const entries = await db
      .select({ id: alertTimeline.id, json: alertTimeline.text })
      .from(alertTimeline)
      .innerJoin(alerts, eq(alerts.id, alertTimeline.alertId))
      .where(eq(alerts.workspaceId, workspaceId))
    const messages = await db
      .select({ id: outbox.id, json: outbox.payload })
      .from(outbox)
      .where(eq(outbox.workspaceId, workspaceId))
    return [
      ...facts.map((row) => ({ ...row, table: 'alerts' as const })),
      ...entries.map((row) => ({ ...row, table: 'timeline' as const })),
      ...messages.map((row) => ({ ...row, table: 'outbox' as const })),
    ]
  })
}

/** Stores other texts in place of those of the same table and id. */
export async function writeAlertTexts({ table, id, json }: AlertTexts): Promise<void> {
  await withPostgres(async (db) => {
    if (table === 'alerts') await db.update(alerts).set({ facts: json }).where(eq(alerts.id, id))
    else if (table === 'outbox') await db.update(outbox).set({ payload: json }).where(eq(outbox.id, id))
    else
      await db
        .update(alertTimeline)
        .set({ text: z.string().parse(json) })
        .where(eq(alertTimeline.id, id))
  })
}

import { bigint, bigserial, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { alerts } from './alerts'

/** What happened to an alert, in order. Rows are only added. */
export const alertTimeline = pgTable(
  'alert_timeline',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    alertId: bigint('alert_id', { mode: 'number' })
      .notNull()
      .references(() => alerts.id),
    at: timestamp('at', { withTimezone: true, precision: 3 }).notNull(),
    kind: text('kind').notNull(),
    text: text('text').notNull(),
  },
  (table) => [index('alert_timeline_alert').on(table.alertId, table.at)],
)

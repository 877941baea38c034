import { integer, pgTable, serial, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
import { bookedFigures } from './booked-figures'
import { workspaces } from './workspaces'

/**
 * Months as they were booked. Rows are only ever added: a trigger refuses UPDATE, DELETE and TRUNCATE. What a figure
 * depends on (zone, scope, whose cost counts) is copied, so that it can be asked again when the workspace has changed.
 */
export const closedMonths = pgTable(
  'closed_months',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** `2026-10`, of the zone. */
    month: text('month').notNull(),
    timeZone: text('time_zone').notNull(),
    /** Half-open. */
    startsAt: timestamp('starts_at', { withTimezone: true, precision: 3 }).notNull(),
    endsAt: timestamp('ends_at', { withTimezone: true, precision: 3 }).notNull(),
    environments: text('environments').array().notNull(),
    dataModes: text('data_modes').array().notNull(),
    costPreference: text('cost_preference', { enum: ['reported', 'book'] }).notNull(),
    reason: text('reason').notNull(),
    closedAt: timestamp('closed_at', { withTimezone: true, precision: 3 }).notNull(),
    closedBy: uuid('closed_by'),
    /** Copied, as people leave. */
    closedByName: text('closed_by_name').notNull(),
    /** Names the attempts in ClickHouse that these figures are the sums of. */
    snapshotId: uuid('snapshot_id').notNull(),
    dataVersion: text('data_version').notNull(),
    /** Version of the public list and id of the last change of prices that were in force. */
    priceListVersion: text('price_list_version'),
    priceChangeId: integer('price_change_id').notNull(),
    ...bookedFigures(),
  },
  (table) => [unique('closed_months_month').on(table.workspaceId, table.month)],
)

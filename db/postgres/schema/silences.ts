import { boolean, index, integer, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/** Maintenance: alerts are kept but nobody is told, from `startsAt` up to `endsAt`. Ending one early moves its end. */
export const silences = pgTable(
  'silences',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** Null: of every source. */
    source: text('source', { enum: ['budget', 'rule', 'switch'] }),
    includesCritical: boolean('includes_critical').notNull().default(false),
    reason: text('reason').notNull(),
    createdBy: text('created_by').notNull(),
    startsAt: timestamp('starts_at', { withTimezone: true, precision: 3 }).notNull(),
    endsAt: timestamp('ends_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [index('silences_workspace').on(table.workspaceId, table.endsAt)],
)

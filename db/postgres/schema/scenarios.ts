import { index, integer, jsonb, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/** Hypothetical traffic and prices of a workspace, to be run over its history. */
export const scenarios = pgTable(
  'scenarios',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    /** See lib/scenarios/scenario.ts. */
    definition: jsonb('definition').notNull(),
    createdBy: uuid('created_by'),
    /** Copied, as people leave. */
    createdByName: text('created_by_name').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull(),
    archivedAt: timestamp('archived_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [index('scenarios_of_workspace').on(table.workspaceId)],
)

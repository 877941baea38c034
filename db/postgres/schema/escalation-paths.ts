import { sql } from 'drizzle-orm'
import { boolean, integer, pgTable, serial, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/** Who is told of an alert, and who next when nobody acknowledges it. One path of a workspace is its default. */
export const escalationPaths = pgTable(
  'escalation_paths',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    isDefault: boolean('is_default').notNull().default(false),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    removedAt: timestamp('removed_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    uniqueIndex('escalation_paths_name').on(table.workspaceId, table.name).where(sql`removed_at IS NULL`),
    uniqueIndex('escalation_paths_default').on(table.workspaceId).where(sql`is_default AND removed_at IS NULL`),
  ],
)

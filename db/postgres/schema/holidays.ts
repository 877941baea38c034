import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/** Days, in the workspace's zone, that are quiet as a whole. */
export const holidays = pgTable(
  'holidays',
  {
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** `YYYY-MM-DD` */
    day: text('day').notNull(),
    name: text('name').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.day] })],
)

import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './users'
import { workspaces } from './workspaces'

/** Who may see which workspace, and as what. */
export const memberships = pgTable(
  'memberships',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    role: text('role', { enum: ['owner', 'admin', 'editor', 'viewer'] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.workspaceId] })],
)

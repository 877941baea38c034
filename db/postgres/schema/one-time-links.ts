import { index, integer, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from './users'
import { workspaces } from './workspaces'

/**
 * Links that work once and until they expire; only the hash of the token is kept. An invitation names an e-mail address
 * and, for a workspace, the role it gives; a password reset names the account.
 */
export const oneTimeLinks = pgTable(
  'one_time_links',
  {
    id: serial('id').primaryKey(),
    kind: text('kind', { enum: ['invitation', 'password_reset'] }).notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    userId: uuid('user_id').references(() => users.id),
    email: text('email').notNull(),
    workspaceId: integer('workspace_id').references(() => workspaces.id),
    role: text('role', { enum: ['owner', 'admin', 'editor', 'viewer'] }),
    createdBy: uuid('created_by').references(() => users.id),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    usedAt: timestamp('used_at', { withTimezone: true }),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
  },
  (table) => [index('one_time_links_workspace').on(table.workspaceId)],
)

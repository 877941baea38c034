import { sql } from 'drizzle-orm'
import { integer, pgTable, serial, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/**
 * Ways out of Farthing. `target` is what may be shown of where it leads; addresses with a secret in them, keys and signing
 * secrets are sealed (lib/secrets) in `sealedSettings`. A removed channel stays for its deliveries.
 */
export const channels = pgTable(
  'channels',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    kind: text('kind', { enum: ['email', 'slack', 'teams', 'pagerduty', 'webhook'] }).notNull(),
    target: text('target').notNull(),
    sealedSettings: text('sealed_settings'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    removedAt: timestamp('removed_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [uniqueIndex('channels_name').on(table.workspaceId, table.name).where(sql`removed_at IS NULL`)],
)

import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { channels } from './channels'
import { escalationPaths } from './escalation-paths'
import { users } from './users'

/** A step of a path: after so many minutes without acknowledgement, to one target, again every so many minutes. */
export const escalationSteps = pgTable(
  'escalation_steps',
  {
    pathId: integer('path_id')
      .notNull()
      .references(() => escalationPaths.id),
    position: integer('position').notNull(),
    afterMinutes: integer('after_minutes').notNull(),
    targetKind: text('target_kind', { enum: ['owner', 'backup', 'member', 'role', 'channel'] }).notNull(),
    targetUserId: uuid('target_user_id').references(() => users.id),
    targetRole: text('target_role', { enum: ['owner', 'admin', 'editor', 'viewer'] }),
    targetChannelId: integer('target_channel_id').references(() => channels.id),
    /** Null: once. */
    repeatEveryMinutes: integer('repeat_every_minutes'),
  },
  (table) => [primaryKey({ columns: [table.pathId, table.position] })],
)

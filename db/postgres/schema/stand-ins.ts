import { index, integer, pgTable, serial, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from './users'
import { workspaces } from './workspaces'

/** Overrides: who gets what would go to somebody else, from `startsAt` up to `endsAt`. */
export const standIns = pgTable(
  'stand_ins',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    standInId: uuid('stand_in_id')
      .notNull()
      .references(() => users.id),
    startsAt: timestamp('starts_at', { withTimezone: true, precision: 3 }).notNull(),
    endsAt: timestamp('ends_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [index('stand_ins_workspace').on(table.workspaceId, table.endsAt)],
)

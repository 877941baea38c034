import { boolean, index, integer, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { budgets } from './budgets'
import { users } from './users'
import { workspaces } from './workspaces'

/** Kill switches: what apps of a workspace are told to stop using until somebody ends it or it expires. Never changed. */
export const guardSwitches = pgTable(
  'guard_switches',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    target: text('target', { enum: ['provider', 'model', 'endpoint'] }).notNull(),
    value: text('value').notNull(),
    reason: text('reason').notNull(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true, precision: 3 }).notNull(),
    endedAt: timestamp('ended_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [index('guard_switches_of_workspace').on(table.workspaceId, table.expiresAt)],
)

/** Workspaces whose guard only observes: every answer is allow, with what it would have been. */
export const guardSettings = pgTable('guard_settings', {
  workspaceId: integer('workspace_id')
    .primaryKey()
    .references(() => workspaces.id),
  observeOnly: boolean('observe_only').notNull(),
})

/** What the guard last said because of a budget, so that a change is noted once, whichever process sees it. */
export const guardStates = pgTable('guard_states', {
  budgetId: integer('budget_id')
    .primaryKey()
    .references(() => budgets.id),
  decision: text('decision', { enum: ['allow', 'degrade', 'block'] }).notNull(),
  changedAt: timestamp('changed_at', { withTimezone: true, precision: 3 }).notNull(),
})

import { boolean, index, integer, jsonb, numeric, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from './users'
import { workspaces } from './workspaces'

/** What may be spent in a workspace, or in a part of it, in each period; and what is done when it is not enough. */
export const budgets = pgTable(
  'budgets',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    /** Filters of a query value; none is the whole workspace in its default scope. */
    filters: jsonb('filters').notNull().default([]),
    period: text('period', { enum: ['day', 'week', 'month', 'quarter', 'fiscalYear', 'custom'] }).notNull(),
    /** Of a custom period, half-open; midnights of the workspace's zone. */
    customFrom: timestamp('custom_from', { withTimezone: true }),
    customTo: timestamp('custom_to', { withTimezone: true }),
    /** In the workspace's currency, for one period. */
    amount: numeric('amount', { precision: 38, scale: 18 }).notNull(),
    /** What is left of a period is added to the next. */
    rollOver: boolean('roll_over').notNull().default(false),
    /** Null: the workspace's budget owner and backup. */
    ownerId: uuid('owner_id').references(() => users.id),
    backupId: uuid('backup_id').references(() => users.id),
    thresholds: jsonb('thresholds').notNull(),
    guardMode: text('guard_mode', { enum: ['observe', 'degrade', 'block'] })
      .notNull()
      .default('observe'),
    degradeAtPercent: integer('degrade_at_percent'),
    substituteModel: text('substitute_model'),
    maxOutputTokens: integer('max_output_tokens'),
    /** Blocks at the upper bound of unpriced usage too, not only at the spend that is certain. */
    blockOnUpper: boolean('block_on_upper').notNull().default(false),
    /** The first period is the one that holds this instant: nothing rolls over from before it. */
    startsAt: timestamp('starts_at', { withTimezone: true }).notNull().defaultNow(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
    archivedAt: timestamp('archived_at', { withTimezone: true }),
  },
  (table) => [index('budgets_of_workspace').on(table.workspaceId)],
)

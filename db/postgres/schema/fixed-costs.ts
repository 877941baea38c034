import { index, integer, numeric, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/** What is paid whatever is used: GPUs, provisioned throughput, commitments, support. Spread over what it served. */
export const fixedCosts = pgTable(
  'fixed_costs',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    /** The pool: usage of a provider, or of some of its models; empty is all usage. */
    provider: text('provider').notNull(),
    models: text('models').array().notNull(),
    /** USD, of each month or of the whole term. */
    amount: numeric('amount', { precision: 38, scale: 18 }).notNull(),
    /** Months over which the amount is amortised; null: it is paid each month. */
    termMonths: integer('term_months'),
    /** `2026-10`, of the workspace's zone; the last one is counted too, null is without end. */
    firstMonth: text('first_month').notNull(),
    lastMonth: text('last_month'),
    method: text('method', { enum: ['tokens', 'requests', 'busyTime', 'even'] }).notNull(),
    /** Tokens that the pool could serve in a month; null: nothing counts as idle. */
    capacityTokens: numeric('capacity_tokens', { precision: 38, scale: 0 }),
    /** Hours that the pool could be busy in a month, such as replicas × 730; null: nothing counts as idle. */
    capacityHours: numeric('capacity_hours', { precision: 20, scale: 4 }),
    authorId: uuid('author_id'),
    authorName: text('author_name').notNull(),
    reason: text('reason').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    removedAt: timestamp('removed_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [index('fixed_costs_of_workspace').on(table.workspaceId)],
)

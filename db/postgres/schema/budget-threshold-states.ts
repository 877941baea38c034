import { integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { budgets } from './budgets'

/** Where a threshold of a budget stands in a period: it fires once, and again only after it recovered. */
export const budgetThresholdStates = pgTable(
  'budget_threshold_states',
  {
    budgetId: integer('budget_id')
      .notNull()
      .references(() => budgets.id),
    periodStart: timestamp('period_start', { withTimezone: true, precision: 3 }).notNull(),
    basis: text('basis', { enum: ['actual', 'actualUpper', 'forecast'] }).notNull(),
    percent: integer('percent').notNull(),
    status: text('status', { enum: ['normal', 'firing'] }).notNull(),
    /** How often it was told of. */
    firings: integer('firings').notNull(),
    crossedAt: timestamp('crossed_at', { withTimezone: true, precision: 3 }),
    recoveredAt: timestamp('recovered_at', { withTimezone: true, precision: 3 }),
    /** Of the open alert; null where none is open, or where a higher threshold speaks for this one. */
    alertKey: text('alert_key'),
  },
  (table) => [primaryKey({ columns: [table.budgetId, table.periodStart, table.basis, table.percent] })],
)

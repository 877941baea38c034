import { bigserial, integer, numeric, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { budgets } from './budgets'

const money = (name: string) => numeric(name, { precision: 38, scale: 18 })

/** What a budget's last evaluation in each period found. */
export const budgetEvaluations = pgTable(
  'budget_evaluations',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    budgetId: integer('budget_id')
      .notNull()
      .references(() => budgets.id),
    periodStart: timestamp('period_start', { withTimezone: true, precision: 3 }).notNull(),
    periodEnd: timestamp('period_end', { withTimezone: true, precision: 3 }).notNull(),
    /** `no_events`: none ever came; `silent`: none for a day; `unavailable`: it could not be read. */
    dataState: text('data_state', { enum: ['ok', 'no_events', 'silent', 'unavailable'] }).notNull(),
    /** With what rolled over. */
    amount: money('amount').notNull(),
    spend: money('spend').notNull(),
    imputedLow: money('imputed_low').notNull(),
    imputedHigh: money('imputed_high').notNull(),
    forecast: money('forecast'),
    forecastLow: money('forecast_low'),
    forecastHigh: money('forecast_high'),
    dataVersion: text('data_version').notNull(),
    evaluatedAt: timestamp('evaluated_at', { withTimezone: true, precision: 3 }).notNull(),
    closedAt: timestamp('closed_at', { withTimezone: true, precision: 3 }),
    /** The spend when the period was closed; what comes later is a revision. */
    closedSpend: money('closed_spend'),
    revisedAt: timestamp('revised_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [uniqueIndex('budget_evaluations_period').on(table.budgetId, table.periodStart)],
)

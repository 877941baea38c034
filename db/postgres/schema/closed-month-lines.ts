import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { bookedFigures } from './booked-figures'
import { closedMonths } from './closed-months'

/**
 * The figures of a closed month by provider, model and endpoint, in their order. Money, attempts and tokens add up to the
 * month; a request counts in every line that it touched. Only ever added, as the month.
 */
export const closedMonthLines = pgTable(
  'closed_month_lines',
  {
    closedMonthId: integer('closed_month_id')
      .notNull()
      .references(() => closedMonths.id),
    position: integer('position').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** Null: unattributed. */
    endpoint: text('endpoint'),
    ...bookedFigures(),
  },
  (table) => [primaryKey({ columns: [table.closedMonthId, table.position] })],
)

import { date, index, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/**
 * What a currency was worth on a day, as somebody entered it; rates are never fetched. A row is never changed: of several
 * of a day the newest counts.
 */
export const exchangeRates = pgTable(
  'exchange_rates',
  {
    id: serial('id').primaryKey(),
    /** ISO 4217. */
    currency: text('currency').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    /** Decimal string: USD for one unit of the currency. */
    rateToUsd: text('rate_to_usd').notNull(),
    source: text('source').notNull(),
    authorName: text('author_name').notNull(),
    authorId: uuid('author_id'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [index('exchange_rates_by_day').on(table.currency, table.day)],
)

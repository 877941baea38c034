import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'

/**
 * The effective-dated price book. A row that the list no longer has is closed (`supersededAt`), never removed: what an
 * attempt was priced with stays explainable.
 */
export const prices = pgTable(
  'prices',
  {
    bookVersion: text('book_version').notNull(),
    id: text('id').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    serviceTier: text('service_tier').notNull(),
    /** `global` or `regional` inference; null: any. */
    region: text('region'),
    contextBand: text('context_band').notNull(),
    effectiveFrom: timestamp('effective_from', { withTimezone: true }),
    effectiveTo: timestamp('effective_to', { withTimezone: true }),
    dailyFrom: text('daily_from'),
    dailyTo: text('daily_to'),
    unitPrices: jsonb('unit_prices').notNull(),
    source: text('source').notNull(),
    loadedAt: timestamp('loaded_at', { withTimezone: true }).notNull().defaultNow(),
    supersededAt: timestamp('superseded_at', { withTimezone: true }),
  },
  (table) => [
    primaryKey({ columns: [table.bookVersion, table.id] }),
    index('prices_in_force').on(table.provider, table.model).where(sql`${table.supersededAt} IS NULL`),
  ],
)

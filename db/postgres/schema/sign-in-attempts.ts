import { index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/**
 * Failed sign-ins per account and per address, shared by all processes. Written by rate-limiter-flexible, which names
 * the columns; `key` holds a hash of the account, never its name.
 */
export const signInAttempts = pgTable(
  'sign_in_attempts',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull(),
    expire: timestamp('expire', { withTimezone: true, precision: 3 }),
  },
  (table) => [index('sign_in_attempts_expire').on(table.expire)],
)

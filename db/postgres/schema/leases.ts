import { pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** Who leads a job that one process at a time does. A lease that has expired is anybody's. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
})

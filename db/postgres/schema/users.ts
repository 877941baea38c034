import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** People who sign in. `passwordHash` is argon2id; e-mail is kept lower-case. */
export const users = pgTable('users', {
  id: uuid('id').primaryKey().defaultRandom(),
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
  passwordHash: text('password_hash'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  disabledAt: timestamp('disabled_at', { withTimezone: true }),
})

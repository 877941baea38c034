import { boolean, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/**
 * People who sign in. `passwordHash` is argon2id; e-mail is kept lower-case; `totpSecret` is sealed (lib/secrets). An
 * organisation admin may do everything everywhere. Sessions that began before `sessionsEndedAt` have ended.
 */
export const users = pgTable('users', {
  id: uuid('id').primaryKey().defaultRandom(),
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
  passwordHash: text('password_hash'),
  isOrganizationAdmin: boolean('is_organization_admin').notNull().default(false),
  totpSecret: text('totp_secret'),
  totpEnabledAt: timestamp('totp_enabled_at', { withTimezone: true }),
  /** Number of the last accepted 30-second step, so that a code works once. */
  totpLastStep: text('totp_last_step'),
  sessionsEndedAt: timestamp('sessions_ended_at', { withTimezone: true }),
  lastSignInAt: timestamp('last_sign_in_at', { withTimezone: true }),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  disabledAt: timestamp('disabled_at', { withTimezone: true }),
})

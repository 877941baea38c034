import { boolean, integer, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from './users'

/** What is attributed and budgeted: a product, a team. `id` is the workspace's id in ClickHouse too and never reused. */
export const workspaces = pgTable('workspaces', {
  id: serial('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull().default('UTC'),
  currency: text('currency').notNull().default('USD'),
  fiscalYearStartMonth: integer('fiscal_year_start_month').notNull().default(1),
  defaultEnvironments: text('default_environments').array().notNull().default(['prod']),
  defaultDataModes: text('default_data_modes').array().notNull().default(['real']),
  costPreference: text('cost_preference', { enum: ['reported', 'book'] })
    .notNull()
    .default('reported'),
  isDemo: boolean('is_demo').notNull().default(false),
  /** Who answers for the workspace's budgets, and who does when they are away. */
  budgetOwnerId: uuid('budget_owner_id').references(() => users.id),
  backupOwnerId: uuid('backup_owner_id').references(() => users.id),
  /** Days after which users, ids and tags of attempts are dropped; null keeps them. */
  retentionDays: integer('retention_days'),
  archivedAt: timestamp('archived_at', { withTimezone: true }),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})

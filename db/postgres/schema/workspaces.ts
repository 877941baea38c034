import { boolean, integer, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core'

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
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})

import { boolean, index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { alertRules } from './alert-rules'

/** Each time that a rule fired. The key is the alert's. */
export const alertRuleFirings = pgTable(
  'alert_rule_firings',
  {
    ruleId: integer('rule_id')
      .notNull()
      .references(() => alertRules.id),
    dedupKey: text('dedup_key').notNull(),
    groupKey: text('group_key').notNull(),
    /** Of a window that was over already: late events moved it, or nobody looked in time. */
    isOfClosedWindow: boolean('is_of_closed_window').notNull(),
    firedAt: timestamp('fired_at', { withTimezone: true, precision: 3 }).notNull(),
    resolvedAt: timestamp('resolved_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    primaryKey({ columns: [table.ruleId, table.dedupKey] }),
    index('alert_rule_firings_fired').on(table.ruleId, table.firedAt),
  ],
)

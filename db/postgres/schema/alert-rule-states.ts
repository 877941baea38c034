import { integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { alertRules } from './alert-rules'

/** Where a rule stands, for each of its groups. */
export const alertRuleStates = pgTable(
  'alert_rule_states',
  {
    ruleId: integer('rule_id')
      .notNull()
      .references(() => alertRules.id),
    /** '' for the whole; users by a hash, so that nobody stays here after their erasure. */
    groupKey: text('group_key').notNull(),
    phase: text('phase', { enum: ['normal', 'pending', 'firing'] }).notNull(),
    /** What the last window said. */
    reading: text('reading', { enum: ['ok', 'breach', 'noData', 'lowVolume', 'noBaseline'] }).notNull(),
    value: text('value'),
    bound: text('bound'),
    /** Since when the condition holds; null while it does not. */
    since: timestamp('since', { withTimezone: true, precision: 3 }),
    firedAt: timestamp('fired_at', { withTimezone: true, precision: 3 }),
    firingNumber: integer('firing_number').notNull(),
    ruleVersion: integer('rule_version').notNull(),
    /** What was known of the windows that are over: start, value, and whether it was beyond the threshold. */
    closedWindows: jsonb('closed_windows').notNull(),
    /** The window over already that late events moved last. */
    lateWindowStart: timestamp('late_window_start', { withTimezone: true, precision: 3 }),
    evaluatedAt: timestamp('evaluated_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.ruleId, table.groupKey] })],
)

import { index, integer, jsonb, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from './users'
import { workspaces } from './workspaces'

/** What is watched: one measure of a workspace against a threshold, its past or what is usual at that hour. */
export const alertRules = pgTable(
  'alert_rules',
  {
    id: serial('id').primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    kind: text('kind', { enum: ['static', 'change', 'anomaly'] }).notNull(),
    measure: text('measure').notNull(),
    filters: jsonb('filters').notNull(),
    /** Each value of it is an alert of its own; null: one for the whole. */
    groupBy: text('group_by'),
    window: text('window', { enum: ['hour', 'day', 'week'] }).notNull(),
    comparison: text('comparison', { enum: ['previous', 'sameLastWeek', 'beforeVersion'] }),
    /** Decimal: in the measure's unit, as a share of the window compared with, or in deviations; by kind. */
    threshold: text('threshold').notNull(),
    direction: text('direction', { enum: ['above', 'below', 'either'] }).notNull(),
    forMinutes: integer('for_minutes').notNull(),
    hysteresisPercent: integer('hysteresis_percent').notNull(),
    /** Attempts that a window needs to say anything. */
    minVolume: integer('min_volume').notNull(),
    severity: text('severity', { enum: ['info', 'warning', 'critical'] }).notNull(),
    noData: text('no_data', { enum: ['recover', 'hold', 'alert'] }).notNull(),
    /** Null: the workspace's budget owner. */
    ownerId: uuid('owner_id').references(() => users.id),
    /** Null: the workspace's path. */
    escalationPathId: integer('escalation_path_id'),
    /** Counts changes of what is watched: what was known of closed windows holds for one version only. */
    version: integer('version').notNull().default(1),
    /** Null: switched off. */
    enabledAt: timestamp('enabled_at', { withTimezone: true, precision: 3 }),
    archivedAt: timestamp('archived_at', { withTimezone: true, precision: 3 }),
    lastEvaluatedAt: timestamp('last_evaluated_at', { withTimezone: true, precision: 3 }),
    /** Why the last evaluation came to nothing; null: it did not. */
    lastError: text('last_error'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [index('alert_rules_workspace').on(table.workspaceId)],
)

import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './users'
import { workspaces } from './workspaces'

/**
 * What fired. One row per workspace and `dedupKey`, for good. The steps of the path are copied when it fires, so that
 * editing a path changes no escalation under way; `progress` says which of them ran in this `round` (a snooze that ends
 * begins another).
 */
export const alerts = pgTable(
  'alerts',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    dedupKey: text('dedup_key').notNull(),
    source: text('source', { enum: ['budget', 'rule', 'switch', 'drill'] }).notNull(),
    sourceId: integer('source_id'),
    severity: text('severity', { enum: ['info', 'warning', 'critical'] }).notNull(),
    state: text('state', { enum: ['firing', 'acknowledged', 'snoozed', 'resolved'] })
      .notNull()
      .default('firing'),
    facts: jsonb('facts').notNull(),
    isDrill: boolean('is_drill').notNull().default(false),
    ownerId: uuid('owner_id').references(() => users.id),
    backupId: uuid('backup_id').references(() => users.id),
    escalationPathId: integer('escalation_path_id'),
    steps: jsonb('steps').notNull(),
    progress: jsonb('progress').notNull(),
    round: integer('round').notNull().default(1),
    /** From when the minutes of the steps count. */
    escalatesFrom: timestamp('escalates_from', { withTimezone: true, precision: 3 }).notNull(),
    /** When somebody must look at it again: a step, or the end of a snooze. Null: never by itself. */
    dueAt: timestamp('due_at', { withTimezone: true, precision: 3 }),
    firedAt: timestamp('fired_at', { withTimezone: true, precision: 3 }).notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull(),
    acknowledgedAt: timestamp('acknowledged_at', { withTimezone: true, precision: 3 }),
    acknowledgedBy: text('acknowledged_by'),
    snoozedUntil: timestamp('snoozed_until', { withTimezone: true, precision: 3 }),
    resolvedAt: timestamp('resolved_at', { withTimezone: true, precision: 3 }),
    resolvedReason: text('resolved_reason'),
  },
  (table) => [
    uniqueIndex('alerts_dedup').on(table.workspaceId, table.dedupKey),
    index('alerts_state').on(table.workspaceId, table.state, table.firedAt),
    index('alerts_due').on(table.dueAt),
  ],
)

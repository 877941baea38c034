import { bigint, bigserial, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { alerts } from './alerts'
import { channels } from './channels'
import { users } from './users'
import { workspaces } from './workspaces'

/**
 * Messages to send, written in the transaction of what they tell of. `messageKey` names one for good: writing it again
 * writes nothing, and whoever receives it twice knows it by it. A claim that has run out is anybody's.
 */
export const outbox = pgTable(
  'outbox',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    messageKey: text('message_key').notNull().unique(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** Null: the test of a channel. */
    alertId: bigint('alert_id', { mode: 'number' }).references(() => alerts.id),
    kind: text('kind', { enum: ['fired', 'acknowledged', 'resolved', 'test'] }).notNull(),
    /** One of both: a channel, or a person by e-mail. */
    channelId: integer('channel_id').references(() => channels.id),
    userId: uuid('user_id').references(() => users.id),
    round: integer('round').notNull().default(1),
    /** Step of the path; null for what no step sent. */
    position: integer('position'),
    /** What it says, as it was when it was written. */
    payload: jsonb('payload').notNull(),
    state: text('state', { enum: ['pending', 'sending', 'sent', 'dead', 'canceled'] })
      .notNull()
      .default('pending'),
    attempts: integer('attempts').notNull().default(0),
    dueAt: timestamp('due_at', { withTimezone: true, precision: 3 }).notNull(),
    claimedBy: text('claimed_by'),
    claimedUntil: timestamp('claimed_until', { withTimezone: true, precision: 3 }),
    lastError: text('last_error'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    finishedAt: timestamp('finished_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    index('outbox_due').on(table.state, table.dueAt),
    index('outbox_alert').on(table.alertId),
    index('outbox_workspace').on(table.workspaceId, table.createdAt),
  ],
)

import { bigint, bigserial, boolean, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { channels } from './channels'
import { outbox } from './outbox'
import { workspaces } from './workspaces'

/** Every attempt to send a message, and what the other side answered. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: integer('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    outboxId: bigint('outbox_id', { mode: 'number' })
      .notNull()
      .references(() => outbox.id),
    /** Null: a person by e-mail. */
    channelId: integer('channel_id').references(() => channels.id),
    recipient: text('recipient').notNull(),
    attempt: integer('attempt').notNull(),
    at: timestamp('at', { withTimezone: true, precision: 3 }).notNull(),
    isSent: boolean('is_sent').notNull(),
    durationMs: integer('duration_ms').notNull(),
    /** What the other side answered, or why it could not be reached. */
    answer: text('answer').notNull(),
  },
  (table) => [
    index('deliveries_workspace').on(table.workspaceId, table.at),
    index('deliveries_outbox').on(table.outboxId),
  ],
)

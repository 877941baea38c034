import { sql } from 'drizzle-orm'
import { bigserial, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/**
 * Which stored attempts a change of prices, or of what a name stands for, touches. Ids grow in the order in which the changes were committed; the last id
 * is the version of the book. A change is published to ClickHouse, so that reading prices by it, and closed when the stored
 * attempts have caught up.
 */
export const priceChanges = pgTable(
  'price_changes',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    /** 0: every workspace that has no change of its own for the model with a higher id. */
    workspaceId: integer('workspace_id').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** What attempts were sent as that have these names now; null where a price has changed, and no name. */
    rawProvider: text('raw_provider'),
    rawModel: text('raw_model'),
    /** Half-open; null is without end. */
    affectedFrom: timestamp('affected_from', { withTimezone: true, precision: 3 }),
    affectedTo: timestamp('affected_to', { withTimezone: true, precision: 3 }),
    cause: text('cause', { enum: ['contract', 'list', 'alias'] }).notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    publishedAt: timestamp('published_at', { withTimezone: true, precision: 3 }),
    /** End of the last pass that went over its attempts. */
    lastPassAt: timestamp('last_pass_at', { withTimezone: true, precision: 3 }),
    closedAt: timestamp('closed_at', { withTimezone: true, precision: 3 }),
    /** Grows with every statement about the change; the highest stands in ClickHouse. */
    revision: integer('revision').notNull().default(1),
  },
  (table) => [index('price_changes_open').on(table.id).where(sql`${table.closedAt} IS NULL`)],
)

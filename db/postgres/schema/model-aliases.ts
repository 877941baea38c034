import { sql } from 'drizzle-orm'
import { index, integer, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/**
 * What a name that was sent stands for, in the organisation or in one workspace, while it holds. A row says for good what
 * it said; it is never changed or removed, only revoked.
 */
export const modelAliases = pgTable(
  'model_aliases',
  {
    id: serial('id').primaryKey(),
    /** Null: every workspace of the organisation. */
    workspaceId: integer('workspace_id').references(() => workspaces.id),
    /** Exactly as sent. */
    rawProvider: text('raw_provider').notNull(),
    rawModel: text('raw_model').notNull(),
    /** Canonical names. */
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** Half-open; null is without end. */
    effectiveFrom: timestamp('effective_from', { withTimezone: true, precision: 3 }),
    effectiveTo: timestamp('effective_to', { withTimezone: true, precision: 3 }),
    reason: text('reason').notNull(),
    authorName: text('author_name').notNull(),
    authorId: uuid('author_id'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    revokedAt: timestamp('revoked_at', { withTimezone: true, precision: 3 }),
    revokedByName: text('revoked_by_name'),
    revokedReason: text('revoked_reason'),
  },
  (table) => [index('model_aliases_live').on(table.rawProvider, table.rawModel).where(sql`${table.revokedAt} IS NULL`)],
)

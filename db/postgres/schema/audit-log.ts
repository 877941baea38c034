import { bigserial, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/**
 * Who did what to what. Rows are only ever added: a trigger refuses UPDATE, DELETE and TRUNCATE. Names are copied, so
 * that a row says the same after its actor or target has changed; there are no foreign keys for the same reason.
 */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    at: timestamp('at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    actorKind: text('actor_kind', { enum: ['user', 'key', 'system'] }).notNull(),
    actorId: uuid('actor_id'),
    actorName: text('actor_name').notNull(),
    address: text('address'),
    /** Null: the organisation. */
    workspaceId: integer('workspace_id'),
    /** `<what>.<verb>`, such as `member.role_changed`. */
    action: text('action').notNull(),
    targetKind: text('target_kind').notNull(),
    targetId: text('target_id'),
    targetName: text('target_name').notNull(),
    before: jsonb('before'),
    after: jsonb('after'),
  },
  (table) => [index('audit_log_workspace_at').on(table.workspaceId, table.at), index('audit_log_at').on(table.at)],
)

import { bigserial, index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'

/**
 * What was erased on request: only a keyed hash of it is kept, so that a redelivery cannot bring the person back. `kind`
 * says what the hash is of.
 */
export const erasures = pgTable(
  'erasures',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    workspaceId: integer('workspace_id').notNull(),
    kind: text('kind', { enum: ['user', 'request'] }).notNull(),
    subjectHash: text('subject_hash').notNull(),
    requestedBy: uuid('requested_by'),
    requestedAt: timestamp('requested_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    completedAt: timestamp('completed_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    uniqueIndex('erasures_subject').on(table.workspaceId, table.kind, table.subjectHash),
    index('erasures_open').on(table.completedAt),
  ],
)

import { customType, index, integer, pgTable, primaryKey, timestamp } from 'drizzle-orm/pg-core'

const bigintAsText = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric(20,0)' })

/**
 * First receipt of attempts that came without a timestamp, by identity, so that a redelivery gets the same instant.
 * Kept 35 days.
 */
export const receiptTimes = pgTable(
  'receipt_times',
  {
    workspaceId: integer('workspace_id').notNull(),
    requestKey: bigintAsText('request_key').notNull(),
    attemptKey: bigintAsText('attempt_key').notNull(),
    receivedAt: timestamp('received_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.requestKey, table.attemptKey] }),
    index('receipt_times_received_at').on(table.receivedAt),
  ],
)

import 'server-only'
import { lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { receiptTimes } from '@/db/postgres/schema'

export type ReceiptIdentity = { workspaceId: number; requestKey: string; attemptKey: string }

const receiptRow = z.object({
  attempt_key: z.string(),
  workspace_id: z.coerce.number(),
  received_ms: z.coerce.number(),
})

/** Key of the map that {@link claimReceiptTimes} answers. */
export function receiptMapKey(identity: { workspaceId: number; attemptKey: string }): string {
  return `${identity.workspaceId}/${identity.attemptKey}`
}

/**
 * The receipt time (epoch milliseconds) of each attempt that came without a timestamp: the one of its first delivery,
 * stored now where this is the first.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function claimReceiptTimes(
  claims: readonly (ReceiptIdentity & { receivedAtMs: number })[],
): Promise<Map<string, number>> {
  const unique = new Map(claims.toReversed().map((claim) => [receiptMapKey(claim), claim]))
  // One order for all writers, or two batches that share rows could wait for each other.
  const rows = [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim)
  const times = new Map<string, number>()
  if (rows.length === 0) return times
  const result = await withPostgres((db) =>
    db.execute(sql`
      INSERT INTO receipt_times (workspace_id, request_key, attempt_key, received_at)
      SELECT workspace_id, request_key, attempt_key, to_timestamp(received_ms / 1000.0)
      FROM unnest(
        ${sql.param(rows.map((row) => row.workspaceId))}::int[],
        ${sql.param(rows.map((row) => row.requestKey))}::numeric[],
        ${sql.param(rows.map((row) => row.attemptKey))}::numeric[],
        ${sql.param(rows.map((row) => row.receivedAtMs))}::numeric[]
      ) AS claim (workspace_id, request_key, attempt_key, received_ms)
      ON CONFLICT (workspace_id, request_key, attempt_key) DO UPDATE SET received_at = receipt_times.received_at
      RETURNING workspace_id, attempt_key::text AS attempt_key,
        round(extract(epoch FROM received_at) * 1000)::bigint AS received_ms
    `),
  )
  for (const row of z.array(receiptRow).parse(result.rows)) {
    times.set(receiptMapKey({ workspaceId: row.workspace_id, attemptKey: row.attempt_key }), row.received_ms)
  }
  return times
}

/** Forgets receipt times older than `before`: redeliveries after that count as new attempts. */
export async function deleteReceiptTimesBefore(before: Date): Promise<void> {
  await withPostgres((db) => db.delete(receiptTimes).where(lt(receiptTimes.receivedAt, before)))
}

import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { receivedSince } from '@/db/clickhouse/statements/attempts'

const countRow = z.object({ written: z.string() })

/**
 * A number that changes with every write into the ledger, from a table with a row for each workspace.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readWriteCount(): Promise<string> {
  const [row] = await queryRows(countRow, 'SELECT toString(sum(rows_written)) AS written FROM workspace_activity', {
    role: 'write',
    settings: { max_execution_time: 5 },
  })
  return row?.written ?? '0'
}

/**
 * A request of which something was received lately: when its attempts are that were, and a `state` that changes with their
 * rows. A row may be seen here before `attempt_times` says when it is.
 */
export type TouchedRequest = { workspaceId: number; requestKey: string; knownAtMs: number[]; state: string }

const touchedRow = z
  .object({
    workspace_id: z.number(),
    request_key: z.string(),
    ts_ms: z.array(z.coerce.number()),
    state: z.string(),
  })
  .transform(
    (row): TouchedRequest => ({
      workspaceId: row.workspace_id,
      requestKey: row.request_key,
      knownAtMs: row.ts_ms,
      state: row.state,
    }),
  )

/**
 * Requests of more than one attempt, as far as their rows say, of which something was received within `windowMs` by the
 * engine's clock. An attempt that stands alone needs nothing else to be known of it. Those with more attempts than any of
 * their rows knows of come first: they are wrong for certain, where the others hardly ever are.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function findTouchedRequests(windowMs: number): Promise<TouchedRequest[]> {
  return await queryRows(
    touchedRow,
    `SELECT workspace_id, request_key, groupUniqArray(toUnixTimestamp64Milli(ts)) AS ts_ms,
       toString(arrayReduce('groupBitXor', groupUniqArray(
         cityHash64(attempt_key, ts, version, flags, request_attempts, seq, is_deleted)))) AS state
     FROM attempts
     WHERE ${receivedSince('now64(3) - toIntervalMillisecond({window:Int64})')}
     GROUP BY workspace_id, request_key
     HAVING max(request_attempts) > 1 OR uniqExact((attempt_key, ts)) > 1
     ORDER BY uniqExact(attempt_key) > max(request_attempts) DESC`,
    { role: 'write', params: { window: windowMs }, settings: { final: 0, max_execution_time: 10, max_threads: 1 } },
  )
}

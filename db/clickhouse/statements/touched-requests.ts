import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import {
  matchRequests,
  type RequestRef,
  receivedSince,
  requestRow,
  type SoughtRequest,
  STANDING_SETTINGS,
} from '@/db/clickhouse/statements/attempts'

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
 * engine's clock. An attempt that stands alone needs nothing else to be known of it.
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
     HAVING max(request_attempts) > 1 OR uniqExact((attempt_key, ts)) > 1`,
    { role: 'write', params: { window: windowMs }, settings: { final: 0, max_execution_time: 10, max_threads: 1 } },
  )
}

/** What cannot be so among the attempts of a request that is classified as a whole. */
const CONTRADICTIONS = [
  'uniqExact(attempt_key) != count()',
  'min(request_attempts) != count()',
  'max(request_attempts) != count()',
  'uniqExact(seq) != count()',
  'max(seq) != count()',
  'countIf(is_last) != 1',
  'countIf(is_retry OR is_fallback) != count() - 1',
  'countIf(first_of_provider) != uniqExact(provider)',
  'countIf(first_of_model) != uniqExact(model)',
  'uniqExact(mixed, request_fallback, request_outcome) > 1',
  'max(is_fallback) != max(request_fallback)',
  'uniqExact(toUnixTimestamp64Milli(ts) - since_first_ms) > 1',
  'uniqExact(toUnixTimestamp64Milli(ts) + until_last_ms) > 1',
]

/**
 * Those of these requests whose attempts contradict each other, so that their classes are wrong for certain. It is one
 * statement where classifying them all anew takes many.
 * @throws AppError `unavailable` when the engine does not answer in time.
 */
export async function findContradictions(requests: readonly SoughtRequest[]): Promise<RequestRef[]> {
  const matched = await matchRequests(requests)
  if (matched === null) return []
  return await queryRows(
    requestRow,
    `SELECT workspace_id, request_key FROM attempts FINAL
     WHERE ${matched}
     GROUP BY workspace_id, request_key
     HAVING ${CONTRADICTIONS.join(' OR ')}`,
    { role: 'write', settings: { ...STANDING_SETTINGS, max_threads: 1 } },
  )
}

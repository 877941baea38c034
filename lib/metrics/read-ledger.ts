import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { type CleanDay, isRepriced, type Span } from '@/lib/metrics/clean-days'
import { rollupSettings } from '@/lib/metrics/rollups'
import { OPEN_PRICE_CHANGES_JSON_SQL, type OpenPriceChange, openPriceChanges } from '@/lib/pricing/open-price-change'

/** What the ledger says of itself for some workspaces: how new it is, and which days may be read from rollups. */
export type LedgerState = {
  /** Changes whenever an attempt of these workspaces is written or priced anew. */
  dataVersion: string
  /** When the newest event was received; null while there is none. */
  freshness: string | null
  /** True when no request has attempts that differ in request-level context. */
  noneMixed: boolean
  cleanDays: CleanDay[]
  /** Changes of prices by which attempts are priced on reading; no clean day is touched by one. */
  priceChanges: OpenPriceChange[]
}

const milliseconds = z.coerce.number().transform((seconds) => seconds * 1_000)

const stateRow = z.object({
  workspace_id: z.number(),
  from_s: milliseconds,
  to_s: milliseconds,
  build: z.string(),
  has_mixed: z.number(),
  received: z.string().nullable(),
  written: z.string(),
  changes: openPriceChanges.nullable(),
})

/**
 * A day is clean when it was built by the workspace's present settings and nothing was marked in it since. Its marks are
 * found by the nearest day that begins at or before them.
 */
const STATE_SQL = `WITH
  days AS (
    SELECT workspace_id, day, day_end, build, seen_mark, mixed_attempts FROM rollup_days
    WHERE workspace_id IN {ids:Array(UInt32)} AND concat(toString(workspace_id), ' ', settings) IN {settings:Array(String)}
      AND day < toDateTime({to:Int64}, 'UTC') AND day_end > toDateTime({from:Int64}, 'UTC')
  ),
  marks AS (
    SELECT workspace_id, slot, max(marked_at) AS marked FROM slot_marks
    WHERE workspace_id IN {ids:Array(UInt32)}
      AND slot >= toDateTime({from:Int64} - 100000, 'UTC') AND slot < toDateTime({to:Int64} + 100000, 'UTC')
    GROUP BY workspace_id, slot HAVING marked > (SELECT min(seen_mark) FROM days)
  ),
  stale AS (
    SELECT marks.workspace_id, days.day FROM marks ASOF JOIN days
      ON marks.workspace_id = days.workspace_id AND marks.slot >= days.day
    WHERE marks.slot < days.day_end AND marks.marked > days.seen_mark
  )
  SELECT workspace_id, toUnixTimestamp(day) AS from_s, toUnixTimestamp(day_end) AS to_s, toString(build) AS build,
    toUInt8(mixed_attempts > 0) AS has_mixed, NULL AS received, '' AS written,
    NULL AS changes
  FROM days WHERE (workspace_id, day) NOT IN stale
  UNION ALL
  SELECT 0, 0, 0, '', max(has_mixed), toString(toUnixTimestamp64Milli(maxOrNull(last_received_at))),
    toString(sum(rows_written)), (${OPEN_PRICE_CHANGES_JSON_SQL})
  FROM workspace_activity WHERE workspace_id IN {ids:Array(UInt32)}`

/**
 * Reads the state of the ledger over the span that a question needs.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readLedger(
  workspaces: readonly { id: number; timeZone: string; costPreference: string }[],
  span: Span,
): Promise<LedgerState> {
  const rows = await queryRows(stateRow, STATE_SQL, {
    params: {
      ids: workspaces.map(({ id }) => id),
      priceWorkspaces: workspaces.map(({ id }) => id),
      settings: workspaces.map((each) => `${each.id} ${rollupSettings(each)}`),
      from: Math.floor(span.fromMs / 1_000),
      to: Math.ceil(span.toMs / 1_000),
    },
  })
  const activity = rows.find(({ workspace_id }) => workspace_id === 0)
  const received = activity?.received ?? null
  const priceChanges = activity?.changes ?? []
  const newest = priceChanges.at(-1)
  return {
    dataVersion: [activity?.written ?? '0', received ?? '0', ...(newest ? [newest.changeId] : [])].join('-'),
    freshness: received === null ? null : new Date(Number(received)).toISOString(),
    noneMixed: activity?.has_mixed !== 1,
    cleanDays: rows
      .filter(({ workspace_id }) => workspace_id !== 0)
      .map((row) => ({
        workspaceId: row.workspace_id,
        fromMs: row.from_s,
        toMs: row.to_s,
        build: row.build,
        hasMixed: row.has_mixed === 1,
      }))
      .filter((day) => !isRepriced(day.workspaceId, day, priceChanges)),
    priceChanges,
  }
}

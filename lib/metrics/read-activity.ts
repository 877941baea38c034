import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'

/** How far the ledger of some workspaces has come. */
export type Activity = {
  /** Changes whenever an attempt of these workspaces is written or priced anew. */
  dataVersion: string
  /** Changes whenever another day may be read from rollups, or one no longer, or prices change. */
  stateVersion: string
  /** When the newest event was received; null while there is none. */
  freshness: string | null
  /** True when no request has attempts that differ in request-level context. */
  noneMixed: boolean
}

const activityRow = z.object({
  rows_written: z.coerce.bigint(),
  received_ms: z.coerce.number(),
  has_mixed: z.number(),
  ledger_changes: z.coerce.bigint(),
  price_changes: z.coerce.bigint(),
})

/** Changes of prices that concern every workspace are counted by this number. */
const EVERY_WORKSPACE = 0

/**
 * Reads a row per workspace and nothing else: it is asked before every question.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readActivity(workspaceIds: readonly number[]): Promise<Activity> {
  // Numbers in the statement: as a parameter they take the engine longer than all the rest.
  const ids = [EVERY_WORKSPACE, ...workspaceIds].map((id) => Math.trunc(id)).join(', ')
  const rows = await queryRows(
    activityRow,
    `SELECT rows_written, toUnixTimestamp64Milli(last_received_at) AS received_ms, has_mixed, ledger_changes, price_changes
     FROM workspace_activity WHERE workspace_id IN (${ids})`,
    { settings: { max_threads: 1 } },
  )
  const sum = (name: 'rows_written' | 'ledger_changes' | 'price_changes'): bigint =>
    rows.reduce((total, row) => total + row[name], 0n)
  const receivedMs = Math.max(0, ...rows.map(({ received_ms }) => received_ms))
  const priceChanges = sum('price_changes')
  return {
    dataVersion: `${sum('rows_written')}-${receivedMs}-${priceChanges}`,
    stateVersion: `${sum('ledger_changes')}-${priceChanges}`,
    freshness: receivedMs === 0 ? null : new Date(receivedMs).toISOString(),
    noneMixed: rows.every(({ has_mixed }) => has_mixed === 0),
  }
}

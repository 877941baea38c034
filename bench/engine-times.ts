import 'server-only'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { READER } from '@/db/embedded/clickhouse-config'

/** From when to when something was asked, in epoch milliseconds. */
export type Window = { fromMs: number; toMs: number }

/** What the engine did in a window: how long it was busy for readers, with how many statements, reading how many rows. */
export type EngineTime = { busyMs: number; statements: number; readRows: number }

const logRow = z.object({
  started_us: z.coerce.number(),
  ended_us: z.coerce.number(),
  read_rows: z.coerce.number(),
})

/**
 * The engine's own time, from its log, of what readers asked in each window. Statements that ran side by side count once
 * for the time they share. Windows must not overlap, and nobody else may read meanwhile; writers do not matter.
 */
export async function readEngineTimes(windows: readonly Window[]): Promise<EngineTime[]> {
  if (windows.length === 0) return []
  await runCommand('SYSTEM FLUSH LOGS query_log')
  const rows = await queryRows(
    logRow,
    `SELECT toUnixTimestamp64Micro(query_start_time_microseconds) AS started_us,
       toUnixTimestamp64Micro(event_time_microseconds) AS ended_us, read_rows
     FROM system.query_log
     WHERE user = {user:String} AND type != 'QueryStart'
       AND query_start_time_microseconds >= fromUnixTimestamp64Milli({from:Int64})
       AND query_start_time_microseconds <= fromUnixTimestamp64Milli({to:Int64})
     ORDER BY started_us`,
    {
      role: 'write',
      params: {
        user: READER,
        from: Math.floor(Math.min(...windows.map(({ fromMs }) => fromMs))),
        to: Math.ceil(Math.max(...windows.map(({ toMs }) => toMs))),
      },
    },
  )
  const statements = rows.map(({ started_us, ended_us, read_rows }) => ({
    fromMs: started_us / 1000,
    toMs: ended_us / 1000,
    readRows: read_rows,
  }))
  return windows.map(({ fromMs, toMs }) => {
    const own = statements.filter((statement) => statement.fromMs >= fromMs && statement.fromMs <= toMs)
    return {
      busyMs: unionMs(own),
      statements: own.length,
      readRows: own.reduce((sum, statement) => sum + statement.readRows, 0),
    }
  })
}

/** Length of the union of intervals that are sorted by their starts. */
export function unionMs(intervals: readonly Window[]): number {
  let total = 0
  let reachedMs = Number.NEGATIVE_INFINITY
  for (const { fromMs, toMs } of intervals) {
    total += Math.max(0, toMs - Math.max(fromMs, reachedMs))
    reachedMs = Math.max(reachedMs, toMs)
  }
  return total
}

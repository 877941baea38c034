import 'server-only'
import { z } from 'zod'
import { nowMs } from '@/bench/ask-questions'
import { readEngineTimes, type Window } from '@/bench/engine-times'
import { postOk, type Target } from '@/bench/http-client'
import { median } from '@/bench/quantile'
import { queryRows } from '@/db/clickhouse/client'

/** One thing that nothing can be faster than. `rows` are those that the engine reads for it. */
export type Floor = { name: string; engineMs: number; httpMs: number; rows: number }

/**
 * What bounds every answer from below: the least that the engine and the app can be asked, and how fast columns are
 * scanned.
 */
export async function measureFloor(
  target: Target,
  options: { workspaceId: number; hour: Date; runs: number },
): Promise<Floor[]> {
  const { workspaceId, hour, runs } = options
  const oneHour = `workspace_id = ${workspaceId} AND ts >= {hour:DateTime64(3)} AND ts < {hour:DateTime64(3)} + INTERVAL 1 HOUR`
  const nothing = JSON.stringify({ measures: ['attempts'], from: '2001-01-01T00:00:00Z', to: '2001-01-02T00:00:00Z' })
  const ask = (sql: string, settings = {}) => {
    const run = () => queryRows(z.unknown(), sql, { params: { hour }, settings: { final: 0, ...settings } })
    return run
  }
  const asked: { name: string; run: () => Promise<unknown>; isLogged: boolean }[] = [
    { name: 'SELECT 1', run: ask('SELECT 1'), isLogged: true },
    { name: 'SELECT 1, not logged', run: ask('SELECT 1', { log_queries: 0 }), isLogged: false },
    {
      name: 'an hour of a workspace, grouped',
      run: ask(`SELECT environment, count() FROM attempts WHERE ${oneHour} GROUP BY environment`),
      isLogged: true,
    },
    {
      name: 'a question without data, through the app',
      run: () => postOk(target, '/v1/query', nothing),
      isLogged: true,
    },
    { name: 'every row: one UInt32 summed', run: ask('SELECT sum(api_key_id) FROM attempts'), isLogged: true },
    { name: 'every row: a Decimal summed', run: ask('SELECT sum(priced_cost) FROM attempts'), isLogged: true },
    {
      name: 'every row: a Decimal summed by day',
      run: ask('SELECT toDate(ts) AS day, sum(priced_cost), count() FROM attempts GROUP BY day'),
      isLogged: true,
    },
  ]
  const floors: Floor[] = []
  for (const { name, run, isLogged } of asked) {
    await run()
    const windows: Window[] = []
    for (let turn = 0; turn < runs; turn += 1) {
      const fromMs = nowMs()
      await run()
      windows.push({ fromMs, toMs: nowMs() })
    }
    const times = isLogged ? await readEngineTimes(windows) : []
    floors.push({
      name,
      engineMs: median(times.map(({ busyMs }) => busyMs)),
      httpMs: median(windows.map(({ fromMs, toMs }) => toMs - fromMs)),
      rows: median(times.map(({ readRows }) => readRows)),
    })
  }
  return floors
}

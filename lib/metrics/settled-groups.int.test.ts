import { afterAll, describe, expect, it } from 'vitest'
import { closeClickHouse, runCommand } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { ingestEvents } from '@/lib/events/ingest'
import { listDays, reconcileWorkspace } from '@/lib/ledger/reconcile'
import { startOfSlotMs } from '@/lib/ledger/slot'
import { mintLedger } from '@/lib/metrics/ledger-fixture'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'

const MINUTE_MS = 60_000

describe('attempts that have settled behind an open day', { timeout: 120_000 }, () => {
  afterAll(async () => {
    await closeClickHouse()
    await closePostgres()
  })

  it('are summed once, and anew when something is written among them', async () => {
    const now = new Date()
    // Where it is about noon, the day has slots before the one that was built last.
    const ahead = 12 - now.getUTCHours()
    const timeZone = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
    const { workspace, scope } = await mintLedger([], { timeZone })
    const builtMs = startOfSlotMs(now.getTime() - 45 * MINUTE_MS)
    const [day] = listDays(timeZone, { fromMs: builtMs, toMs: builtMs + 1 })
    if (!day) throw new Error('no day')
    const write = async (minute: number, cents: number, latencyMs: number) => {
      const event = {
        externalRequestId: `settled-${minute}-${cents}`,
        provider: 'alpha',
        model: 'a1',
        costUsd: cents / 100,
        latencyMs,
        timestamp: new Date(builtMs + minute * MINUTE_MS).toISOString(),
      }
      const { accepted } = await ingestEvents({
        workspace,
        apiKeyId: 0,
        defaults: { environment: 'prod', dataMode: 'real' },
        events: [event],
        receivedAt: now,
        mode: 'import',
      })
      expect(accepted).toBe(1)
    }
    /** As if a minute had passed since everything was marked. */
    const settle = () =>
      runCommand(
        `ALTER TABLE slot_marks UPDATE marked_at = marked_at - INTERVAL 1 MINUTE WHERE workspace_id = ${workspace.id}`,
        { settings: { mutations_sync: '2' } },
      )
    const ask = async () => {
      const { rows, totals, meta } = await runQuery(
        parseQuery({
          from: new Date(day.fromMs).toISOString(),
          to: new Date(day.toMs).toISOString(),
          measures: ['spend', 'requests', 'latencyP50'],
          dimensions: ['model'],
        }),
        scope,
        now,
      )
      expect(rows.map(({ spend, requests }) => [spend, requests])).toEqual([[totals.spend, totals.requests]])
      return [totals.spend, totals.requests, Math.floor(Number(totals.latencyP50) / 95), meta.source]
    }

    await write(-30, 1, 100)
    await write(3, 20, 200)
    await write(20, 400, 300)
    await settle()
    expect(
      await reconcileWorkspace(workspace, day, { now: new Date(builtMs), quietMs: 0, openQuietMs: 86_400_000 }),
    ).toBe(1)
    expect(await ask()).toEqual(['4.21', '3', 2, 'mixed'])

    // What nothing of the product does: the attempts say something else, and nobody was told.
    const change = (from: number, to: number) =>
      runCommand(
        `ALTER TABLE attempts UPDATE reported_cost = ${to} WHERE workspace_id = ${workspace.id} AND reported_cost = ${from}`,
        { settings: { mutations_sync: '2' } },
      )
    await change(4, 7)
    expect(await ask()).toEqual(['4.21', '3', 2, 'mixed'])

    await write(25, 1_000, 400)
    expect(await ask()).toEqual(['17.21', '4', 2, 'mixed'])
    await settle()
    await change(7, 4)
    expect(await ask()).toEqual(['17.21', '4', 2, 'mixed'])

    await write(4, 5_000, 500)
    expect(await ask()).toEqual(['64.21', '5', 3, 'mixed'])
    await settle()
    expect(await ask()).toEqual(['64.21', '5', 3, 'mixed'])
  })
})

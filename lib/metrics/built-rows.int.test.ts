import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows, runCommand } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { ingestEvents } from '@/lib/events/ingest'
import { reconcileWorkspace } from '@/lib/ledger/reconcile'
import { readBuiltRows } from '@/lib/metrics/built-rows'
import { mintLedger } from '@/lib/metrics/ledger-fixture'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'

const SPAN = { fromMs: Date.parse('2026-10-01T00:00:00Z'), toMs: Date.parse('2026-10-03T00:00:00Z') }
const NOW = new Date('2026-11-01T00:00:00Z')

const event = (id: string, day: number, inputTokens: number) => ({
  externalRequestId: id,
  provider: 'alpha',
  model: 'a1',
  userId: `u-${id}`,
  inputTokens,
  outputTokens: 0,
  status: 'success',
  timestamp: `2026-10-0${day}T12:00:00Z`,
})

describe('answers of built days', { timeout: 120_000 }, () => {
  let workspace: ScopeWorkspace
  let scope: Scope
  let keyId: number

  const build = () => reconcileWorkspace(workspace, SPAN, { now: NOW, quietMs: 0 })
  const ask = async (dimensions: string[] = []) =>
    await runQuery(
      parseQuery({
        measures: ['spend', 'attempts'],
        dimensions,
        from: new Date(SPAN.fromMs).toISOString(),
        to: new Date(SPAN.toMs).toISOString(),
        timeZone: 'UTC',
      }),
      scope,
      NOW,
    )
  const totals = async () => {
    const { totals, meta } = await ask()
    return [totals.spend, totals.attempts, meta.source]
  }

  beforeAll(async () => {
    ;({ workspace, scope, keyId } = await mintLedger([event('one', 1, 100), event('two', 2, 200)], { timeZone: 'UTC' }))
    await build()
  })
  afterAll(async () => {
    await closeClickHouse()
    await closePostgres()
  })

  it('are taken from memory while the days stand, and anew when one was written to or built again', async () => {
    expect(await totals()).toEqual(['0.3', '2', 'rollup'])
    // What nothing of the product does: the same build says something else.
    await runCommand(
      `ALTER TABLE rollup_totals UPDATE attempts = attempts + 7 WHERE workspace_id = ${workspace.id} AND day = '2026-10-01'`,
      { settings: { mutations_sync: '2' } },
    )
    expect(await totals()).toEqual(['0.3', '2', 'rollup'])

    const { accepted } = await ingestEvents({
      workspace: { id: workspace.id },
      apiKeyId: keyId,
      defaults: { environment: 'prod', dataMode: 'real' },
      // In another slot: the mark of one that was just written serves for a while.
      events: [{ ...event('three', 1, 0), costUsd: 0.05, timestamp: '2026-10-01T18:00:00Z' }],
      receivedAt: NOW,
      mode: 'import',
    })
    expect(accepted).toBe(1)
    expect(await totals()).toEqual(['0.35', '3', 'mixed'])
    await build()
    expect(await totals()).toEqual(['0.35', '3', 'rollup'])
  })

  it('name users as they are named now', async () => {
    const users = async () => (await ask(['user'])).rows.map(({ user, spend }) => [user, spend])
    const named = [
      ['u-two', '0.2'],
      ['u-one', '0.1'],
      ['u-three', '0.05'],
    ]
    expect(await users()).toEqual(named)
    expect(await users()).toEqual(named)
    await runCommand(`ALTER TABLE user_names DELETE WHERE workspace_id = ${workspace.id} AND user_id = 'u-one'`, {
      settings: { mutations_sync: '2' },
    })
    expect((await users())[1]).toEqual(['(erased)', '0.1'])
  })

  it('are read once for all who ask at once, and again after a failure', async () => {
    const sql = `SELECT toString(generateUUIDv4()) AS id, toString(throwIf({fails:UInt8} = 1)) AS checked`
    await expect(readBuiltRows({ sql, params: { fails: 1 } })).rejects.toThrow()
    await expect(readBuiltRows({ sql, params: { fails: 1 } })).rejects.toThrow()
    const answers = await Promise.all([1, 2, 3].map(() => readBuiltRows({ sql, params: { fails: 0 } })))
    const again = await readBuiltRows({ sql, params: { fails: 0 } })
    expect(new Set([...answers, again].map(([row]) => row?.id)).size).toBe(1)
    const [own] = await queryRows(z.object({ id: z.string() }), 'SELECT toString(generateUUIDv4()) AS id')
    expect(own?.id).not.toBe(again[0]?.id)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { ingestEvents } from '@/lib/events/ingest'
import { reconcileWorkspace } from '@/lib/ledger/reconcile'
import { mintLedger } from '@/lib/metrics/ledger-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'

const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-10-03T00:00:00Z', timeZone: 'UTC' }
const BUILT = { fromMs: Date.parse(RANGE.from), toMs: Date.parse('2026-10-02T00:00:00Z') }
const NOW = new Date('2026-11-01T00:00:00Z')
const USERS = 450

const event = (user: string, day: number, costUsd: string | null, latencyMs = 100) => ({
  externalRequestId: `${user}-${day}`,
  provider: 'alpha',
  model: costUsd === null ? 'unheard-of' : 'a1',
  userId: user,
  inputTokens: 1,
  outputTokens: 1,
  latencyMs,
  status: 'success',
  timestamp: `2026-10-0${day}T12:00:00Z`,
  ...(costUsd === null ? {} : { costUsd }),
})

/** On the first day each costs a tenth of a cent more than the one before; of two, nobody knows what they cost. */
const FIRST_DAY = [
  ...Array.from({ length: USERS }, (_, index) => event(`u${index}`, 1, ((index + 1) / 1_000).toFixed(3), 100 + index)),
  event('unpriced', 1, null),
]
const SECOND_DAY = [
  // Far down until today; the highest by today alone; as high as one that stands; too little to matter.
  event('u3', 2, '0.446'),
  event('new', 2, '0.6'),
  event('twin', 2, '0.449'),
  event('u448', 2, '0.000'),
  ...Array.from({ length: 60 }, (_, index) => event(`small${index}`, 2, '0.001', 5_000)),
  event('unpriced-too', 2, null),
]

describe('the highest users', { timeout: 120_000 }, () => {
  let scope: Scope

  beforeAll(async () => {
    const minted = await mintLedger(FIRST_DAY, { timeZone: 'UTC' })
    scope = minted.scope
    await reconcileWorkspace(minted.workspace, BUILT, { now: NOW, quietMs: 0 })
    const { accepted } = await ingestEvents({
      workspace: minted.workspace,
      apiKeyId: minted.keyId,
      defaults: { environment: 'prod', dataMode: 'real' },
      events: SECOND_DAY,
      receivedAt: NOW,
      mode: 'import',
    })
    expect(accepted).toBe(SECOND_DAY.length)
  })
  afterAll(async () => {
    await closeClickHouse()
    await closePostgres()
  })

  const ask = async (question: object) => await runQuery(parseQuery({ ...RANGE, ...question }), scope, NOW)
  const users = async (measures: readonly string[], limit?: number) => {
    const { rows, meta } = await ask({ measures, dimensions: ['user'], limit })
    expect(meta.source).toBe('mixed')
    return rows.map((row) => [row.user, ...measures.map((name) => row[name])])
  }

  it('are put together of a few that stand and what was written since', async () => {
    expect(await users(['spend', 'attempts'], 6)).toEqual([
      ['new', '0.6', '1'],
      ['u3', '0.45', '2'],
      ['u449', '0.45', '1'],
      ['twin', '0.449', '1'],
      ['u448', '0.449', '2'],
      ['u447', '0.448', '1'],
    ])
  })

  it('are those of all users, however many are asked for and by whatever', async () => {
    for (const measures of [
      ['spend', 'attempts'],
      ['attempts', 'spend'],
      ['costPerRequest', 'requests'],
    ]) {
      const all = await users(measures)
      expect(all).toHaveLength(USERS + 64)
      for (const limit of [1, 2, 3, 5, 40, 199, 500]) expect(await users(measures, limit)).toEqual(all.slice(0, limit))
    }
  })

  it('leave the others whole', async () => {
    const { rows, totals } = await ask({ measures: ['spend', 'attempts'], dimensions: ['user'], limit: 2, other: true })
    const attempts = FIRST_DAY.length + SECOND_DAY.length
    expect(totals.attempts).toBe(String(attempts))
    expect(rows.at(-1)).toMatchObject({ $other: true, attempts: String(attempts - 3) })
    const named = (USERS * (USERS + 1)) / 2 / 1_000 + 0.446 + 0.6 + 0.449 + 0.06
    expect(Number(totals.spend)).toBeCloseTo(named, 9)
  })
})

describe('quantiles of a day that is written to', { timeout: 120_000 }, () => {
  it('are those that the attempts give', async () => {
    const { scope, workspace } = await mintLedger([...FIRST_DAY, ...SECOND_DAY], { timeZone: 'UTC' })
    const question = { measures: ['latencyP50', 'latencyP95', 'latencyP99', 'attempts'], dimensions: ['model'] }
    const ask = async () => await runQuery(parseQuery({ ...RANGE, ...question }), scope, NOW)
    const before = await ask()
    expect(before.meta.source).toBe('attempts')
    await reconcileWorkspace(workspace, BUILT, { now: NOW, quietMs: 0 })
    const after = await ask()
    expect(after.meta.source).toBe('mixed')
    expect([after.rows, after.totals]).toEqual([before.rows, before.totals])
  })
})

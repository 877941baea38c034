import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { ingestEvents } from '@/lib/events/ingest'
import { listDays, reconcileWorkspace, removeStaleBuilds } from '@/lib/ledger/reconcile'
import { startOfSlotMs } from '@/lib/ledger/slot'
import { mintLedger } from '@/lib/metrics/ledger-fixture'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'

const NOW = new Date('2026-10-20T12:00:00Z')
const FROM = '2026-09-28T00:00:00Z'
const TO = '2026-10-12T00:00:00Z'
const SPAN = { fromMs: Date.parse(FROM), toMs: Date.parse(TO) }

/** A generator of equal numbers at every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Requests of one to three attempts around the turn of a month; some cross days, some differ in their endpoint. */
function makeEvents(seed: number, requests: number): Record<string, unknown>[] {
  const random = createRandom(seed)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  return Array.from({ length: requests }, (_, index) => {
    const startMs = SPAN.fromMs + random() * (SPAN.toMs - SPAN.fromMs)
    const base = {
      externalRequestId: `q${seed}-${index}`,
      endpointTag: pick(['/chat', '/search', '/agent', undefined]),
      promptVersion: pick(['v1', 'v2', undefined]),
      userId: pick(['u1', 'u2', 'u3', 'u4', 'u5', undefined]),
      environment: pick(['prod', 'prod', 'staging']),
      tags: { team: pick(['red', 'blue']) },
    }
    const attempts = random() < 0.7 ? 1 : random() < 0.6 ? 2 : 3
    return Array.from({ length: attempts }, (_, attempt) => {
      const [provider, model] = pick([
        ['alpha', 'a1'],
        ['alpha', 'a2'],
        ['beta', 'b1'],
        ['beta', 'gamma'],
      ])
      return {
        ...base,
        ...(random() < 0.03 ? { endpointTag: '/other' } : {}),
        provider,
        model,
        attempt: attempt + 1,
        status: pick(['success', 'success', 'error', 'timeout', undefined]),
        inputTokens: Math.floor(random() * 1_000),
        outputTokens: Math.floor(random() * 300),
        latencyMs: random() < 0.1 ? undefined : Math.exp(random() * 9),
        timeToFirstTokenMs: random() < 0.5 ? undefined : Math.floor(random() * 900),
        costUsd: random() < 0.1 ? Math.round(random() * 1e6) / 1e6 : undefined,
        timestamp: new Date(Math.floor(startMs + attempt * random() * 40_000_000)).toISOString(),
      }
    })
  }).flat()
}

const ADDITIVE = [
  'spend',
  'requests',
  'attempts',
  'costPerRequest',
  'retryRatio',
  'fallbackRatio',
  'errorRatio',
  'waste',
  'totalTokens',
  'unknownModelRatio',
  'unpricedTokens',
  'topNShare',
]
const LATENCIES = ['spend', 'requests', 'latencyP50', 'latencyP95', 'timeToFirstTokenP95']

const QUESTIONS: { name: string; body: Record<string, unknown>; source: string }[] = [
  { name: 'totals', body: { measures: ADDITIVE }, source: 'rollup' },
  { name: 'totals with users and latencies', body: { measures: [...LATENCIES, 'users', 'waste'] }, source: 'rollup' },
  ...['hour', 'day', 'week', 'month', 'quarter', 'fiscalYear'].map((granularity) => ({
    name: `by ${granularity}`,
    body: { measures: ADDITIVE, dimensions: ['time'], granularity },
    source: 'rollup',
  })),
  ...['Asia/Kathmandu', 'America/Los_Angeles', 'UTC'].map((timeZone) => ({
    name: `by day in ${timeZone}`,
    body: { measures: ADDITIVE, dimensions: ['time'], granularity: 'day', timeZone },
    source: 'rollup',
  })),
  ...['provider', 'model', 'endpoint', 'promptVersion', 'environment', 'dataMode', 'workspace'].map((dimension) => ({
    name: `by ${dimension}`,
    body: { measures: [...new Set([...ADDITIVE, ...LATENCIES])], dimensions: [dimension] },
    source: 'rollup',
  })),
  { name: 'by user', body: { measures: ADDITIVE, dimensions: ['user'] }, source: 'rollup' },
  {
    name: 'top users with other by day',
    body: { measures: ADDITIVE, dimensions: ['time', 'user'], granularity: 'day', limit: 2, other: true },
    source: 'rollup',
  },
  {
    name: 'top users by a measure with ties',
    body: { measures: ['retries'], dimensions: ['user'], limit: 3, other: true, compare: 'previous' },
    source: 'rollup',
  },
  {
    name: 'users filtered',
    body: {
      measures: ADDITIVE,
      dimensions: ['time'],
      granularity: 'day',
      filters: [{ dimension: 'user', operator: 'in', values: ['u1', null] }],
    },
    source: 'rollup',
  },
  {
    name: 'users containing',
    body: { measures: ADDITIVE, filters: [{ dimension: 'user', operator: 'contains', values: ['U2'] }] },
    source: 'rollup',
  },
  {
    name: 'users by name',
    body: { measures: ['spend'], dimensions: ['user'], orderBy: [{ key: 'user', direction: 'desc' }] },
    source: 'raw',
  },
  {
    name: 'model by day, top 2',
    body: {
      measures: [...ADDITIVE, 'latencyP95'],
      dimensions: ['time', 'model'],
      granularity: 'day',
      limit: 2,
      other: true,
    },
    // The rest of a top-N is several models: its requests are counted distinctly.
    source: 'raw',
  },
  {
    name: 'endpoint and prompt version',
    body: {
      measures: [...ADDITIVE, 'latencyP95'],
      dimensions: ['endpoint', 'promptVersion'],
      limit: 3,
      other: true,
      compare: 'previous',
    },
    source: 'rollup',
  },
  {
    name: 'provider and endpoint',
    body: { measures: ADDITIVE, dimensions: ['provider', 'endpoint'] },
    source: 'rollup',
  },
  {
    name: 'one provider by endpoint',
    body: {
      measures: ADDITIVE,
      dimensions: ['endpoint'],
      filters: [{ dimension: 'provider', operator: 'in', values: ['alpha'] }],
    },
    source: 'rollup',
  },
  {
    name: 'two providers',
    body: { measures: ADDITIVE, filters: [{ dimension: 'provider', operator: 'in', values: ['alpha', 'beta'] }] },
    source: 'raw',
  },
  {
    name: 'spend of two models',
    body: { measures: ['spend', 'attempts'], filters: [{ dimension: 'model', operator: 'notIn', values: ['a1'] }] },
    source: 'rollup',
  },
  { name: 'users by endpoint', body: { measures: ['spend', 'users'], dimensions: ['endpoint'] }, source: 'raw' },
  { name: 'by status', body: { measures: ['spend', 'attempts', 'requests'], dimensions: ['status'] }, source: 'raw' },
  { name: 'by tag', body: { measures: ADDITIVE, dimensions: ['tag.team'] }, source: 'raw' },
  {
    name: 'all environments',
    body: {
      measures: ADDITIVE,
      dimensions: ['environment'],
      filters: [{ dimension: 'environment', operator: 'in', values: ['*'] }],
    },
    source: 'rollup',
  },
]

describe('rollups', { timeout: 300_000 }, () => {
  let scope: Scope
  let workspace: ScopeWorkspace

  const ask = async (body: Record<string, unknown>) => {
    const query = parseQuery({ from: FROM, to: TO, ...body })
    return runQuery(query, scope, NOW)
  }
  const build = () => reconcileWorkspace(workspace, SPAN, { now: NOW, quietMs: 0 })
  const ingest = async (events: readonly Record<string, unknown>[]) => {
    const result = await ingestEvents({
      workspace,
      apiKeyId: 0,
      defaults: { environment: 'prod', dataMode: 'real' },
      events,
      receivedAt: NOW,
      mode: 'import',
    })
    expect(result.rejected).toEqual([])
  }

  beforeAll(async () => {
    const minted = await mintLedger(makeEvents(1, 200), { timeZone: 'Europe/Berlin' })
    ;({ scope, workspace } = minted)
  })
  afterAll(async () => {
    await closeClickHouse()
    await closePostgres()
  })

  it('say what the attempts say, in every question', async () => {
    const before = []
    for (const { body } of QUESTIONS) before.push(await ask(body))
    expect(await build()).toBe(listDays('Europe/Berlin', SPAN).length)
    for (const [index, { name, body, source }] of QUESTIONS.entries()) {
      const { meta, ...answer } = await ask(body)
      const expected = before[index]
      expect(answer, name).toEqual({ rows: expected?.rows, totals: expected?.totals })
      expect(`${name}: ${expected?.meta.source}`).toBe(`${name}: ${source === 'raw' ? 'raw' : 'attempts'}`)
      expect(`${name}: ${meta.source.replace('mixed', 'rollup')}`).toBe(`${name}: ${source}`)
    }
  })

  it('give way to the attempts on days that are written again, at once', async () => {
    expect(await build()).toBe(0)
    const late = makeEvents(2, 60)
    await ingest(late)
    const first = []
    for (const { body } of QUESTIONS) first.push(await ask(body))
    expect(first[0]?.meta.source).toBe('mixed')
    const built = await build()
    expect(built).toBeGreaterThan(5)
    for (const [index, { name, body }] of QUESTIONS.entries()) {
      const { rows, totals } = await ask(body)
      expect({ rows, totals }, name).toEqual({ rows: first[index]?.rows, totals: first[index]?.totals })
    }
    // Corrections, and an attempt that moves to another day.
    const one = late.find(({ environment }) => environment === 'prod')
    await ingest([{ ...one, revision: 2, inputTokens: 77_777, timestamp: '2026-10-05T10:00:00Z' }])
    const moved = []
    for (const { body } of QUESTIONS) moved.push(await ask(body))
    expect(moved[0]?.totals).not.toEqual(first[0]?.totals)
    expect(moved[0]?.meta.source).toBe('mixed')
    await build()
    for (const [index, { name, body }] of QUESTIONS.entries()) {
      const { rows, totals } = await ask(body)
      expect({ rows, totals }, name).toEqual({ rows: moved[index]?.rows, totals: moved[index]?.totals })
    }
  })

  it('are not read by other settings than they were made by', async () => {
    const other = { ...workspace, timeZone: 'Asia/Kolkata' }
    const answer = await runQuery(parseQuery({ from: FROM, to: TO, measures: ['spend'] }), { workspaces: [other] }, NOW)
    expect(answer.meta.source).toBe('attempts')
  })

  it('lose the rows of builds that were replaced, and no others', async () => {
    const count = z.object({ builds: z.string() })
    const countBuilds = async () =>
      (
        await queryRows(
          count,
          `SELECT toString(uniqExact(build)) AS builds FROM rollup_users WHERE workspace_id = ${workspace.id}`,
        )
      )[0]?.builds
    const before = await ask({ measures: ADDITIVE, dimensions: ['user'] })
    expect(await removeStaleBuilds(new Date(Date.now() + 1_000), 0)).toBeGreaterThan(0)
    expect(Number(await countBuilds())).toBeLessThanOrEqual(listDays('Europe/Berlin', SPAN).length)
    expect(await ask({ measures: ADDITIVE, dimensions: ['user'] })).toEqual(before)
    expect(await removeStaleBuilds(new Date(Date.now() + 1_000), 0)).toBe(0)
  })

  it('hold a day that is written to up to its last full slot, and the whole of it when it is quiet', async () => {
    const now = new Date()
    const slotMs = startOfSlotMs(now.getTime())
    // Where it is about noon, the day has slots before this one.
    const ahead = 12 - now.getUTCHours()
    const timeZone = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
    const event = (atMs: number, inputTokens: number) => ({
      externalRequestId: `open-${atMs}`,
      provider: 'alpha',
      model: 'a1',
      endpointTag: '/open',
      costUsd: inputTokens / 1_000,
      inputTokens,
      outputTokens: 0,
      timestamp: new Date(atMs).toISOString(),
    })
    const minted = await mintLedger([], { timeZone })
    const [day] = listDays(timeZone, { fromMs: slotMs, toMs: slotMs + 1 })
    if (!day) throw new Error('no day')
    const reconcileDay = (openQuietMs: number) =>
      reconcileWorkspace(minted.workspace, day, { now, quietMs: 0, openQuietMs })
    const write = async (atMs: number, inputTokens: number) => {
      const { accepted } = await ingestEvents({
        workspace: minted.workspace,
        apiKeyId: 0,
        defaults: { environment: 'prod', dataMode: 'real' },
        events: [event(atMs, inputTokens)],
        receivedAt: now,
        mode: 'import',
      })
      expect(accepted).toBe(1)
    }
    const spend = async (toMs = day.toMs) => {
      const range = { from: new Date(day.fromMs).toISOString(), to: new Date(toMs).toISOString() }
      const byModel = parseQuery({ ...range, measures: ['spend'], dimensions: ['model'] })
      const { totals, meta } = await runQuery(byModel, minted.scope, now)
      const byHour = parseQuery({ ...range, measures: ['spend'], dimensions: ['time'], granularity: 'hour' })
      const hours = await runQuery(byHour, minted.scope, now)
      expect(hours.totals.spend).toBe(totals.spend)
      return [totals.spend, meta.source]
    }

    await write(slotMs - 5_400_000, 1)
    await write(slotMs - 1, 20)
    await write(slotMs, 300)
    expect(await spend()).toEqual(['0.321', 'attempts'])
    expect(await reconcileDay(60_000)).toBe(1)
    expect(await reconcileDay(60_000)).toBe(0)
    expect(await spend()).toEqual(['0.321', 'mixed'])
    expect(await spend(slotMs + 1)).toEqual(['0.321', 'mixed'])
    expect(await spend(slotMs)).toEqual(['0.021', 'rollup'])
    expect(await spend(slotMs - 1)).toEqual(['0.001', 'attempts'])

    await write(slotMs + 1, 4_000)
    expect(await reconcileDay(60_000)).toBe(0)
    expect(await spend()).toEqual(['4.321', 'mixed'])

    await write(slotMs - 1_800_000, 50_000)
    expect(await spend()).toEqual(['54.321', 'attempts'])
    expect(await reconcileDay(60_000)).toBe(1)
    expect(await spend()).toEqual(['54.321', 'mixed'])

    expect(await reconcileDay(0)).toBe(1)
    expect(await spend()).toEqual(['54.321', 'rollup'])
  })
})

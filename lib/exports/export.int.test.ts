import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows, runCommand } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { answerExport } from '@/lib/exports/answer-export'
import { ATTEMPT_COLUMNS } from '@/lib/exports/export-attempts'
import { parseExport } from '@/lib/exports/parse-export'
import { mintLedger, OCTOBER } from '@/lib/metrics/ledger-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, trimDecimal } from '@/lib/money'

const NOW = new Date('2026-11-15T12:00:00Z')
const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-10-03T00:00:00Z' }
const never = new AbortController().signal

let scope: Scope

beforeAll(async () => {
  scope = (await mintLedger(OCTOBER)).scope
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

const table = z.array(z.array(z.string()))

async function csvOf(body: Record<string, unknown>, of: Scope = scope): Promise<string[][]> {
  const response = await answerExport(parseExport({ ...RANGE, ...body }), of, NOW, never)
  return table.parse(parse(await response.text(), { record_delimiter: '\r\n' }))
}

async function recordsOf(body: Record<string, unknown>, of: Scope = scope): Promise<Record<string, string>[]> {
  const [header = [], ...rows] = await csvOf(body, of)
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])))
}

describe('rows', () => {
  test('have the digits of the API; what has no price is empty and said beside', async () => {
    // The medians are 250 and 400 ms, each within ±2.5 %.
    expect(
      await csvOf({ measures: ['spend', 'requests', 'retryRatio', 'latencyP50'], dimensions: ['provider'] }),
    ).toEqual([
      ['provider', 'spend', 'requests', 'retryRatio', 'latencyP50', 'unpricedTokens'],
      ['alpha', '4.41', '3', '0.2', '246.612341', '0'],
      ['beta', '2.4', '2', '0', '394.175054', '0'],
      ['gamma', '', '1', '0', '', '55'],
    ])
  })

  test('agree with the screen in every cell, streamed or not', async () => {
    const questions = [
      { measures: ['spend', 'requests', 'users', 'topNShare'], dimensions: ['endpoint'] },
      { measures: ['spend', 'requests'], dimensions: ['endpoint'], limit: 1, other: true },
      { measures: ['requests', 'costPerRequest'], dimensions: ['time', 'provider'], granularity: 'day' },
      { measures: ['attempts'], dimensions: ['time'], granularity: 'hour' },
      { measures: ['spend', 'topNShare'], dimensions: ['endpoint', 'user'], compare: 'previous' },
      { measures: ['requests', 'latencyP95'], dimensions: ['status'], compare: 'previous' },
      { measures: ['spend'], dimensions: ['time', 'user'], granularity: 'day', compare: 'previous' },
      {
        measures: ['attempts'],
        dimensions: ['time', 'user'],
        granularity: 'day',
        compare: 'previous',
        orderBy: [{ key: 'attempts' }, { key: 'time' }],
      },
      { measures: ['attempts'], dimensions: ['apiKey', 'workspace', 'tag.team'] },
    ]
    for (const question of questions) {
      const result = await runQuery(parseQuery({ ...RANGE, ...question }), scope, NOW)
      const records = await recordsOf(question)
      const expected = result.rows.map((row) => {
        const { previous, $other, ...cells } = row
        const labels = $other ? { [question.dimensions[0] ?? '']: 'Other' } : {}
        const before = typeof previous === 'object' && previous !== null ? previous : {}
        return Object.fromEntries(
          Object.entries({
            ...cells,
            ...labels,
            ...Object.fromEntries(Object.entries(before).map(([name, value]) => [`${name}.previous`, value])),
          }).map(([name, value]) => [name, value === null ? '' : String(value)]),
        )
      })
      expect(records).toHaveLength(expected.length)
      for (const [index, record] of records.entries()) expect(record).toMatchObject(expected[index] ?? {})
    }
  })

  test('with totals as the last row', async () => {
    expect(
      await csvOf({ measures: ['requests'], dimensions: ['time', 'provider'], granularity: 'day', totals: true }),
    ).toEqual([
      ['time', 'provider', 'requests'],
      ['2026-10-01T00:00:00Z', 'alpha', '3'],
      ['2026-10-02T00:00:00Z', 'beta', '2'],
      ['2026-10-02T00:00:00Z', 'gamma', '1'],
      ['Total', '', '5'],
    ])
    expect(await csvOf({ measures: ['requests'], totals: true })).toEqual([['requests'], ['5']])
  })

  test('a longer window to compare with adds to the totals, not to the rows', async () => {
    const question = { measures: ['attempts'], dimensions: ['time', 'provider'], granularity: 'day' }
    const compare = { from: '2026-09-28T00:00:00Z', to: '2026-10-02T00:00:00Z' }
    for (const limit of [undefined, 5]) {
      const asked = { ...question, compare, limit }
      const { rows, totals } = await runQuery(parseQuery({ ...RANGE, ...asked }), scope, NOW)
      expect(totals).toEqual({ attempts: '8', previous: { attempts: '7' } })
      expect(rows.every(({ time }) => typeof time === 'string')).toBe(true)
      const records = await recordsOf({ ...asked, totals: true })
      expect(records.at(-1)).toMatchObject({ time: 'Total', attempts: '8', 'attempts.previous': '7' })
      expect(records.slice(0, -1).map(({ time }) => time)).toEqual(rows.map(({ time }) => time))
    }
  })

  test('rows, rest and total are of one version while events arrive', async () => {
    const { workspace, scope: busy } = await mintLedger([])
    const arriving = { isOver: false }
    const insert = async () => {
      for (let batch = 0; !arriving.isOver; batch += 1) {
        await runCommand(
          `INSERT INTO attempts (workspace_id, ts, attempt_key, request_key, data_mode, environment, endpoint, user_id, seq,
             flags, request_attempts, reported_cost, version)
           SELECT {workspace:UInt32}, toDateTime64('2026-10-01 00:00:00', 3, 'UTC') + number, key, key, 'real', 'prod',
             'e' || toString(number % 7), 'u' || toString(number % 31), 1, 1, 1, toDecimal128(0.001, 18), 1
           FROM (SELECT number, {batch:UInt32} * 200 + number AS key FROM numbers(200))`,
          { params: { workspace: workspace.id, batch } },
        )
      }
    }
    const inserting = insert()
    const seen = new Set<string>()
    try {
      for (let round = 0; round < 2; round += 1) {
        for (const question of [
          { dimensions: ['user'] },
          { dimensions: ['time', 'endpoint'], granularity: 'hour' },
          { dimensions: ['user'], compare: { from: '2026-09-01T00:00:00Z', to: '2026-10-02T00:00:00Z' } },
          { dimensions: ['endpoint'], limit: 2, other: true },
          { dimensions: ['time', 'user'], granularity: 'day', limit: 3, other: true, compare: 'previous' },
        ]) {
          const measures = ['attempts', 'requests', 'spend']
          const records = await recordsOf({ measures, ...question, totals: true }, busy)
          const total = records.at(-1)
          for (const name of [...measures, ...(question.compare ? ['attempts.previous'] : [])]) {
            const sum = addDecimals(records.slice(0, -1).map((record) => record[name] || null))
            expect([name, sum]).toEqual([name, total?.[name]])
          }
          seen.add(total?.attempts ?? '')
        }
      }
    } finally {
      arriving.isOver = true
      await inserting
    }
    expect(seen.size).toBeGreaterThan(2)
  })

  test('more than an answer may hold', async () => {
    const users = 120_000
    const { workspace, scope: crowd } = await mintLedger([])
    await runCommand(
      `INSERT INTO attempts (workspace_id, ts, attempt_key, request_key, data_mode, environment, user_id, seq, flags,
         request_attempts, reported_cost, input_uncached, version)
       SELECT {workspace:UInt32}, toDateTime64('2026-10-01 00:00:00', 3, 'UTC') + number / 2, number, number, 'real', 'prod',
         'user-' || toString(number), 1, 1, 1, toDecimal128(0.000001, 18), 1, 1
       FROM numbers({users:UInt32})`,
      { params: { workspace: workspace.id, users } },
    )
    const records = await recordsOf({ measures: ['spend', 'requests'], dimensions: ['user'] }, crowd)
    expect(records).toHaveLength(users)
    expect(new Set(records.map((record) => record.user)).size).toBe(users)
    expect(addDecimals(records.map((record) => record.spend ?? null))).toBe('0.12')
    const compared = await recordsOf(
      {
        measures: ['requests'],
        dimensions: ['user'],
        compare: { from: '2026-09-01T00:00:00Z', to: '2026-10-01T12:00:00Z' },
      },
      crowd,
    )
    expect(compared).toHaveLength(users)
    expect(compared.filter((record) => record['requests.previous'] === '1')).toHaveLength(86_400)
  })
})

describe('attempts', () => {
  test('every attempt in scope, in order, and the sum is the spend of the screen', async () => {
    const [header, ...rows] = await csvOf({ grain: 'attempts' })
    expect(header).toEqual(ATTEMPT_COLUMNS)
    expect(rows).toHaveLength(8)
    const records = await recordsOf({ grain: 'attempts' })
    expect(records.map((record) => record.externalRequestId)).toEqual(['r5', 'r1', 'r2', 'r2', 'r3', 'r3', 'r4', 'r6'])
    const costs = records.map((record) => record.costUsd || null)
    const { totals } = await runQuery(parseQuery({ ...RANGE, measures: ['spend'] }), scope, NOW)
    expect(trimDecimal(addDecimals(costs))).toBe(totals.spend)
    expect(totals.spend).toBe('6.81')
  })

  test('what each attempt says', async () => {
    const records = await recordsOf({ grain: 'attempts', timeZone: 'Europe/Berlin' })
    expect(records[1]).toEqual({
      timestamp: '2026-10-01T12:00:00.000+02:00',
      externalRequestId: 'r1',
      attemptId: '',
      attempt: '',
      seq: '1',
      requestAttempts: '1',
      provider: 'alpha',
      model: 'a1',
      rawProvider: 'alpha',
      rawModel: 'a1',
      endpoint: '/chat',
      promptVersion: 'v1',
      user: 'u1',
      environment: 'prod',
      dataMode: 'real',
      status: 'success',
      errorCode: '',
      serviceTier: 'standard',
      region: '',
      apiKey: 'ci',
      uncachedInputTokens: '800',
      cacheReadTokens: '100',
      cacheWrite5mTokens: '40',
      cacheWrite1hTokens: '20',
      outputTextTokens: '60',
      reasoningTokens: '30',
      audioInputTokens: '40',
      audioOutputTokens: '10',
      unsplitTokens: '0',
      toolRequests: '2',
      latencyMs: '100',
      timeToFirstTokenMs: '10',
      costBasis: 'priced',
      costUsd: '3.87',
      reportedCostUsd: '',
      pricedCostUsd: '3.87',
      priceId: 'alpha:a1:standard:base:always',
      unpricedReason: '',
      isRetry: 'false',
      isFallback: 'false',
      wasteKind: 'none',
      requestOutcome: 'success',
      tags: '{"team":"red"}',
      receivedAt: '2026-11-01T01:00:00.000+01:00',
      revision: '1',
    })
    expect(records[2]).toMatchObject({ seq: '1', requestAttempts: '2', wasteKind: 'retry', errorCode: '429' })
    expect(records[3]).toMatchObject({ seq: '2', isRetry: 'true', costUsd: '0.2' })
    expect(records[6]).toMatchObject({ costBasis: 'unpriced', costUsd: '', unpricedReason: 'unknown_model' })
    expect(records[7]).toMatchObject({ costBasis: 'reported', costUsd: '1.5', pricedCostUsd: '0.6', endpoint: '' })
  })

  test('by the workspace’s preference, filters and scope', async () => {
    const [workspace] = scope.workspaces
    const bookFirst: Scope = { workspaces: [{ ...workspace, costPreference: 'book' }] }
    const [, , , , , , , r6] = await recordsOf({ grain: 'attempts' }, bookFirst)
    expect(r6).toMatchObject({ costBasis: 'priced', costUsd: '0.6', reportedCostUsd: '1.5' })
    const filtered = await recordsOf({ grain: 'attempts', filters: [{ dimension: 'provider', values: ['beta'] }] })
    expect(filtered.map((record) => record.externalRequestId)).toEqual(['r3', 'r6'])
    const everywhere = ['environment', 'dataMode'].map((dimension) => ({ dimension, values: ['*'] }))
    expect(await recordsOf({ grain: 'attempts', filters: everywhere })).toHaveLength(9)
  })

  test('hostile names are inert and keep their rows', async () => {
    const names = ['=HYPERLINK("http://evil.example")', '@SUM(1)', '\tx', '"quoted", and\r\nbroken', '-1', '日本語']
    const stored = await mintLedger(
      names.map((endpointTag, index) => ({
        externalRequestId: `n${index}`,
        provider: 'alpha',
        model: 'a1',
        endpointTag,
        tags: { team: endpointTag },
        inputTokens: 1,
        outputTokens: 0,
        status: 'success',
        timestamp: `2026-10-01T10:00:0${index}Z`,
      })),
    )
    const guarded = [
      '\'=HYPERLINK("http://evil.example")',
      "'@SUM(1)",
      "'\tx",
      '"quoted", and\r\nbroken',
      "'-1",
      '日本語',
    ]
    const rows = await recordsOf({ measures: ['spend'], dimensions: ['endpoint'] }, stored.scope)
    expect(new Set(rows.map((row) => row.endpoint))).toEqual(new Set(guarded))
    expect(rows.map((row) => row.spend)).toEqual(names.map(() => '0.001'))
    const attempts = await recordsOf({ grain: 'attempts' }, stored.scope)
    expect(attempts.map((row) => row.endpoint)).toEqual(guarded)
  })
})

describe('the stream', () => {
  const processRow = z.object({ running: z.string() })
  const running = async (marker: string): Promise<number> => {
    const rows = await queryRows(
      processRow,
      'SELECT count() AS running FROM system.processes WHERE query LIKE {marker:String} AND query NOT LIKE {own:String}',
      { role: 'write', params: { marker: `%${marker}%`, own: '%system.processes%' } },
    )
    return Number(rows[0]?.running ?? 0)
  }

  async function manyAttempts(): Promise<Scope> {
    const { workspace, scope: many } = await mintLedger([])
    await runCommand(
      `INSERT INTO attempts (workspace_id, ts, attempt_key, request_key, data_mode, environment, user_id, seq,
         request_attempts, reported_cost, version)
       SELECT {workspace:UInt32}, toDateTime64('2026-10-01 00:00:00', 3, 'UTC') + number / 10, number, number, 'real', 'prod',
         'user-' || toString(number), 1, 1, toDecimal128(0.000001, 18), 1 FROM numbers(300000)`,
      { params: { workspace: workspace.id } },
    )
    return many
  }

  test('ends the store’s query when the reader leaves', async () => {
    const many = await manyAttempts()
    const response = await answerExport(parseExport({ ...RANGE, grain: 'attempts' }), many, NOW, never)
    const reader = response.body?.getReader()
    if (!reader) throw new Error('no body')
    await reader.read()
    await reader.cancel()
    const id = String(many.workspaces[0].id)
    await expect.poll(() => running(`[${id}]`), { timeout: 10_000 }).toBe(0)
  })

  test('breaks when the request is aborted, and never ends as if it were whole', async () => {
    const many = await manyAttempts()
    const request = new AbortController()
    const response = await answerExport(parseExport({ ...RANGE, grain: 'attempts' }), many, NOW, request.signal)
    const reader = response.body?.getReader()
    if (!reader) throw new Error('no body')
    await reader.read()
    request.abort()
    const readAll = async () => {
      for (;;) if ((await reader.read()).done) return
    }
    await expect(readAll()).rejects.toThrow()
  })

  test('is a download that no cache keeps', async () => {
    const response = await answerExport(parseExport({ ...RANGE, measures: ['spend'], bom: true }), scope, NOW, never)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="farthing-w\d+-totals-2026-10-01-2026-10-03\.csv"$/,
    )
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect([...new Uint8Array(await response.arrayBuffer()).slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  })
})

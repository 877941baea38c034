import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres, withPostgres } from '@/db/postgres/client'
import { storePriceBook } from '@/db/postgres/queries/price-books'
import { FIXTURE_PRICES, mintLedger, OCTOBER } from '@/lib/metrics/ledger-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { loadListPriceBook, type PriceBook } from '@/lib/pricing/price-book'
import { listRequests, type RequestsQuestion } from '@/lib/requests/list-requests'
import { type ListedRequest, requestListSchema } from '@/lib/requests/request-list'

const NOW = new Date('2026-11-15T12:00:00Z')
const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-10-03T00:00:00Z' }

let scope: Scope

const bringIntoForce = (book: PriceBook) =>
  withPostgres((db) => db.transaction((tx) => storePriceBook(tx, book.version, book.rows, NOW)))

beforeAll(async () => {
  await bringIntoForce(FIXTURE_PRICES)
  scope = (await mintLedger(OCTOBER)).scope
})

afterAll(async () => {
  await bringIntoForce(loadListPriceBook())
  await Promise.all([closeClickHouse(), closePostgres()])
})

async function list(
  question: Record<string, unknown> = {},
  options: Partial<Omit<RequestsQuestion, 'query'>> = {},
): Promise<{ requests: ListedRequest[]; nextCursor: string | null }> {
  const query = parseQuery({ measures: ['requests'], ...RANGE, ...question })
  const defaults = { scope, sort: 'newest' as const, limit: 50, cursor: null, externalRequestId: null }
  return requestListSchema.parse(await listRequests({ ...defaults, ...options, query }, NOW))
}

const ids = (answer: { requests: ListedRequest[] }) => answer.requests.map((request) => request.externalRequestId)

describe('which requests', () => {
  test('those first tried in the range, the newest first, as the measure counts them', async () => {
    const answer = await list()
    expect(ids(answer)).toEqual(['r6', 'r4', 'r3', 'r2', 'r1'])
    expect(answer.nextCursor).toBeNull()
    const { totals } = await runQuery(parseQuery({ measures: ['requests'], ...RANGE }), scope, NOW)
    expect(totals.requests).toBe(String(answer.requests.length))
  })

  test.each([
    [{ dimension: 'provider', values: ['beta'] }],
    [{ dimension: 'model', values: ['a2'] }],
    [{ dimension: 'status', values: ['success'] }],
    [{ dimension: 'user', values: ['u3'] }],
    [{ dimension: 'endpoint', operator: 'notIn', values: ['/chat'] }],
    [{ dimension: 'tag.team', values: ['red'] }],
    [{ dimension: 'workspace', values: ['another'] }],
  ])('filter %j: as many as the measure says', async (filter) => {
    const question = { filters: [filter] }
    const { totals } = await runQuery(parseQuery({ measures: ['requests'], ...RANGE, ...question }), scope, NOW)
    for (const sort of ['newest', 'cost', 'latency'] as const) {
      expect(String((await list(question, { sort })).requests.length)).toBe(totals.requests)
    }
  })

  test('a request over the end of the range comes with all its attempts', async () => {
    const { requests } = await list({ to: '2026-10-02T00:00:00Z' })
    expect(requests.map((request) => request.externalRequestId)).toEqual(['r3', 'r2', 'r1'])
    expect(requests[0]?.attempts.map((attempt) => attempt.at)).toEqual([
      '2026-10-01T23:59:00.000Z',
      '2026-10-02T00:01:00.000Z',
    ])
    expect(requests[0]?.costUsd).toBe('1.1')
  })

  test('by cost and by latency', async () => {
    expect(ids(await list({}, { sort: 'cost' }))).toEqual(['r1', 'r6', 'r3', 'r2', 'r4'])
    expect(ids(await list({}, { sort: 'latency' })).slice(0, 3)).toEqual(['r3', 'r2', 'r1'])
  })

  test.each(['newest', 'cost', 'latency'] as const)('page by page, %s', async (sort) => {
    const whole = ids(await list({}, { sort }))
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const page: { requests: ListedRequest[]; nextCursor: string | null } = await list({}, { sort, cursor, limit: 2 })
      expect(page.requests.length).toBeLessThanOrEqual(2)
      paged.push(...ids(page))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(paged).toEqual(whole)
  })

  test('pages of requests at one instant lose none', async () => {
    const stored = await mintLedger(
      Array.from({ length: 25 }, (_, index) => ({
        externalRequestId: `s${index}`,
        provider: 'alpha',
        model: 'a1',
        inputTokens: 1,
        outputTokens: 0,
        timestamp: '2026-10-01T10:00:00Z',
      })),
    )
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: { requests: ListedRequest[]; nextCursor: string | null } = await list(
        {},
        { scope: stored.scope, cursor, limit: 10 },
      )
      seen.push(...ids(page))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toHaveLength(25)
    expect(new Set(seen).size).toBe(25)
  })

  test.each([
    'x',
    'e30',
    Buffer.from('["cost","1","1"]').toString('base64url'),
    Buffer.from('["newest","1) OR 1=1","1"]').toString('base64url'),
  ])('a cursor that is none: %s', async (cursor) => {
    await expect(list({}, { cursor })).rejects.toMatchObject({ code: 'invalid_query', status: 400 })
  })

  test('by id, whenever it was, within the scope', async () => {
    expect(ids(await list({}, { externalRequestId: 'r8' }))).toEqual(['r8'])
    expect(ids(await list({}, { externalRequestId: 'r5' }))).toEqual(['r5'])
    expect(ids(await list({}, { externalRequestId: 'r7' }))).toEqual([])
    const everywhere = ['environment', 'dataMode'].map((dimension) => ({ dimension, values: ['*'] }))
    expect(ids(await list({ filters: everywhere }, { externalRequestId: 'r7' }))).toEqual(['r7'])
    expect(ids(await list({}, { externalRequestId: `r1' OR 1=1 --` }))).toEqual([])
    const other = await mintLedger([])
    expect(ids(await list({}, { externalRequestId: 'r1', scope: other.scope }))).toEqual([])
  })
})

describe('what is said of a request', () => {
  const find = async (id: string): Promise<ListedRequest> => {
    const [request] = (await list({}, { externalRequestId: id })).requests
    if (!request) throw new Error(`no ${id}`)
    return request
  }

  test('who asked for what', async () => {
    expect(await find('r1')).toMatchObject({
      at: '2026-10-01T10:00:00.000Z',
      environment: 'prod',
      dataMode: 'real',
      endpoint: '/chat',
      promptVersion: 'v1',
      user: 'u1',
      apiKey: 'ci',
      tags: { team: 'red' },
      outcome: 'success',
      costUsd: '3.87',
      unpricedAttempts: 0,
      latencyMs: 100,
    })
  })

  test('every class: count × unit price = cost, and their sum is the attempt’s', async () => {
    const [attempt] = (await find('r1')).attempts
    expect(attempt).toMatchObject({
      costBasis: 'priced',
      costUsd: '3.87',
      tokens: { inputUncached: 800, output: 60, audioOutput: 10 },
    })
    expect(attempt?.price).toEqual({
      kind: 'priced',
      priceId: 'alpha:a1:standard:base:always',
      effectiveFrom: null,
      effectiveTo: null,
      source: 'test',
      lines: [
        { priceClass: 'inputUncached', pricedAs: 'inputUncached', count: 800, unitPriceUsd: '0.001', costUsd: '0.8' },
        { priceClass: 'cacheRead', pricedAs: 'cacheRead', count: 100, unitPriceUsd: '0.0001', costUsd: '0.01' },
        { priceClass: 'cacheWrite5m', pricedAs: 'cacheWrite5m', count: 40, unitPriceUsd: '0.002', costUsd: '0.08' },
        { priceClass: 'cacheWrite1h', pricedAs: 'cacheWrite1h', count: 20, unitPriceUsd: '0.004', costUsd: '0.08' },
        { priceClass: 'output', pricedAs: 'output', count: 60, unitPriceUsd: '0.01', costUsd: '0.6' },
        { priceClass: 'reasoning', pricedAs: 'reasoning', count: 30, unitPriceUsd: '0.02', costUsd: '0.6' },
        { priceClass: 'audioInput', pricedAs: 'audioInput', count: 40, unitPriceUsd: '0.005', costUsd: '0.2' },
        { priceClass: 'audioOutput', pricedAs: 'audioOutput', count: 10, unitPriceUsd: '0.05', costUsd: '0.5' },
        { priceClass: 'toolRequests', pricedAs: 'toolRequests', count: 2, unitPriceUsd: '0.5', costUsd: '1' },
      ],
    })
  })

  test('retries, fallbacks and waste in order', async () => {
    const attemptsOf = async (id: string) =>
      (await find(id)).attempts.map(({ seq, isRetry, isFallback, wasteKind }) => ({
        seq,
        isRetry,
        isFallback,
        wasteKind,
      }))
    expect(await attemptsOf('r2')).toEqual([
      { seq: 1, isRetry: false, isFallback: false, wasteKind: 'retry' },
      { seq: 2, isRetry: true, isFallback: false, wasteKind: 'none' },
    ])
    expect(await attemptsOf('r3')).toEqual([
      { seq: 1, isRetry: false, isFallback: false, wasteKind: 'fallback' },
      { seq: 2, isRetry: false, isFallback: true, wasteKind: 'none' },
    ])
  })

  test('unpriced: why, and no cost', async () => {
    const request = await find('r4')
    expect(request).toMatchObject({ costUsd: null, unpricedAttempts: 1, outcome: 'failed', latencyMs: null })
    expect(request.attempts[0]?.price).toEqual({
      kind: 'unpriced',
      priceId: null,
      code: 'unknown_model',
      reason: 'The price book has no model gamma/x.',
    })
  })

  test('reported: it wins, and the book’s price is still explained', async () => {
    const [attempt] = (await find('r6')).attempts
    expect(attempt).toMatchObject({
      costBasis: 'reported',
      costUsd: '1.5',
      reportedCostUsd: '1.5',
      pricedCostUsd: '0.6',
    })
    expect(attempt?.price.kind).toBe('priced')
  })
})

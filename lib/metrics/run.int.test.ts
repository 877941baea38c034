import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { AppError } from '@/lib/errors'
import { QUANTILE_TOLERANCE } from '@/lib/metrics/histogram'
import { mintLedger, OCTOBER } from '@/lib/metrics/ledger-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { FIXED_DIMENSION_NAMES, MEASURE_NAMES, type MeasureName } from '@/lib/metrics/registry'
import type { QueryResult, ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'

const NOW = new Date('2026-11-15T12:00:00Z')
const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-10-03T00:00:00Z' }

let scope: Scope
let slug = ''

beforeAll(async () => {
  const ledger = await mintLedger(OCTOBER)
  scope = ledger.scope
  slug = ledger.workspace.slug
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

async function ask(question: Record<string, unknown>, of: Scope = scope): Promise<QueryResult> {
  return runQuery(parseQuery({ ...RANGE, ...question }), of, NOW)
}

/** Rows by the value of a dimension. */
function byName(rows: readonly ResultRow[], dimension: string): Record<string, ResultRow> {
  return Object.fromEntries(
    rows.map((row) => {
      const { [dimension]: name, ...rest } = row
      return [String(name), rest]
    }),
  )
}

/** Quantiles are within ±2.5 %. */
const about = (ms: number): unknown => expect.closeTo(ms, -Math.log10(2 * QUANTILE_TOLERANCE * ms))

const TOTALS: Record<MeasureName, unknown> = {
  spend: '6.81',
  requests: '5',
  attempts: '8',
  costPerRequest: '1.362',
  costPerSuccess: '1.7025',
  costPerMillionTokens: '3591.772151898734177215',
  inputTokens: '1760',
  inputTokensPerRequest: '352',
  uncachedInputTokens: '1560',
  cacheReadTokens: '100',
  cacheWriteTokens: '60',
  cacheWrite1hTokens: '20',
  outputTokens: '136',
  outputTokensPerRequest: '27.2',
  reasoningTokens: '30',
  audioInputTokens: '40',
  audioOutputTokens: '10',
  totalTokens: '1896',
  toolRequests: '2',
  retries: '1',
  retryRatio: '0.125',
  fallbackRequests: '1',
  fallbackRatio: '0.2',
  amplification: '1.6',
  failedRequests: '1',
  successfulRequests: '4',
  errorRatio: '0.2',
  attemptErrorRatio: '0.375',
  waste: '0.3',
  wasteRetry: '0.1',
  wasteFallback: '0.2',
  wasteFailedRequest: null,
  latencyP50: about(300),
  latencyP95: about(880),
  latencyP99: about(976),
  timeToFirstTokenP95: about(10),
  busyTime: '2000',
  untimedAttempts: '3',
  unknownModelRatio: '0.125',
  pricingCoverage: '0.875',
  unpricedTokens: '55',
  unpricedInputTokens: '50',
  unpricedOutputTokens: '5',
  unknownUsageAttempts: '0',
  inputTokensP95: '1000',
  outputTokensP95: '100',
  topNShare: '1',
  users: '3',
}

describe('every measure', () => {
  test('of the registry has a number computed by hand', () => {
    expect(Object.keys(TOTALS).sort()).toEqual([...MEASURE_NAMES].sort())
  })

  test.each(MEASURE_NAMES)('%s', async (name) => {
    const { totals, rows } = await ask({ measures: [name] })
    expect(totals).toEqual({ [name]: TOTALS[name] })
    expect(rows).toEqual([{ [name]: TOTALS[name] }])
  })

  test('all at once, with what has no price said beside', async () => {
    const { totals, meta } = await ask({ measures: MEASURE_NAMES })
    expect(totals).toEqual(TOTALS)
    expect(meta).toMatchObject({ unpricedTokens: '55', unpricedAttempts: '1', currency: 'USD', timeZone: 'UTC' })
    expect(meta.freshness).toBe('2026-11-01T00:00:00.000Z')
  })

  test('of nothing: additive ones are 0, the others have nothing to say', async () => {
    const { totals } = await ask({
      measures: MEASURE_NAMES,
      filters: [{ dimension: 'endpoint', values: ['/nowhere'] }],
    })
    expect(totals).toMatchObject({
      spend: '0',
      requests: '0',
      attempts: '0',
      users: '0',
      unpricedTokens: '0',
      waste: '0',
    })
    expect(totals).toMatchObject({ costPerRequest: null, retryRatio: null, latencyP95: null, topNShare: null })
  })
})

/** attempts, requests and spend by each dimension. */
const BY_DIMENSION: Record<string, Record<string, [attempts: string, requests: string, spend: string | null]>> = {
  provider: { alpha: ['5', '3', '4.41'], beta: ['2', '2', '2.4'], gamma: ['1', '1', null] },
  model: { a1: ['4', '3', '4.37'], a2: ['1', '1', '0.04'], b1: ['2', '2', '2.4'], x: ['1', '1', null] },
  rawProvider: { alpha: ['5', '3', '4.41'], beta: ['2', '2', '2.4'], gamma: ['1', '1', null] },
  rawModel: { a1: ['4', '3', '4.37'], a2: ['1', '1', '0.04'], b1: ['2', '2', '2.4'], x: ['1', '1', null] },
  endpoint: { '/chat': ['4', '2', '4.21'], '/search': ['3', '2', '1.1'], null: ['1', '1', '1.5'] },
  promptVersion: { v1: ['4', '2', '5.01'], v2: ['2', '1', '0.3'], null: ['2', '2', '1.5'] },
  user: { u1: ['3', '2', '4.97'], u2: ['3', '2', '1.8'], u3: ['1', '0', '0.04'], null: ['1', '1', null] },
  environment: { prod: ['8', '5', '6.81'] },
  dataMode: { real: ['8', '5', '6.81'] },
  status: {
    success: ['5', '5', '6.51'],
    rate_limited: ['1', '1', '0.1'],
    timeout: ['1', '1', '0.2'],
    error: ['1', '1', null],
  },
  errorCode: { '429': ['1', '1', '0.1'], null: ['7', '5', '6.71'] },
  serviceTier: { standard: ['8', '5', '6.81'] },
  region: { eu: ['1', '1', '1.5'], null: ['7', '4', '5.31'] },
  apiKey: { ci: ['8', '5', '6.81'] },
  'tag.team': { red: ['1', '1', '3.87'], null: ['7', '4', '2.94'] },
}

describe('every dimension', () => {
  test.each(Object.keys(BY_DIMENSION))('%s', async (dimension) => {
    const { rows, totals } = await ask({ measures: ['attempts', 'requests', 'spend'], dimensions: [dimension] })
    const expected = Object.entries(BY_DIMENSION[dimension] ?? {}).map(([name, [attempts, requests, spend]]) => [
      name,
      { attempts, requests, spend },
    ])
    // u3 and a2: a request counts where its first attempt there lies, and r5 was tried on a2 in October first.
    expect(byName(rows, dimension)).toEqual(Object.fromEntries(expected))
    expect(totals).toEqual({ attempts: '8', requests: '5', spend: '6.81' })
  })

  test('workspace, and the list is whole', async () => {
    const { rows } = await ask({ measures: ['attempts'], dimensions: ['workspace'] })
    expect(rows).toEqual([{ workspace: slug, attempts: '8' }])
    expect(
      Object.keys(BY_DIMENSION)
        .filter((name) => !name.startsWith('tag.'))
        .sort(),
    ).toEqual(FIXED_DIMENSION_NAMES.filter((name) => name !== 'workspace').sort())
  })

  test('time: a request lies in the bucket of its first attempt', async () => {
    const question = { measures: ['attempts', 'requests', 'spend'], dimensions: ['time'], granularity: 'day' }
    expect((await ask(question)).rows).toEqual([
      { time: '2026-10-01T00:00:00Z', attempts: '5', requests: '3', spend: '4.41' },
      { time: '2026-10-02T00:00:00Z', attempts: '3', requests: '2', spend: '2.4' },
    ])
    const inKathmandu = await ask({ ...question, timeZone: 'Asia/Kathmandu', to: '2026-10-02T18:15:00Z' })
    expect(inKathmandu.rows).toEqual([
      { time: '2026-10-01T00:00:00+05:45', attempts: '4', requests: '2', spend: '4.21' },
      { time: '2026-10-02T00:00:00+05:45', attempts: '4', requests: '3', spend: '2.6' },
    ])
  })

  test('time: empty buckets are there', async () => {
    const { rows } = await ask({
      measures: ['spend', 'latencyP95'],
      dimensions: ['time'],
      granularity: 'day',
      to: '2026-10-05T00:00:00Z',
    })
    expect(rows.slice(2)).toEqual([
      { time: '2026-10-03T00:00:00Z', spend: '0', latencyP95: null },
      { time: '2026-10-04T00:00:00Z', spend: '0', latencyP95: null },
    ])
  })
})

describe('requests under attempt-level dimensions', () => {
  const measures = ['requests', 'failedRequests', 'successfulRequests', 'fallbackRequests', 'retries']

  test('providers: where it was tried, left and ended', async () => {
    const { rows, totals, meta } = await ask({ measures, dimensions: ['provider'] })
    const row = (requests: string, failed: string, success: string, fallback: string, retries: string) => ({
      requests,
      failedRequests: failed,
      successfulRequests: success,
      fallbackRequests: fallback,
      retries,
    })
    expect(byName(rows, 'provider')).toEqual({
      alpha: row('3', '0', '2', '1', '1'),
      beta: row('2', '0', '2', '0', '0'),
      gamma: row('1', '1', '0', '0', '0'),
    })
    expect(totals).toEqual(row('5', '1', '4', '1', '1'))
    expect(meta).toMatchObject({ rowsOverlap: true, source: 'attempts' })
  })

  test('providers by day: in the bucket of the first attempt there', async () => {
    const { rows } = await ask({ measures: ['requests'], dimensions: ['time', 'provider'], granularity: 'day' })
    expect(rows).toEqual([
      { time: '2026-10-01T00:00:00Z', provider: 'alpha', requests: '3' },
      { time: '2026-10-02T00:00:00Z', provider: 'beta', requests: '2' },
      { time: '2026-10-02T00:00:00Z', provider: 'gamma', requests: '1' },
    ])
  })

  test('a filter on one model', async () => {
    const of = (values: string[]) => ask({ measures, filters: [{ dimension: 'model', values }] })
    expect((await of(['a1'])).totals).toMatchObject({ requests: '3', successfulRequests: '2', fallbackRequests: '1' })
    expect((await of(['a2'])).totals).toMatchObject({ requests: '1', successfulRequests: '1', fallbackRequests: '0' })
    const two = await of(['a1', 'b1'])
    expect(two.totals).toMatchObject({ requests: '4', successfulRequests: '4', failedRequests: '0' })
    expect(two.meta.source).toBe('raw')
  })

  test('statuses: counted distinctly, failing where the last attempt did', async () => {
    const { rows, totals, meta } = await ask({ measures: ['requests', 'failedRequests'], dimensions: ['status'] })
    expect(byName(rows, 'status')).toEqual({
      success: { requests: '5', failedRequests: '0' },
      rate_limited: { requests: '1', failedRequests: '0' },
      timeout: { requests: '1', failedRequests: '0' },
      error: { requests: '1', failedRequests: '1' },
    })
    expect(totals).toEqual({ requests: '5', failedRequests: '1' })
    expect(meta).toMatchObject({ source: 'raw', rowsOverlap: true })
  })

  test('a request first tried before the range brings its spend, not a request', async () => {
    const { totals } = await ask({
      measures: ['spend', 'attempts', 'requests', 'costPerRequest'],
      filters: [{ dimension: 'user', values: ['u3'] }],
    })
    expect(totals).toEqual({ spend: '0.04', attempts: '1', requests: '0', costPerRequest: null })
  })
})

describe('requests whose attempts differ in their context', () => {
  test('count once in each row that they touch, once in total, and fail where the last attempt did', async () => {
    const attempt = { externalRequestId: 'm1', provider: 'alpha', model: 'a1', inputTokens: 100, outputTokens: 0 }
    const mixed = await mintLedger([
      { ...attempt, endpointTag: '/first', status: 'error', timestamp: '2026-10-01T10:00:00Z' },
      { ...attempt, endpointTag: '/second', status: 'timeout', timestamp: '2026-10-02T10:00:00Z' },
      {
        ...attempt,
        externalRequestId: 'm2',
        endpointTag: '/first',
        status: 'success',
        timestamp: '2026-10-01T10:00:00Z',
      },
    ])
    const measures = ['attempts', 'requests', 'failedRequests']
    const { rows, totals } = await ask({ measures, dimensions: ['endpoint'] }, mixed.scope)
    expect(byName(rows, 'endpoint')).toEqual({
      '/first': { attempts: '2', requests: '2', failedRequests: '0' },
      '/second': { attempts: '1', requests: '1', failedRequests: '1' },
    })
    expect(totals).toEqual({ attempts: '3', requests: '2', failedRequests: '1' })
    const byDay = await ask({ measures, dimensions: ['time', 'endpoint'], granularity: 'day' }, mixed.scope)
    expect(byDay.rows.map((row) => [row.time, row.endpoint, row.requests])).toEqual([
      ['2026-10-01T00:00:00Z', '/first', '2'],
      ['2026-10-02T00:00:00Z', '/second', '1'],
    ])
    const second = await ask({ measures, from: '2026-10-02T00:00:00Z' }, mixed.scope)
    expect(second.totals).toEqual({ attempts: '1', requests: '0', failedRequests: '0' })
    const filters = [{ dimension: 'endpoint', values: ['/second'] }]
    const there = await ask({ measures, from: '2026-10-02T00:00:00Z', filters }, mixed.scope)
    expect(there.totals).toEqual({ attempts: '1', requests: '1', failedRequests: '1' })
  })
})

describe('filters and scope', () => {
  test('the default scope is the workspace’s; "*" lifts it', async () => {
    const everywhere = ['environment', 'dataMode'].map((dimension) => ({ dimension, values: ['*'] }))
    const { totals, meta } = await ask({ measures: ['spend', 'attempts'], filters: everywhere })
    expect(totals).toEqual({ spend: '7.81', attempts: '9' })
    expect(meta.scope).toEqual({ workspaces: [slug], environments: null, dataModes: null })
    expect((await ask({ measures: ['spend'] })).meta.scope).toMatchObject({
      environments: ['prod'],
      dataModes: ['real'],
    })
  })

  test('a scope’s own defaults replace the workspace’s', async () => {
    const own = { ...scope, defaults: { environments: ['staging'], dataModes: ['test'] } }
    expect((await ask({ measures: ['spend'] }, own)).totals).toEqual({ spend: '1' })
  })

  test('operators, unattributed values and names', async () => {
    const attempts = async (filter: Record<string, unknown>) =>
      (await ask({ measures: ['attempts'], filters: [filter] })).totals.attempts
    expect(await attempts({ dimension: 'endpoint', values: [null] })).toBe('1')
    expect(await attempts({ dimension: 'endpoint', values: [null, '/search'] })).toBe('4')
    expect(await attempts({ dimension: 'endpoint', operator: 'notIn', values: ['/chat'] })).toBe('4')
    expect(await attempts({ dimension: 'endpoint', operator: 'contains', values: ['EAR', 'HAT'] })).toBe('7')
    expect(await attempts({ dimension: 'apiKey', values: ['ci'] })).toBe('8')
    expect(await attempts({ dimension: 'apiKey', operator: 'contains', values: ['C'] })).toBe('8')
    expect(await attempts({ dimension: 'apiKey', operator: 'contains', values: ['1'] })).toBe('0')
    expect(await attempts({ dimension: 'apiKey', operator: 'notIn', values: ['ci'] })).toBe('0')
    expect(await attempts({ dimension: 'workspace', values: [slug] })).toBe('8')
    expect(await attempts({ dimension: 'workspace', values: ['another'] })).toBe('0')
    expect(await attempts({ dimension: 'tag.team', values: ['red'] })).toBe('1')
  })

  test('another workspace’s attempts stay out', async () => {
    const other = await mintLedger(OCTOBER.slice(0, 1))
    expect((await ask({ measures: ['attempts'] }, other.scope)).totals).toEqual({ attempts: '1' })
    expect((await ask({ measures: ['attempts'] })).totals).toEqual({ attempts: '8' })
  })

  test('a workspace that prefers the book', async () => {
    const [workspace] = scope.workspaces
    const bookFirst: Scope = { workspaces: [{ ...workspace, costPreference: 'book' }] }
    expect((await ask({ measures: ['spend'] }, bookFirst)).totals).toEqual({ spend: '5.91' })
  })
})

describe('top N', () => {
  const measures = ['spend', 'attempts', 'requests', 'users', 'latencyP50', 'topNShare', 'costPerRequest']

  test('"Other" is recomputed', async () => {
    const { rows, totals } = await ask({ measures, dimensions: ['endpoint'], limit: 1, other: true })
    expect(rows).toEqual([
      {
        endpoint: '/chat',
        spend: '4.21',
        attempts: '4',
        requests: '2',
        users: '3',
        latencyP50: about(200),
        topNShare: '0.618208516886930984',
        costPerRequest: '2.105',
      },
      {
        $other: true,
        endpoint: null,
        spend: '2.6',
        attempts: '4',
        requests: '3',
        users: '2',
        latencyP50: about(700),
        topNShare: '0.381791483113069016',
        costPerRequest: '0.866666666666666667',
      },
    ])
    expect(totals).toMatchObject({ spend: '6.81', requests: '5', users: '3', topNShare: '0.618208516886930984' })
  })

  test('"Other" of an attempt-level dimension', async () => {
    const { rows } = await ask({
      measures: ['requests', 'attempts', 'fallbackRequests', 'failedRequests'],
      dimensions: ['provider'],
      orderBy: [{ key: 'attempts' }],
      limit: 1,
      other: true,
    })
    expect(rows).toEqual([
      { provider: 'alpha', requests: '3', attempts: '5', fallbackRequests: '1', failedRequests: '0' },
      { $other: true, provider: null, requests: '3', attempts: '3', fallbackRequests: '0', failedRequests: '1' },
    ])
  })

  test('"Other" over two dimensions and time', async () => {
    const { rows } = await ask({
      measures: ['spend'],
      dimensions: ['time', 'endpoint', 'provider'],
      granularity: 'day',
      limit: 1,
      other: true,
    })
    expect(rows).toEqual([
      { time: '2026-10-01T00:00:00Z', endpoint: '/chat', provider: 'alpha', spend: '4.21' },
      { time: '2026-10-01T00:00:00Z', $other: true, endpoint: null, provider: null, spend: '0.2' },
      { time: '2026-10-02T00:00:00Z', $other: true, endpoint: null, provider: null, spend: '2.4' },
    ])
  })

  test('no "Other" where nothing is left', async () => {
    const { rows } = await ask({ measures: ['spend'], dimensions: ['endpoint'], limit: 50, other: true })
    expect(rows.map((row) => row.endpoint)).toEqual(['/chat', null, '/search'])
  })

  test('ranks over the whole range, whatever the order of rows in time', async () => {
    const { rows } = await ask({
      measures: ['spend'],
      dimensions: ['time', 'endpoint'],
      granularity: 'day',
      limit: 1,
      orderBy: [{ key: 'time', direction: 'desc' }],
    })
    expect(rows).toEqual([{ time: '2026-10-01T00:00:00Z', endpoint: '/chat', spend: '4.21' }])
  })

  test('order by a dimension, a measure, and time after a measure', async () => {
    const names = async (orderBy: unknown) =>
      (await ask({ measures: ['spend'], dimensions: ['endpoint'], orderBy })).rows.map((row) => row.endpoint)
    expect(await names([{ key: 'endpoint', direction: 'asc' }])).toEqual([null, '/chat', '/search'])
    expect(await names([{ key: 'spend', direction: 'asc' }])).toEqual(['/search', null, '/chat'])
    const { rows } = await ask({
      measures: ['attempts'],
      dimensions: ['time', 'endpoint'],
      granularity: 'day',
      orderBy: [
        { key: 'attempts', direction: 'desc' },
        { key: 'time', direction: 'desc' },
      ],
    })
    expect(rows.map((row) => [row.attempts, row.time, row.endpoint])).toEqual([
      ['4', '2026-10-01T00:00:00Z', '/chat'],
      ['2', '2026-10-02T00:00:00Z', '/search'],
      ['1', '2026-10-02T00:00:00Z', null],
      ['1', '2026-10-01T00:00:00Z', '/search'],
    ])
  })
})

describe('comparison', () => {
  test('with the window before, rows of either window', async () => {
    const { rows, totals, meta } = await ask({
      measures: ['spend', 'requests', 'costPerRequest'],
      dimensions: ['endpoint'],
      compare: 'previous',
    })
    expect(meta.compare).toEqual({ from: '2026-09-29T00:00:00Z', to: '2026-10-01T00:00:00Z' })
    expect(totals).toMatchObject({ spend: '6.81', previous: { spend: '0.21', requests: '2', costPerRequest: '0.105' } })
    expect(byName(rows, 'endpoint')).toEqual({
      '/chat': {
        spend: '4.21',
        requests: '2',
        costPerRequest: '2.105',
        previous: { spend: '0.01', requests: '1', costPerRequest: '0.01' },
      },
      '/search': {
        spend: '1.1',
        requests: '2',
        costPerRequest: '0.55',
        previous: { spend: '0', requests: '0', costPerRequest: null },
      },
      null: {
        spend: '1.5',
        requests: '1',
        costPerRequest: '1.5',
        previous: { spend: '0', requests: '0', costPerRequest: null },
      },
      '/old': {
        spend: '0',
        requests: '0',
        costPerRequest: null,
        previous: { spend: '0.2', requests: '1', costPerRequest: '0.2' },
      },
    })
  })

  test('by time: buckets meet by position', async () => {
    const { rows } = await ask({ measures: ['spend'], dimensions: ['time'], granularity: 'day', compare: 'previous' })
    expect(rows).toEqual([
      { time: '2026-10-01T00:00:00Z', spend: '4.41', previous: { spend: '0.2' } },
      { time: '2026-10-02T00:00:00Z', spend: '2.4', previous: { spend: '0.01' } },
    ])
  })

  test('top N with "Other" in both windows', async () => {
    const { rows } = await ask({
      measures: ['spend'],
      dimensions: ['endpoint'],
      compare: { from: '2026-09-29T00:00:00Z', to: '2026-10-01T00:00:00Z' },
      limit: 1,
      other: true,
    })
    expect(rows).toEqual([
      { endpoint: '/chat', spend: '4.21', previous: { spend: '0.01' } },
      { $other: true, endpoint: null, spend: '2.6', previous: { spend: '0.2' } },
    ])
  })

  test('the week before', async () => {
    const { meta, totals } = await ask({
      measures: ['spend'],
      from: '2026-10-06T00:00:00Z',
      to: '2026-10-07T00:00:00Z',
      compare: 'sameLastWeek',
    })
    expect(meta.compare).toEqual({ from: '2026-09-29T00:00:00Z', to: '2026-09-30T00:00:00Z' })
    expect(totals).toEqual({ spend: '0', previous: { spend: '0.2' } })
  })
})

describe('hostile questions', () => {
  const HOSTILE = [
    `'; DROP TABLE attempts; --`,
    `') OR 1=1 --`,
    '(SELECT 1)',
    'cost;DROP',
    '{p0:String}',
    '\\',
    `\\'`,
    '`',
    '"',
    '\u0000',
    '\n\t\r',
    '%',
    '__proto__',
    'constructor',
    '$(id)',
    '😀\u202E',
  ]

  const refused = async (question: Record<string, unknown>): Promise<AppError> => {
    try {
      await ask(question)
    } catch (error) {
      if (error instanceof AppError) return error
      throw error
    }
    throw new Error('was answered')
  }

  test.each(HOSTILE)('a name: %j', async (text) => {
    for (const question of [
      { measures: [text] },
      { measures: ['spend'], dimensions: [text] },
      { measures: ['spend'], filters: [{ dimension: text, values: ['x'] }] },
      { measures: ['spend'], orderBy: [{ key: text }] },
    ]) {
      const error = await refused(question)
      expect(error.status).toBe(400)
      expect(error.code).toBe('unknown_name')
      expect(error.message).toMatch(/Valid: .*spend|Valid: .*provider/)
    }
    for (const question of [
      { measures: ['spend'], timeZone: text },
      { measures: ['spend'], from: text },
      { measures: ['spend'], granularity: text },
      { measures: ['spend'], compare: text },
      { measures: ['spend'], orderBy: [{ key: 'spend', direction: text }] },
      { measures: ['spend'], filters: [{ dimension: 'user', operator: text, values: ['x'] }] },
      { measures: ['spend'], [text]: 1 },
      { measures: ['spend'], limit: text },
    ]) {
      expect((await refused(question)).status).toBe(400)
    }
  })

  test.each(HOSTILE)('a value: %j is only a value', async (text) => {
    for (const dimension of ['endpoint', 'status', 'apiKey', 'workspace', `tag.${text}`]) {
      for (const operator of ['in', 'contains']) {
        const { totals } = await ask({
          measures: ['attempts', 'requests'],
          filters: [{ dimension, operator, values: [text] }],
        })
        expect(totals).toEqual({ attempts: '0', requests: '0' })
      }
      const { totals } = await ask({
        measures: ['attempts'],
        filters: [{ dimension, operator: 'notIn', values: [text] }],
      })
      expect(Number(totals.attempts)).toBeGreaterThanOrEqual(8)
    }
    const { rows } = await ask({ measures: ['attempts'], dimensions: [`tag.${text}`], limit: 5, other: true })
    expect(rows).toEqual([{ [`tag.${text}`]: null, attempts: '8' }])
  })

  test('the same text stored is found by itself and comes back as it was', async () => {
    const texts = HOSTILE.filter((text) => text.trim() !== '' && !text.includes('\u0000'))
    const stored = await mintLedger(
      texts.map((text, index) => ({
        externalRequestId: `h${index}`,
        provider: 'alpha',
        model: 'a1',
        endpointTag: text,
        userId: text,
        tags: { [text]: text },
        inputTokens: index + 1,
        outputTokens: 0,
        status: 'success',
        timestamp: '2026-10-01T10:00:00Z',
      })),
    )
    const { rows } = await ask(
      { measures: ['inputTokens'], dimensions: ['endpoint', 'user'], limit: 100, other: true },
      stored.scope,
    )
    expect(new Set(rows.map((row) => row.endpoint))).toEqual(new Set(texts))
    for (const [index, text] of texts.entries()) {
      for (const dimension of ['endpoint', 'user', `tag.${text}`]) {
        const answer = await ask({ measures: ['inputTokens'], filters: [{ dimension, values: [text] }] }, stored.scope)
        expect(answer.totals).toEqual({ inputTokens: String(index + 1) })
      }
    }
  })

  test('many values, and no more than the engine takes', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => `nothing-${index}`)
    for (const operator of ['in', 'notIn', 'contains']) {
      const { totals } = await ask({ measures: ['attempts'], filters: [{ dimension: 'endpoint', operator, values }] })
      expect(totals).toEqual({ attempts: operator === 'notIn' ? '8' : '0' })
    }
  })

  test('instants beyond what the store can hold', async () => {
    const { totals } = await ask({ measures: ['attempts'], from: '0001-01-01T00:00:00Z', to: '9999-12-31T00:00:00Z' })
    expect(totals).toEqual({ attempts: '10' })
    const empty = await ask({ measures: ['attempts'], from: '0001-01-01T00:00:00Z', to: '1800-01-01T00:00:00Z' })
    expect(empty.totals).toEqual({ attempts: '0' })
    const future = await ask({ measures: ['attempts'], from: '2500-01-01T00:00:00Z', to: '9999-12-31T00:00:00Z' })
    expect(future.totals).toEqual({ attempts: '0' })
  })

  test('dates that do not exist', async () => {
    expect((await refused({ measures: ['spend'], from: '2026-02-30T00:00:00Z' })).status).toBe(400)
  })

  test('"contains" nothing', async () => {
    for (const value of [null, '']) {
      const error = await refused({
        measures: ['spend'],
        filters: [{ dimension: 'user', operator: 'contains', values: [value] }],
      })
      expect(error.code).toBe('invalid_query')
    }
  })

  test('more buckets than can be shown', async () => {
    const error = await refused({
      measures: ['spend'],
      dimensions: ['time'],
      granularity: 'hour',
      from: '2000-01-01T00:00:00Z',
    })
    expect(error.code).toBe('invalid_query')
  })
})

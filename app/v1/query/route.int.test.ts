import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as exporting from '@/app/v1/export/route'
import * as querying from '@/app/v1/query/route'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { mintKey, mintWorkspace } from '@/lib/events/ingest-fixture'
import { mintLedger, OCTOBER } from '@/lib/metrics/ledger-fixture'
import { queryResultSchema } from '@/lib/metrics/result'

const QUESTION = {
  measures: ['spend', 'requests'],
  dimensions: ['endpoint'],
  from: '2026-10-01T00:00:00Z',
  to: '2026-10-03T00:00:00Z',
}
const failure = z.object({ code: z.string(), message: z.string() })

let secret = ''
let workspaceId = 0

beforeAll(async () => {
  const ledger = await mintLedger(OCTOBER)
  secret = ledger.secret
  workspaceId = ledger.workspace.id
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

type Route = { POST: (request: Request) => Promise<Response> }

function send(route: Route, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return route.POST(
    new Request('http://localhost/v1/query', {
      method: 'POST',
      body,
      headers: { 'x-api-key': secret, 'content-type': 'application/json', ...headers },
    }),
  )
}

const ask = async (question: unknown, headers: Record<string, string> = {}) => {
  const response = await send(querying, JSON.stringify(question), headers)
  expect(response.status).toBe(200)
  return queryResultSchema.parse(await response.json())
}

const ROUTES = [
  ['query', querying],
  ['export', exporting],
] as const

describe.each(ROUTES)('POST /v1/%s', (_, route) => {
  const statusOf = async (body: BodyInit, headers: Record<string, string> = {}) => {
    const response = await send(route, body, headers)
    const { code, message } = failure.parse(await response.json())
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(message).not.toMatch(/SELECT|\/work\/|at .*\.ts/)
    return [response.status, code]
  }
  const body = JSON.stringify(QUESTION)

  test('without a key, with a malformed or an unknown one', async () => {
    for (const key of ['', 'fk_', `' OR 1=1 --`, `fk_${'0'.repeat(32)}`]) {
      expect(await statusOf(body, { 'x-api-key': key })).toEqual([401, 'unauthenticated'])
    }
  })

  test('with a key that may only ingest', async () => {
    const key = await mintKey(workspaceId, { scopes: ['ingest'] })
    expect(await statusOf(body, { 'x-api-key': key.secret })).toEqual([403, 'forbidden'])
  })

  test('another content type', async () => {
    expect(await statusOf(body, { 'content-type': 'text/plain' })).toEqual([415, 'unsupported_media_type'])
    expect(await statusOf(body, { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([
      415,
      'unsupported_media_type',
    ])
  })

  test.each(['', '{', '[', '\u0000', '{"measures":[}'])('a body that is not JSON: %j', async (text) => {
    expect(await statusOf(text)).toEqual([400, 'invalid_body'])
  })

  test.each(['null', '7', '"x"', '[]', '{}', '[{}]', '{"measures":["spend"]}'])(
    'a body that is no question: %s',
    async (text) => {
      expect((await statusOf(text))[0]).toBe(400)
    },
  )

  test('too large', async () => {
    const filters = [
      { dimension: 'user', values: Array.from({ length: 1000 }, (_, index) => `${index}`.padEnd(400, 'x')) },
    ]
    expect(await statusOf(JSON.stringify({ ...QUESTION, filters }))).toEqual([413, 'payload_too_large'])
  })

  test('unknown names are answered with the valid ones', async () => {
    for (const question of [
      { ...QUESTION, measures: ['cost;DROP'] },
      { ...QUESTION, dimensions: ['(SELECT 1)'] },
    ]) {
      const response = await send(route, JSON.stringify(question))
      expect(response.status).toBe(400)
      const { code, message } = failure.parse(await response.json())
      expect(code).toBe('unknown_name')
      expect(message).toMatch(/spend, requests|provider, model/)
    }
  })

  test('a byte order mark before the JSON', async () => {
    expect((await send(route, `\uFEFF${body}`)).status).toBe(200)
  })
})

describe('what a key sees', () => {
  test('its workspace', async () => {
    const { rows, totals } = await ask(QUESTION)
    expect(totals).toEqual({ spend: '6.81', requests: '5' })
    expect(rows.map((row) => row.endpoint)).toEqual(['/chat', null, '/search'])
  })

  test('no other one, by whatever name', async () => {
    const other = await mintLedger(OCTOBER.slice(0, 1))
    const named = {
      ...QUESTION,
      filters: [{ dimension: 'workspace', values: [other.workspace.slug, String(other.workspace.id)] }],
    }
    expect((await ask(named)).totals).toEqual({ spend: '0', requests: '0' })
    expect((await ask(QUESTION, { 'x-api-key': other.secret })).totals).toEqual({ spend: '3.87', requests: '1' })
    const { rows } = await ask({ ...QUESTION, dimensions: ['workspace'] })
    expect(rows).toHaveLength(1)
  })

  test('by the environment and data mode that it fixes', async () => {
    const staging = await mintKey(workspaceId, { scopes: ['read'], fixedEnvironment: 'staging', fixedDataMode: 'test' })
    const { totals, meta } = await ask(QUESTION, { 'x-api-key': staging.secret })
    expect(totals).toEqual({ spend: '1', requests: '1' })
    expect(meta.scope).toMatchObject({ environments: ['staging'], dataModes: ['test'] })
  })

  test('nothing, in a workspace without events', async () => {
    const empty = await mintWorkspace({ scopes: ['read'] })
    const { rows, totals, meta } = await ask(QUESTION, { 'x-api-key': empty.secret })
    expect(rows).toEqual([])
    expect(totals).toEqual({ spend: '0', requests: '0' })
    expect(meta.freshness).toBeNull()
  })

  test('the same digits as CSV, and the raw attempts', async () => {
    const rows = z.array(z.array(z.string()))
    const csv = await send(exporting, JSON.stringify({ ...QUESTION, totals: true }))
    expect(rows.parse(parse(await csv.text()))).toEqual([
      ['endpoint', 'spend', 'requests', 'unpricedTokens'],
      ['/chat', '4.21', '2', '0'],
      ['', '1.5', '1', '0'],
      ['/search', '1.1', '2', '55'],
      ['Total', '6.81', '5', '55'],
    ])
    const attempts = await send(exporting, JSON.stringify({ from: QUESTION.from, to: QUESTION.to, grain: 'attempts' }))
    expect(rows.parse(parse(await attempts.text()))).toHaveLength(9)
  })
})

test('other methods', async () => {
  for (const route of [querying, exporting]) {
    const response = route.GET()
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  }
})

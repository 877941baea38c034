import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET, POST } from '@/app/v1/ingest/llm-request/route'
import { queryRows } from '@/db/clickhouse/client'
import { postgres } from '@/db/postgres/client'
import { budgetEvaluations, budgets } from '@/db/postgres/schema'
import { mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'

const EVENT = {
  externalRequestId: 'r-1',
  provider: 'openai',
  model: 'gpt-4o-mini',
  promptVersion: 'v3',
  endpointTag: 'checkout.summary',
  inputTokens: 100,
  outputTokens: 20,
  totalTokens: 120,
  latencyMs: 840,
  status: 'success',
  userId: 'tenant_7',
  dataMode: 'real',
  environment: 'prod',
}

function post(secret: string, body: unknown): Promise<Response> {
  return POST(
    new Request('http://localhost/v1/ingest/llm-request', {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
}

it('stores the event once and answers as clients expect', async () => {
  const { secret, workspaceId } = await mintWorkspace()
  const metadata = { team: 'search', retries: 2, flags: { a: [1] }, long: 'x'.repeat(600), none: null }
  const first = await post(secret, { ...EVENT, metadata })
  expect(first.status).toBe(200)
  expect(await first.json()).toEqual({
    ok: true,
    duplicate: false,
    warnings: ['metadata.long was cut to the length of a tag.'],
    budgetWarning: false,
    budgetExceeded: false,
    telemetryPaused: false,
    providerCallsContinue: true,
  })
  expect(await (await post(secret, { ...EVENT, metadata })).json()).toMatchObject({ ok: true, duplicate: true })
  expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, input_tokens: '100', output_tokens: '20' })
  const rows = await queryRows(
    z.object({
      endpoint: z.string(),
      prompt_version: z.string(),
      user_id: z.string(),
      tags: z.record(z.string(), z.string()),
    }),
    'SELECT endpoint, prompt_version, user_id, tags FROM attempts FINAL WHERE workspace_id = {id:UInt32}',
    { role: 'write', params: { id: workspaceId } },
  )
  expect(rows).toEqual([
    {
      endpoint: 'checkout.summary',
      prompt_version: 'v3',
      user_id: 'tenant_7',
      tags: { team: 'search', retries: '2', flags: '{"a":[1]}', long: 'x'.repeat(500) },
    },
  ])
})

it.each([
  ['a list', [EVENT], 400, 'invalid_body'],
  ['no JSON', '{', 400, 'invalid_body'],
  ['negative tokens', { ...EVENT, inputTokens: -1 }, 422, 'invalid_event'],
  ['deep metadata', `{"metadata":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 422, 'invalid_event'],
])('refuses %s', async (_, body, status, code) => {
  const { secret } = await mintWorkspace()
  const response = await post(secret, body)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ ok: false, code })
})

it('needs a key and POST', async () => {
  expect((await post('fk_unknown', EVENT)).status).toBe(401)
  expect(GET().status).toBe(405)
})

it.each([
  ['79.99', { budgetWarning: false, budgetExceeded: false }],
  ['80', { budgetWarning: true, budgetExceeded: false }],
  ['100', { budgetWarning: true, budgetExceeded: true }],
])('says how the budgets stand when %s of 100 are spent', async (spend, flags) => {
  const { secret, workspaceId } = await mintWorkspace()
  const budget = { workspaceId, name: 'All', period: 'month', amount: '100', thresholds: [] } as const
  const [row] = await postgres().insert(budgets).values(budget).returning({ id: budgets.id })
  const dayMs = 86_400_000
  await postgres()
    .insert(budgetEvaluations)
    .values({
      budgetId: row?.id ?? 0,
      periodStart: new Date(Date.now() - dayMs),
      periodEnd: new Date(Date.now() + dayMs),
      dataState: 'ok',
      amount: '100',
      spend,
      imputedLow: '0',
      imputedHigh: '0',
      dataVersion: '1',
      evaluatedAt: new Date(),
    })
  expect(await (await post(secret, EVENT)).json()).toMatchObject({ ok: true, ...flags })
})

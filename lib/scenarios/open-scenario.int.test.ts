import { randomUUID } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { insertScenario, updateScenario } from '@/db/postgres/queries/scenarios'
import { inTransaction } from '@/db/postgres/transaction'
import { readCatalogue } from '@/lib/catalogue/read-catalogue'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { answerExport } from '@/lib/exports/answer-export'
import { parseExport } from '@/lib/exports/parse-export'
import { answerQuery } from '@/lib/metrics/answer-query'
import { listValues } from '@/lib/metrics/list-values'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import { queryResultSchema } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, trimDecimal } from '@/lib/money'
import { addContractPrice } from '@/lib/pricing/change-prices'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'
import { listRequests } from '@/lib/requests/list-requests'
import { compareScenario } from '@/lib/scenarios/read-scenario'
import { EMPTY_ROUTE, type Route, type ScenarioDefinition } from '@/lib/scenarios/scenario'

/** The guarantee: whatever is asked under a saved scenario has the scenario's own figures, and says so. */

const NOW = new Date('2026-11-01T00:00:00Z')
const OCTOBER = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }
const never = new AbortController().signal
const suffix = randomUUID().slice(0, 8)
const [OLD, NEW] = [`old-${suffix}x`, `new-${suffix}x`]

let scope: Scope
let elsewhere: Scope
const ids = { none: 0, moved: 0, priced: 0, removed: 0, foreign: 0 }

const route: Route = { ...EMPTY_ROUTE, fromProvider: 'acme', fromModel: OLD, toProvider: 'acme', toModel: NEW }
const MOVED: ScenarioDefinition = { routes: [{ ...route, endpoint: '/chat' }], prices: [] }
const PRICED: ScenarioDefinition = {
  routes: [],
  prices: [
    {
      provider: 'acme',
      model: OLD,
      tier: 'standard',
      terms: { kind: 'prices', inputPerMillion: '1', cacheReadPerMillion: '', outputPerMillion: '5' },
    },
  ],
}

const save = (workspaceId: number, name: string, definition: ScenarioDefinition) =>
  inTransaction((tx) =>
    insertScenario(tx, { workspaceId, name, definition, createdByName: 'a test', createdAt: NOW, updatedAt: NOW }),
  )

function scopeOf(id: number): Scope {
  return {
    workspaces: [
      {
        id,
        slug: `w${id}`,
        timeZone: 'UTC',
        currency: 'USD',
        fiscalYearStartMonth: 1,
        defaultEnvironments: ['prod'],
        defaultDataModes: ['real'],
        costPreference: 'reported',
        apiKeys: [],
      },
    ],
  }
}

afterAll(settlePriceChanges)

beforeAll(async () => {
  const [{ workspaceId }, other] = [await mintWorkspace(), await mintWorkspace()]
  ;[scope, elsewhere] = [scopeOf(workspaceId), scopeOf(other.workspaceId)]
  const prices = [
    { model: OLD, inputUncached: '0.000003', output: '0.000015' },
    { model: NEW, inputUncached: '0.00000025', output: '0.000002' },
  ]
  for (const { model, ...unitPrices } of prices) {
    await addContractPrice(
      { workspaceId, provider: 'acme', model, terms: { kind: 'prices', unitPrices }, reason: 'a test' },
      { kind: 'system', name: 'the tests' },
    )
  }
  const result = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    // Twenty requests, every other one of /chat; every fifth is tried again.
    events: Array.from({ length: 24 }, (_, index) => ({
      externalRequestId: `r-${index < 20 ? index : (index - 20) * 5}`,
      attempt: index < 20 ? 1 : 2,
      provider: 'acme',
      model: OLD,
      endpointTag: index % 2 === 0 ? '/chat' : '/search',
      userId: `u-${index % 3}`,
      inputTokens: 1_000 + 37 * index,
      outputTokens: 100 + 7 * index,
      status: 'success',
      timestamp: Date.parse('2026-10-05T00:00:00Z') + (index % 20) * 3_600_000 + (index < 20 ? 0 : 60_000),
    })),
    receivedAt: NOW,
    mode: 'import',
  })
  expect(result.accepted).toBe(24)
  ids.none = await save(workspaceId, 'Nothing changes', { routes: [], prices: [] })
  ids.moved = await save(workspaceId, 'Chat, on "new"', MOVED)
  ids.priced = await save(workspaceId, 'Half price', PRICED)
  ids.removed = await save(workspaceId, 'Removed', MOVED)
  await inTransaction((tx) => updateScenario(tx, ids.removed, { archivedAt: NOW }))
  ids.foreign = await save(other.workspaceId, 'Of somebody else', MOVED)
})

const ask = (question: QueryInput, of = scope) => runQuery(parseQuery(question), of, NOW)

const QUESTIONS: QueryInput[] = [
  { measures: ['spend', 'requests', 'costPerRequest', 'unpricedTokens'], ...OCTOBER },
  { measures: ['spend', 'requests', 'retries', 'latencyP95'], dimensions: ['provider', 'model'], ...OCTOBER },
  { measures: ['spend', 'users', 'topNShare'], dimensions: ['endpoint'], limit: 1, other: true, ...OCTOBER },
  { measures: ['spend', 'attempts'], dimensions: ['time', 'user'], granularity: 'day', ...OCTOBER },
  {
    measures: ['spend', 'waste'],
    dimensions: ['endpoint'],
    compare: 'previous',
    from: '2026-10-05T10:00:00Z',
    to: '2026-10-05T20:00:00Z',
  },
]

describe('a question that names a scenario', () => {
  it('has the figures of the page of that scenario, in all and by endpoint, tenant and model', async () => {
    const range = { from: new Date(OCTOBER.from), to: new Date(OCTOBER.to) }
    for (const [id, definition] of [[ids.moved, MOVED] as const, [ids.priced, PRICED] as const]) {
      const { totals, views } = await compareScenario(definition, scope, range, NOW)
      expect(totals.scenario.spend).not.toBe(totals.today.spend)
      for (const [dimensions, rows] of [
        [['endpoint'], views.endpoint],
        [['user'], views.user],
        [['provider', 'model'], views.model],
      ] as const) {
        const measures: QueryInput['measures'] = ['spend', 'requests', 'costPerRequest', 'totalTokens']
        const answer = await ask({ measures, dimensions: [...dimensions], ...OCTOBER, scenario: id })
        const { spend, requests, costPerRequest, totalTokens } = totals.scenario
        expect(answer.totals).toEqual({ spend, requests, costPerRequest, totalTokens })
        const shown = rows.filter(({ scenario }) => scenario.requests !== null)
        expect(answer.rows).toHaveLength(shown.length)
        for (const { keys, scenario } of shown) {
          const row = answer.rows.find((each) => dimensions.every((name, index) => each[name] === keys[index]))
          expect(row).toMatchObject({ spend: scenario.spend, requests: scenario.requests })
        }
      }
    }
  })

  it('equals what was, to the digit, where the scenario changes nothing', async () => {
    for (const question of QUESTIONS) {
      const [actual, same] = [await ask(question), await ask({ ...question, scenario: ids.none })]
      expect([same.rows, same.totals]).toEqual([actual.rows, actual.totals])
      expect([actual.meta.scenario, same.meta.scenario]).toEqual([null, { id: ids.none, name: 'Nothing changes' }])
    }
  })

  it('is never answered with what another scenario, or none, says, also when all are asked at once', async () => {
    const [totals] = QUESTIONS
    if (!totals) throw new Error('no question')
    const each = [undefined, ids.none, ids.moved, ids.priced]
    const apart = []
    for (const scenario of each) apart.push((await ask({ ...totals, scenario })).totals.spend)
    expect(new Set(apart).size).toBe(3)
    const many = [...each, ...each, ...each]
    const together = await Promise.all(many.map((scenario) => ask({ ...totals, scenario })))
    expect(together.map((answer) => answer.totals.spend)).toEqual([...apart, ...apart, ...apart])
  })

  it('is not found where the scenario is of another workspace, was removed or never was', async () => {
    const question: QueryInput = { measures: ['spend'], ...OCTOBER }
    const body = { ...OCTOBER, grain: 'attempts' }
    for (const scenario of [ids.foreign, ids.removed, 2_147_483_647]) {
      const refusal = { code: 'not_found', message: expect.stringContaining('no such scenario') }
      const query = parseQuery({ ...question, scenario })
      await expect(runQuery(query, scope, NOW)).rejects.toMatchObject(refusal)
      await expect(answerQuery({ ...question, scenario }, async () => scope, NOW)).rejects.toMatchObject(refusal)
      for (const asked of [
        { ...question, scenario },
        { ...body, scenario },
      ]) {
        await expect(answerExport(parseExport(asked), scope, NOW, never)).rejects.toMatchObject(refusal)
      }
      const list = { scope, query, sort: 'newest' as const, limit: 5, cursor: null, externalRequestId: null }
      await expect(listRequests(list, NOW)).rejects.toMatchObject(refusal)
    }
    expect((await ask({ ...question, scenario: ids.foreign }, elsewhere)).meta.scenario?.name).toBe('Of somebody else')
    const both: Scope = { workspaces: [scope.workspaces[0], elsewhere.workspaces[0]] }
    await expect(ask({ ...question, scenario: ids.moved }, both)).rejects.toMatchObject({ code: 'invalid_query' })
    for (const scenario of [0, -1, 1.5]) {
      expect(() => parseQuery({ ...question, scenario })).toThrow(expect.objectContaining({ code: 'invalid_query' }))
    }
  })

  it('says so in the answer of the API', async () => {
    const response = await answerQuery({ measures: ['spend'], ...OCTOBER, scenario: ids.moved }, async () => scope, NOW)
    const { meta } = queryResultSchema.parse(await response.json())
    expect(meta.scenario).toEqual({ id: ids.moved, name: 'Chat, on "new"' })
  })
})

const table = z.array(z.array(z.string()))

async function csvOf(body: Record<string, unknown>) {
  const response = await answerExport(parseExport({ ...OCTOBER, ...body }), scope, NOW, never)
  const [header = [], ...rows] = table.parse(parse(await response.text(), { record_delimiter: '\r\n' }))
  return { name: response.headers.get('content-disposition') ?? '', header, rows }
}

describe('a CSV under a scenario', () => {
  it('names it in every line and in the name of the file, and has its digits', async () => {
    for (const question of QUESTIONS) {
      const actual = await csvOf({ ...question, totals: true })
      const same = await csvOf({ ...question, totals: true, scenario: ids.none })
      expect(same.header).toEqual(['scenario', ...actual.header])
      expect(same.rows).toEqual(actual.rows.map((row) => ['Nothing changes', ...row]))
      expect(same.name).toContain(`-scenario-${ids.none}-`)
      expect(actual.name).not.toContain('scenario')
      const answer = await ask({ ...question, scenario: ids.moved })
      const moved = await csvOf({ ...question, scenario: ids.moved })
      const column = moved.header.indexOf('spend')
      const spends = answer.rows.map(({ spend }) => (spend === null ? '' : spend))
      const totals = (question.dimensions ?? []).length === 0 ? [answer.totals.spend] : spends
      expect(moved.rows.map((row) => row[column])).toEqual(totals)
      expect(new Set(moved.rows.map(([name]) => name))).toEqual(new Set(['Chat, on "new"']))
    }
  })

  it('of attempts adds up to its spend, and has them where its routes send them', async () => {
    const { header, rows } = await csvOf({ grain: 'attempts', scenario: ids.moved })
    const column = (name: string) => rows.map((row) => row[header.indexOf(name)] ?? '')
    expect(column('scenario')).toEqual(rows.map(() => 'Chat, on "new"'))
    const { totals } = await ask({ measures: ['spend'], ...OCTOBER, scenario: ids.moved })
    expect(trimDecimal(addDecimals(column('costUsd')))).toBe(totals.spend)
    const endpoints = column('endpoint')
    expect(column('model')).toEqual(endpoints.map((endpoint) => (endpoint === '/chat' ? NEW : OLD)))
    expect(column('rawModel')).toEqual(endpoints.map((endpoint) => (endpoint === '/chat' ? '' : OLD)))
  })
})

describe('pages beside questions', () => {
  const list = (scenario: number | undefined, more: Partial<QueryInput> = {}) =>
    listRequests(
      {
        scope,
        query: parseQuery({ measures: ['requests'], ...OCTOBER, ...more, scenario }),
        sort: 'cost',
        limit: 50,
        cursor: null,
        externalRequestId: null,
      },
      NOW,
    )

  it('list requests with the cost that they would have had, explained by the prices of the scenario', async () => {
    for (const scenario of [ids.moved, ids.priced]) {
      const { requests } = await list(scenario)
      const { totals } = await ask({ measures: ['spend', 'requests'], ...OCTOBER, scenario })
      expect(requests).toHaveLength(Number(totals.requests))
      expect(trimDecimal(addDecimals(requests.map(({ costUsd }) => costUsd)))).toBe(totals.spend)
      for (const { price, costUsd } of requests.flatMap(({ attempts }) => attempts)) {
        if (price.kind !== 'priced') throw new Error(`not explained: ${JSON.stringify(price)}`)
        expect(trimDecimal(addDecimals(price.lines.map((line) => line.costUsd)))).toBe(costUsd)
      }
    }
    const [dearest] = (await list(ids.priced)).requests
    expect(dearest?.attempts[0]?.price).toMatchObject({ priceId: 'scenario:1', source: 'Price 1 of the scenario' })
    const [first] = (await list(undefined)).requests
    expect(first?.attempts[0]?.price).toMatchObject({ source: expect.stringMatching(/^Contract \d+$/) })
    const moved = await list(ids.moved, { filters: [{ dimension: 'model', operator: 'in', values: [NEW] }] })
    expect(moved.requests.map(({ endpoint }) => endpoint)).toEqual(moved.requests.map(() => '/chat'))
    expect(moved.requests).toHaveLength(10)
  })

  it('suggest the models that traffic is sent to', async () => {
    const values = async (more: Record<string, string>) => {
      const params = new URLSearchParams({ dimension: 'model', ...more })
      return (await listValues(params, [], scope, NOW)).values.map(({ value }) => value).sort()
    }
    expect(await values({})).toEqual([OLD])
    expect(await values({ scenario: String(ids.moved) })).toEqual([NEW, OLD])
  })

  it('name models by what the scenario makes of them, and what has no price as it was sent', async () => {
    const question: QueryInput = { measures: ['spend'], ...OCTOBER }
    const [actual, moved] = [
      await readCatalogue(question, scope, NOW),
      await readCatalogue({ ...question, scenario: ids.moved }, scope, NOW),
    ]
    expect(actual.models.map(({ model }) => model)).toEqual([OLD])
    const { rows } = await ask({ ...question, dimensions: ['model'], scenario: ids.moved })
    expect(moved.models.map(({ model, spend }) => ({ model, spend }))).toEqual(rows)
    expect(moved.models.find(({ model }) => model === NEW)).toMatchObject({ names: [], firstSeenIso: null })
    expect(moved.unknown).toEqual(actual.unknown)
  })
})

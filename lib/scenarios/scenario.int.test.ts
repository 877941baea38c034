import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import type { ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, trimDecimal } from '@/lib/money'
import { addContractPrice } from '@/lib/pricing/change-prices'
import { priceUsage, type UnitPrices } from '@/lib/pricing/price-usage'
import { restampOpenChanges } from '@/lib/pricing/restamp'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'
import { exportScenario } from '@/lib/scenarios/export-scenario'
import { priceScenario } from '@/lib/scenarios/price-scenario'
import { compareScenario } from '@/lib/scenarios/read-scenario'
import { EMPTY_ROUTE, type PriceChange, type Route } from '@/lib/scenarios/scenario'

const ACTOR = { kind: 'system' as const, name: 'the tests' }
const NOW = new Date('2026-11-01T00:00:00Z')
const suffix = randomUUID().slice(0, 8)
const [OLD, NEW, FREE] = [`old-${suffix}x`, `new-${suffix}x`, `free-${suffix}x`]
const PRICES: Record<string, UnitPrices> = {
  [OLD]: { inputUncached: '0.000003', cacheRead: '0.0000003', cacheWrite5m: '0.00000375', output: '0.000015' },
  [NEW]: { inputUncached: '0.00000025', cacheRead: '0.000000025', output: '0.000002' },
}

let scope: Scope
let workspaceId = 0

type Sent = {
  externalRequestId: string
  attempt: number
  model: string
  endpointTag: string
  inputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  outputTokens: number
  reasoningTokens: number
}

/** Forty requests of two endpoints, a quarter of them on the new model, some with a retry. */
const EVENTS: Sent[] = Array.from({ length: 40 }, (_, index): Sent[] => {
  const event = (attempt: number): Sent => ({
    externalRequestId: `r-${index}`,
    attempt,
    model: index % 4 === 3 ? NEW : OLD,
    endpointTag: index % 2 === 0 ? '/chat' : '/search',
    inputTokens: 1_000 + 37 * index,
    cacheReadTokens: 11 * index,
    cacheWriteTokens: index % 5 === 0 ? 200 : 0,
    outputTokens: 100 + 7 * index,
    reasoningTokens: 3 * index,
  })
  return index % 8 === 1 ? [event(1), event(2)] : [event(1)]
}).flat()

afterAll(settlePriceChanges)

beforeAll(async () => {
  const minted = await mintWorkspace()
  workspaceId = minted.workspaceId
  for (const [model, unitPrices] of Object.entries(PRICES)) {
    await addContractPrice(
      { workspaceId, provider: 'acme', model, terms: { kind: 'prices', unitPrices }, reason: 'a test' },
      ACTOR,
    )
  }
  const result = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: EVENTS.map((event, index) => ({
      ...event,
      provider: 'acme',
      userId: `u-${index % 3}`,
      status: 'success',
      timestamp: Date.parse('2026-10-01T00:00:00Z') + index * 3_600_000,
    })),
    receivedAt: NOW,
    mode: 'import',
  })
  expect(result.accepted).toBe(EVENTS.length)
  scope = {
    workspaces: [
      {
        id: workspaceId,
        slug: `w${workspaceId}`,
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
})

const OCTOBER = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }

const QUESTIONS: QueryInput[] = [
  { measures: ['spend', 'requests', 'costPerRequest', 'totalTokens', 'unpricedTokens'], ...OCTOBER },
  { measures: ['spend', 'requests', 'retries'], dimensions: ['provider', 'model'], ...OCTOBER },
  { measures: ['spend', 'attempts'], dimensions: ['endpoint'], limit: 1, other: true, ...OCTOBER },
  { measures: ['spend', 'users'], dimensions: ['time', 'user'], granularity: 'week', ...OCTOBER },
  {
    measures: ['spend'],
    dimensions: ['model'],
    ...OCTOBER,
    from: '2026-10-02T00:00:00Z',
    to: '2026-10-03T00:00:00Z',
    compare: 'previous',
  },
]

type Definition = { routes?: Partial<Route>[]; prices?: PriceChange[] }

async function ask(question: QueryInput, { routes = [], prices = [] }: Definition = {}) {
  const definition = { routes: routes.map((each) => ({ ...EMPTY_ROUTE, ...each })), prices }
  const scenario = await priceScenario(definition, workspaceId)
  return runQuery(parseQuery(question), scope, NOW, scenario.priceChanges, scenario.routes)
}

const [TOTALS, BY_MODEL] = QUESTIONS
if (!TOTALS || !BY_MODEL) throw new Error('no questions')

const totals = async (definition?: Definition): Promise<ResultRow> => (await ask(TOTALS, definition)).totals

/** What the events cost by a definition of prices and tokens of each, without the store. */
function expected(change: (event: Sent) => { model: string; input?: number; output?: number; cached?: number } | null) {
  const costs = EVENTS.map((event) => {
    const { model, input = 1, output = 1, cached } = change(event) ?? { model: event.model }
    const scale = (count: number, factor: number) => Math.floor((count * Math.round(factor * 10_000) + 5_000) / 10_000)
    const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = event
    const text = {
      inputUncached: scale(inputTokens - cacheReadTokens - cacheWriteTokens, input),
      cacheRead: scale(cacheReadTokens, input),
      cacheWrite5m: scale(cacheWriteTokens, input),
    }
    const whole = text.inputUncached + text.cacheRead + text.cacheWrite5m
    const read = cached === undefined ? 0 : scale(whole, cached)
    const split = cached === undefined ? text : { inputUncached: whole - read, cacheRead: read, cacheWrite5m: 0 }
    const priced = priceUsage(
      {
        ...split,
        cacheWrite1h: 0,
        output: scale(outputTokens - reasoningTokens, output),
        reasoning: scale(reasoningTokens, output),
        audioInput: 0,
        audioOutput: 0,
        toolRequests: 0,
      },
      PRICES[model] ?? {},
    )
    return priced.kind === 'priced' ? priced.costUsd : null
  })
  return trimDecimal(addDecimals(costs))
}

const ALL_NEW = { fromProvider: 'acme', fromModel: OLD, toProvider: 'acme', toModel: NEW }

describe('a scenario without changes', () => {
  it('says what today says, to the digit, whatever is asked', async () => {
    for (const question of QUESTIONS) {
      const today = await runQuery(parseQuery(question), scope, NOW)
      const same = await ask(question)
      expect([same.rows, same.totals]).toEqual([today.rows, today.totals])
    }
    expect((await totals()).spend).toBe(expected(() => null))
  })

  it('is one whose routes lead where the traffic is, at any share', async () => {
    const today = await totals()
    const shares = fc.integer({ min: 0, max: 10_000 }).map((parts) => String(parts / 100))
    await fc.assert(
      fc.asyncProperty(shares, shares, async (first, second) => {
        const stay = { fromProvider: 'acme', toProvider: 'acme' }
        const routes = [
          { ...stay, fromModel: OLD, toModel: OLD, sharePercent: first },
          { ...stay, fromModel: NEW, toModel: NEW, sharePercent: second },
        ]
        expect(await totals({ routes })).toEqual(today)
      }),
      { numRuns: 10 },
    )
  })

  it('stays so when the stored attempts have caught up with their prices', async () => {
    const before = await totals({ routes: [ALL_NEW] })
    for (let pass = 0; pass < 4; pass += 1) await restampOpenChanges(0)
    expect(await totals({ routes: [ALL_NEW] })).toEqual(before)
  })
})

describe('a route', () => {
  it('prices all of a model as another', async () => {
    const { rows, totals: sum } = await ask(BY_MODEL, { routes: [ALL_NEW] })
    expect(sum.spend).toBe(expected(() => ({ model: NEW })))
    expect(rows.map(({ model, requests }) => [model, requests])).toEqual([[NEW, '40']])
  })

  it('moves whole requests, the same ones each time, and leaves the others as they were', async () => {
    const half = { routes: [{ ...ALL_NEW, sharePercent: '50' }] }
    const [first, again] = [await ask(BY_MODEL, half), await ask(BY_MODEL, half)]
    expect(again.rows).toEqual(first.rows)
    const requests = first.rows.map((row) => Number(row.requests))
    expect(requests.reduce((sum, each) => sum + each, 0)).toBe(40)
    expect(Math.min(...requests)).toBeGreaterThan(10)
    const [none, all] = [await totals(), await totals({ routes: [ALL_NEW] })]
    const spend = String(first.totals.spend)
    expect(compareDecimals(spend, String(none.spend))).toBe(-1)
    expect(compareDecimals(spend, String(all.spend))).toBe(1)
    expect((await totals(half)).totalTokens).toBe(none.totalTokens)
  })

  it('can be of one endpoint, and takes what earlier routes left', async () => {
    const chat = { ...ALL_NEW, endpoint: '/chat' }
    expect((await totals({ routes: [chat] })).spend).toBe(
      expected((event) => (event.endpointTag === '/chat' ? { model: NEW } : null)),
    )
    expect(await totals({ routes: [chat, ALL_NEW] })).toEqual(await totals({ routes: [ALL_NEW] }))
    const stay = { ...ALL_NEW, toModel: OLD }
    expect(await totals({ routes: [stay, ALL_NEW] })).toEqual(await totals())
  })

  it('scales tokens and splits the cached share as the price book does, to the digit', async () => {
    const hundredths = (max: number) => fc.integer({ min: 1, max }).map((parts) => parts / 100)
    await fc.assert(
      fc.asyncProperty(
        hundredths(300),
        hundredths(300),
        hundredths(100),
        fc.boolean(),
        async (input, output, share, moves) => {
          const route = {
            ...ALL_NEW,
            ...(moves ? {} : { toProvider: '', toModel: '' }),
            inputFactor: String(input),
            outputFactor: String(output),
            cachedPercent: String(Math.round(share * 100)),
          }
          const answer = await totals({ routes: [route] })
          expect(answer.spend).toBe(
            expected(({ model }) =>
              model === OLD ? { model: moves ? NEW : OLD, input, output, cached: Math.round(share * 100) / 100 } : null,
            ),
          )
        },
      ),
      { numRuns: 15 },
    )
  })

  it('to a model or tier without a price leaves its tokens unpriced, never free', async () => {
    const free = await totals({ routes: [{ ...ALL_NEW, toModel: FREE }] })
    expect(free.spend).toBe(expected(({ model }) => ({ model: model === OLD ? FREE : model })))
    expect(Number(free.unpricedTokens)).toBeGreaterThan(10_000)
    const batch = await totals({ routes: [{ fromProvider: 'acme', fromModel: OLD, tier: 'batch' }] })
    expect(batch.unpricedTokens).toBe(free.unpricedTokens)
  })
})

describe('a price of a scenario', () => {
  const at = (changes: Partial<Extract<PriceChange['terms'], { kind: 'prices' }>> = {}): PriceChange => ({
    provider: 'acme',
    model: NEW,
    tier: 'standard',
    terms: { kind: 'prices', inputPerMillion: '0.25', cacheReadPerMillion: '0.025', outputPerMillion: '2', ...changes },
  })

  it('that is the one in force changes nothing', async () => {
    expect(await totals({ prices: [at()] })).toEqual(await totals())
  })

  it('stands before the contracts, also for what a route sends there', async () => {
    const twice = at({ inputPerMillion: '0.5', cacheReadPerMillion: '0.05', outputPerMillion: '4' })
    const [all, allTwice] = [await totals({ routes: [ALL_NEW] }), await totals({ routes: [ALL_NEW], prices: [twice] })]
    expect(allTwice.spend).toBe(trimDecimal(addDecimals([String(all.spend), String(all.spend)])))
  })

  it('gives a model a price that has none', async () => {
    const price: PriceChange = { ...at(), model: FREE }
    const route = { ...ALL_NEW, toModel: FREE }
    expect(await totals({ routes: [route], prices: [price] })).toEqual(await totals({ routes: [ALL_NEW] }))
  })
})

describe('a scenario beside today', () => {
  const definition = { routes: [{ ...EMPTY_ROUTE, ...ALL_NEW, endpoint: '/chat' }], prices: [] }
  const range = { from: new Date(OCTOBER.from), to: new Date(OCTOBER.to) }

  it('has the same totals in every view, and moves no endpoint or tenant', async () => {
    const { totals: sum, views, isMoving } = await compareScenario(definition, scope, range, NOW)
    expect(isMoving).toBe(false)
    expect(sum.today.spend).toBe(expected(() => null))
    expect(sum.scenario.spend).toBe(expected((event) => (event.endpointTag === '/chat' ? { model: NEW } : null)))
    for (const rows of Object.values(views)) {
      const spends = rows.map((row) => [row.today.spend, row.scenario.spend, row.difference])
      const sums = [0, 1, 2].map((at) => trimDecimal(addDecimals(spends.map((each) => each[at] ?? null))))
      expect(sums).toEqual([sum.today.spend, sum.scenario.spend, sum.difference])
    }
    expect(views.endpoint.map(({ keys, today, scenario }) => [keys[0], today.spend === scenario.spend])).toEqual(
      expect.arrayContaining([
        ['/chat', false],
        ['/search', true],
      ]),
    )
    expect(views.user).toHaveLength(3)
  })

  it('downloads as CSV with every digit and a total', async () => {
    const scenario = { id: 7, name: 'x', createdByName: 'x', createdAt: NOW, updatedAt: NOW, definition }
    const { name, csv } = await exportScenario(scenario, scope, range, 'model', NOW)
    expect(name).toBe(`farthing-w${workspaceId}-scenario-7-model.csv`)
    const [header, ...lines] = csv.trim().split('\r\n')
    expect(header).toMatch(/^provider,model,spend\.today,.*,spend\.scenario,.*,spend\.difference$/)
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
      ['acme', OLD],
      ['acme', NEW],
      ['Total', ''],
    ])
    expect(lines.at(-1)?.split(',')[2]).toBe(expected(() => null))
  })
})

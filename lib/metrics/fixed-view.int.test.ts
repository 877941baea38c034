import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { insertFixedCost } from '@/db/postgres/queries/fixed-costs'
import { inTransaction } from '@/db/postgres/transaction'
import { exportRows } from '@/lib/exports/export-rows'
import { parseExport } from '@/lib/exports/parse-export'
import type { CostView } from '@/lib/fixed-costs/cost-view'
import { listFixedCosts, readCostMonth } from '@/lib/fixed-costs/read-costs'
import type { Method } from '@/lib/fixed-costs/spread-cost'
import { mintLedger } from '@/lib/metrics/ledger-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, trimDecimal } from '@/lib/money'
import { priceScenario } from '@/lib/scenarios/price-scenario'
import { EMPTY_ROUTE } from '@/lib/scenarios/scenario'

const NOW = new Date('2026-11-15T00:00:00Z')
const OCTOBER = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }

type Cost = {
  name: string
  provider: string
  models?: string[]
  amount: string
  method: Method
  capacityTokens?: string
  capacityHours?: string
}

const event = (
  id: string,
  [endpointTag, userId]: [string, string],
  [provider, model]: [string, string],
  [inputTokens, latencyMs]: [number, number],
  day: number,
) => ({
  externalRequestId: id,
  attempt: 1,
  provider,
  model,
  endpointTag,
  userId,
  inputTokens,
  outputTokens: 0,
  latencyMs,
  status: 'success',
  timestamp: `2026-10-${String(day).padStart(2, '0')}T12:00:00Z`,
})

/** `gamma` has no price: 1,000 tokens of it, in parts of 600, 150, 150 and 100; `alpha` costs 0.001 a token. */
const EVENTS = [
  event('a', ['/chat', 'u1'], ['gamma', 'g1'], [600, 1_000], 1),
  event('b', ['/chat', 'u2'], ['gamma', 'g1'], [150, 3_000], 2),
  event('c', ['/search', 'u1'], ['gamma', 'g2'], [150, 4_000], 2),
  event('d', ['/search', 'u2'], ['gamma', 'g2'], [100, 2_000], 31),
  event('e', ['/chat', 'u1'], ['alpha', 'a1'], [5_000, 10_000], 2),
]

const mint = async (costs: readonly Cost[], events: readonly Record<string, unknown>[] = EVENTS): Promise<Scope> => {
  const { scope, workspace } = await mintLedger(events)
  for (const cost of costs) {
    await inTransaction((tx) =>
      insertFixedCost(tx, {
        workspaceId: workspace.id,
        models: [],
        firstMonth: '2026-10',
        authorName: 'a test',
        reason: 'a test',
        createdAt: NOW,
        ...cost,
      }),
    )
  }
  return scope
}

const ask = (scope: Scope, question: Partial<QueryInput> & { costView: CostView }) =>
  runQuery(parseQuery({ measures: ['spend'], ...OCTOBER, ...question }), scope, NOW)

const table = (rows: readonly ResultRow[], ...names: string[]) =>
  rows.map((row) =>
    (row.$idle === true ? ['idle'] : row.$other === true ? ['other'] : []).concat(
      names.map((name) => String(cellOf(row, name))),
    ),
  )

const GPUS: Cost = { name: 'GPUs', provider: 'gamma', amount: '310', method: 'tokens', capacityTokens: '1250' }

describe('spend under a view', () => {
  let scope: Scope
  beforeAll(async () => {
    scope = await mint([GPUS])
  })

  it('has the fixed cost of the usage in every row, and what is idle in one of its own', async () => {
    // 310 × 250 ÷ 1,250 = 62 are idle; 248 are borne, 0.248 a token.
    const both = await ask(scope, {
      costView: 'usageAndFixed',
      dimensions: ['endpoint'],
      measures: ['spend', 'requests', 'costPerRequest', 'topNShare'],
    })
    expect(table(both.rows, 'endpoint', 'spend', 'requests', 'costPerRequest')).toEqual([
      ['/chat', '191', '3', '63.666666666666666667'],
      ['/search', '62', '2', '31'],
      ['idle', 'null', '62', '0', 'null'],
    ])
    expect(both.totals).toMatchObject({ spend: '315', requests: '5', costPerRequest: '63' })
    expect(both.meta).toMatchObject({ costView: 'usageAndFixed', idleFixedCost: '62', unpricedTokens: '1000' })

    const fixed = await ask(scope, { costView: 'fixed', dimensions: ['provider', 'model'] })
    expect(table(fixed.rows, 'model', 'spend')).toEqual([
      ['g1', '186'],
      ['g2', '62'],
      ['a1', '0'],
      ['idle', 'null', '62'],
    ])
    expect(fixed.totals).toEqual({ spend: '310' })
    expect(fixed.meta).toMatchObject({ costView: 'fixed', unpricedTokens: '0', unpricedAttempts: '0' })
    const usage = await ask(scope, { costView: 'usage' })
    expect(usage.totals).toEqual({ spend: '5' })
    expect(usage.meta).not.toHaveProperty('costView')
  })

  it('is borne by a day as its usage is of the month, and idle cost by every day alike', async () => {
    const { rows, totals } = await ask(scope, { costView: 'fixed', dimensions: ['time'] })
    expect(rows).toHaveLength(31)
    const days = rows.map((row) => String(cellOf(row, 'spend')))
    // 62 ÷ 31 = 2 a day; 600, 300 and 100 tokens at 0.248.
    expect([days[0], days[1], days[2], days[30]]).toEqual(['150.8', '76.4', '2', '26.8'])
    expect(trimDecimal(addDecimals(days))).toBe('310')
    expect(totals).toEqual({ spend: '310' })
    const day = await ask(scope, { costView: 'fixed', from: '2026-10-02T00:00:00Z', to: '2026-10-03T00:00:00Z' })
    expect(day.totals).toEqual({ spend: '76.4' })
  })

  it('is ranked, cut and compared as it is read', async () => {
    const { rows } = await ask(scope, {
      costView: 'usageAndFixed',
      dimensions: ['time', 'user'],
      granularity: 'month',
      from: '2026-10-01T00:00:00Z',
      to: '2026-12-01T00:00:00Z',
      limit: 1,
      other: true,
    })
    // u1: 750 tokens and 5 by usage; u2: 250 tokens. November runs, and 14 days of it have gone by: all of it is idle.
    expect(table(rows, 'time', 'user', 'spend')).toEqual([
      ['2026-10-01T00:00:00Z', 'u1', '191'],
      ['other', '2026-10-01T00:00:00Z', 'null', '62'],
      ['idle', '2026-10-01T00:00:00Z', 'null', '62'],
      ['idle', '2026-11-01T00:00:00Z', 'null', '310'],
    ])
    const compared = await ask(scope, {
      costView: 'fixed',
      dimensions: ['endpoint'],
      from: '2026-10-02T00:00:00Z',
      to: '2026-10-03T00:00:00Z',
      compare: 'previous',
      limit: 10,
    })
    expect(compared.rows).toEqual([
      { endpoint: '/chat', spend: '37.2', previous: { spend: '148.8' } },
      { endpoint: '/search', spend: '37.2', previous: { spend: '0' } },
      { endpoint: null, $idle: true, spend: '2', previous: { spend: '2' } },
    ])
    const ordered = await ask(scope, {
      costView: 'fixed',
      dimensions: ['endpoint'],
      orderBy: [{ key: 'spend', direction: 'asc' }],
    })
    expect(table(ordered.rows, 'endpoint')).toEqual([['/search'], ['/chat'], ['idle', 'null']])
  })

  it('keeps to filters, with what is idle where they leave the pool whole', async () => {
    const filtered = async (dimension: string, values: string[]) => {
      const { totals, meta } = await ask(scope, {
        costView: 'usageAndFixed',
        filters: [{ dimension, operator: 'in', values }],
      })
      return [totals.spend, meta.idleFixedCost]
    }
    expect(await filtered('endpoint', ['/search'])).toEqual(['62', '0'])
    expect(await filtered('provider', ['gamma'])).toEqual(['310', '62'])
    expect(await filtered('provider', ['alpha'])).toEqual(['5', '0'])
    expect(await filtered('model', ['g1'])).toEqual(['186', '0'])
    expect(await filtered('workspace', [scope.workspaces[0].slug])).toEqual(['315', '62'])
  })

  it('is all idle where a scenario sends the usage elsewhere', async () => {
    const { routes, priceChanges } = await priceScenario(
      {
        routes: [{ ...EMPTY_ROUTE, fromProvider: 'gamma', toProvider: 'alpha', toModel: 'a1' }],
        prices: [],
      },
      scope.workspaces[0].id,
    )
    const query = parseQuery({ measures: ['spend'], ...OCTOBER, costView: 'fixed', dimensions: ['endpoint'] })
    const { totals, meta } = await runQuery(query, scope, NOW, priceChanges, routes)
    expect([totals.spend, meta.idleFixedCost]).toEqual(['310', '310'])
  })

  it('refuses what fixed costs are not spread over', async () => {
    const everywhere = ask(scope, {
      costView: 'fixed',
      filters: [{ dimension: 'environment', operator: 'in', values: ['*'] }],
    })
    await expect(everywhere).rejects.toMatchObject({
      code: 'invalid_query',
      message: /spread over the usage of prod, real/,
    })
    const [workspace] = scope.workspaces
    const two = ask({ workspaces: [workspace, { ...workspace, id: workspace.id + 1 }] }, { costView: 'fixed' })
    await expect(two).rejects.toMatchObject({ code: 'invalid_query', message: /one workspace at a time/ })
    expect(() => parseExport({ ...OCTOBER, grain: 'attempts', costView: 'fixed' })).toThrow(/costView/)
  })

  it('is exported as it is answered', async () => {
    const query = parseQuery({ measures: ['spend'], ...OCTOBER, dimensions: ['endpoint'], costView: 'fixed' })
    const { columns, records } = await exportRows(query, scope, NOW, { totals: true })
    const lines = []
    for await (const record of records) lines.push(record)
    expect(columns.map(({ name }) => name)).toEqual(['costView', 'endpoint', 'spend', 'unpricedTokens'])
    expect(lines).toEqual([
      ['fixed', '/chat', '186', '750'],
      ['fixed', '/search', '62', '250'],
      ['fixed', 'Idle', '62', '0'],
      ['fixed', 'Total', '310', '1000'],
    ])
  })
})

describe('methods', () => {
  it('weigh usage as on the page of fixed costs', async () => {
    const fixed = async (cost: Partial<Cost>) => {
      const scope = await mint([{ ...GPUS, amount: '300', capacityTokens: undefined, ...cost }])
      const month = await readCostMonth(await listFixedCosts(scope.workspaces[0].id), scope, '2026-10', NOW)
      const { rows } = await ask(scope, { costView: 'fixed', dimensions: ['endpoint'] })
      const shown = rows
        .filter((row) => row.$idle !== true)
        .map((row) => [cellOf(row, 'endpoint'), cellOf(row, 'spend')])
      expect(shown).toEqual(month.endpoints.map((each) => [each.endpoint, each.fixed]))
      return shown
    }
    expect(await fixed({ method: 'requests' })).toEqual([
      ['/chat', '150'],
      ['/search', '150'],
    ])
    expect(await fixed({ method: 'busyTime', capacityHours: '0.01' })).toEqual([
      // 10,000 of 36,000 ms are busy; 83.33… are borne, 4,000 and 6,000 parts of it.
      ['/search', '50.000000000000000001'],
      ['/chat', '33.333333333333333333'],
    ])
    expect(await fixed({ method: 'even' })).toEqual([
      ['/chat', '150'],
      ['/search', '150'],
    ])
  })

  it('refuse rows among which a request has no place of its own', async () => {
    const scope = await mint([
      { ...GPUS, name: 'Support', provider: '', method: 'requests', capacityTokens: undefined },
    ])
    const byModel = ask(scope, { costView: 'fixed', dimensions: ['model'] })
    await expect(byModel).rejects.toMatchObject({ code: 'invalid_query', message: /Support.*requests.*model/ })
    expect((await ask(scope, { costView: 'fixed', dimensions: ['user'] })).totals).toEqual({ spend: '310' })
  })

  it('add up to the charge, however it is asked', async () => {
    const pick = fc.sample(
      fc.record({
        at: fc.integer({ min: 1, max: 31 }),
        endpoint: fc.constantFrom('/a', '/b', '/c'),
        user: fc.constantFrom('u1', 'u2', 'u3', 'u4'),
        provider: fc.constantFrom('gamma', 'alpha'),
        tokens: fc.integer({ min: 0, max: 9_999 }),
        latency: fc.integer({ min: 1, max: 99_999 }),
      }),
      { numRuns: 60, seed: 7 },
    )
    const events = pick.map(({ at, endpoint, user, provider, tokens, latency }, index) =>
      event(String(index), [endpoint, user], [provider, provider === 'gamma' ? 'g1' : 'a1'], [tokens, latency], at),
    )
    const scope = await mint(
      [
        { name: 'a', provider: 'gamma', amount: '100.01', method: 'tokens', capacityTokens: '7777777' },
        { name: 'b', provider: 'gamma', amount: '33.33', method: 'busyTime', capacityHours: '7.7' },
        { name: 'c', provider: '', amount: '7', method: 'even' },
        { name: 'd', provider: 'gamma', models: ['g1'], amount: '11.11', method: 'requests' },
        { name: 'e', provider: 'nobody', amount: '1.23', method: 'tokens' },
      ],
      events,
    )
    const questions: Partial<QueryInput>[] = [
      { dimensions: ['time'] },
      { dimensions: ['endpoint'] },
      { dimensions: ['user', 'endpoint'] },
      { dimensions: ['provider', 'model'] },
      { dimensions: ['time', 'user'], limit: 2, other: true },
      { dimensions: ['time', 'provider', 'endpoint'], granularity: 'week', timeZone: 'Asia/Kolkata' },
      { dimensions: ['endpoint', 'user'], limit: 3, other: true },
    ]
    for (const question of questions) {
      const { rows, totals } = await ask(scope, { ...question, costView: 'fixed' })
      expect(totals).toEqual({ spend: '152.68' })
      const sum = addDecimals(rows.map((row) => String(cellOf(row, 'spend'))))
      expect(compareDecimals(sum, '152.68')).toBe(0)
    }
  })
})

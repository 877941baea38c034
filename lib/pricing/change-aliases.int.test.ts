import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS } from '@/db/clickhouse/statements/attempts'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { exportAttempts } from '@/lib/exports/export-attempts'
import { reconcileWorkspace } from '@/lib/ledger/reconcile'
import { verifyWorkspace } from '@/lib/ledger/verify'
import { compileStatement } from '@/lib/metrics/compile'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { streamQuery } from '@/lib/metrics/stream'
import { addModelAlias, assumeAlias, assumeRevocation, revokeModelAlias } from '@/lib/pricing/change-aliases'
import { addContractPrice, applyPriceList, revokeContractPrice } from '@/lib/pricing/change-prices'
import { loadListPriceBook } from '@/lib/pricing/price-book'
import { restampOpenChanges } from '@/lib/pricing/restamp'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'
import { listRequests } from '@/lib/requests/list-requests'

const ACTOR = { kind: 'system' as const, name: 'the tests' }
const NOW = new Date('2026-10-20T12:00:00Z')
const FROM = '2026-10-01T00:00:00Z'
const TO = '2026-10-13T00:00:00Z'
const SPAN = { fromMs: Date.parse(FROM), toMs: Date.parse(TO) }
const HOUR_MS = 3_600_000

beforeAll(() => applyPriceList(loadListPriceBook(), ACTOR))
afterAll(settlePriceChanges)

/** A priced model and a name that nobody knows, of no other test. */
async function newNames() {
  const model = `m-${randomUUID().slice(0, 8)}x`
  await addContractPrice(
    {
      workspaceId: null,
      provider: 'acme',
      model,
      terms: { kind: 'prices', unitPrices: { inputUncached: '0.000001234567', output: '0.00001' } },
      reason: 'a test',
    },
    ACTOR,
  )
  await settlePriceChanges()
  return { model, unknown: `u-${randomUUID().slice(0, 8)}y` }
}

/** 60 requests: of the unknown name, of the known one, and of one after the other, in turns. */
async function mintLedger({ model, unknown }: { model: string; unknown: string }) {
  const { workspaceId } = await mintWorkspace()
  const events = Array.from({ length: 60 }, (_, index) => {
    const event = (name: string, attempt: number, status: string) => ({
      externalRequestId: `r${index}`,
      attempt,
      provider: 'acme',
      model: name,
      endpointTag: `/e${index % 3}`,
      userId: `u${index % 7}`,
      status,
      timestamp: SPAN.fromMs + index * 4 * HOUR_MS + attempt * 1_000,
      inputTokens: 100 + ((index * 7_919) % 9_973),
      outputTokens: (index * 104_729) % 997,
      ...(index % 10 === 0 && attempt === 1 ? { costUsd: '0.5' } : {}),
    })
    if (index % 3 === 0) return [event(unknown, 1, 'success')]
    if (index % 3 === 1) return [event(model, 1, 'success')]
    return [event(unknown, 1, 'error'), event(model, 2, 'success')]
  }).flat()
  await send(workspaceId, events)
  const workspace: ScopeWorkspace = {
    id: workspaceId,
    slug: `w${workspaceId}`,
    timeZone: 'UTC',
    currency: 'USD',
    fiscalYearStartMonth: 1,
    defaultEnvironments: ['prod'],
    defaultDataModes: ['real'],
    costPreference: 'reported',
    apiKeys: [],
  }
  return { workspace, scope: { workspaces: [workspace] } satisfies Scope }
}

async function send(workspaceId: number, events: readonly Record<string, unknown>[]) {
  const result = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events,
    receivedAt: NOW,
    mode: 'import',
  })
  if (result.accepted !== events.length) throw new Error(JSON.stringify(result))
}

const MEASURES = [
  'spend',
  'attempts',
  'requests',
  'failedRequests',
  'unpricedTokens',
  'unknownModelRatio',
  'totalTokens',
]
const ORDERED = ['retries', 'fallbackRequests', 'waste', 'wasteRetry', 'wasteFallback']

/** Answers of every kind. `measures` that depend on the order within requests follow when stored attempts have caught up. */
async function ask(scope: Scope, measures: readonly string[] = MEASURES, assumed?: Parameters<typeof runQuery>[3]) {
  const question = (body: object) =>
    runQuery(parseQuery({ from: FROM, to: TO, measures, ...body }), scope, NOW, assumed)
  const [total, models, endpoints, rawModels, days, only] = [
    await question({}),
    await question({ dimensions: ['provider', 'model'], orderBy: [{ key: 'model', direction: 'asc' }] }),
    await question({
      dimensions: ['endpoint', 'model'],
      orderBy: [
        { key: 'endpoint', direction: 'asc' },
        { key: 'model', direction: 'asc' },
      ],
    }),
    await question({ dimensions: ['rawModel'], orderBy: [{ key: 'rawModel', direction: 'asc' }] }),
    await question({ dimensions: ['time'], granularity: 'day' }),
    await question({ filters: [{ dimension: 'model', operator: 'contains', values: ['m-'] }] }),
  ]
  return [total.totals, models.rows, models.totals, endpoints.rows, rawModels.rows, days.rows, only.totals]
}

const sourceOf = async (scope: Scope) =>
  (await runQuery(parseQuery({ from: FROM, to: TO, measures: ['spend'], dimensions: ['model'] }), scope, NOW)).meta
    .source

const draftOf = (unknown: string, model: string, changes: object = {}) => ({
  workspaceId: null,
  rawProvider: 'acme',
  rawModel: unknown,
  provider: 'acme',
  model,
  ...changes,
})

describe('an alias', { timeout: 120_000 }, () => {
  it('renames and prices history at once, stays so when attempts have caught up, and gives the digits back', async () => {
    const names = await newNames()
    const { workspace, scope } = await mintLedger(names)
    const build = () => reconcileWorkspace(workspace, SPAN, { now: NOW, quietMs: 0 })
    // What the ledger would say if the unknown name had never been sent.
    const known = await mintLedger({ ...names, unknown: names.model })
    const drop = (answers: Awaited<ReturnType<typeof ask>>) => answers.filter((_, at) => at !== 4)

    await build()
    expect(await sourceOf(scope)).toBe('rollup')
    const before = await ask(scope)
    const orderedBefore = await ask(scope, ORDERED)
    const previewed = await ask(scope, MEASURES, await assumeAlias(draftOf(names.unknown, names.model)))
    expect(await ask(scope)).toEqual(before)

    const id = await addModelAlias(draftOf(names.unknown, names.model), 'It is the same model.', ACTOR)
    const open = await ask(scope)
    expect(open).toEqual(previewed)
    expect(open).not.toEqual(before)
    expect(drop(open)).toEqual(drop(await ask(known.scope)))

    expect(await restampOpenChanges(0)).toMatchObject({ restamped: 40, reclassified: 40 })
    expect(await ask(scope)).toEqual(open)
    await settlePriceChanges()
    expect(await ask(scope)).toEqual(open)
    const orderedAfter = await ask(scope, ORDERED)
    expect(drop(orderedAfter)).toEqual(drop(await ask(known.scope, ORDERED)))
    await build()
    expect(await sourceOf(scope)).toBe('rollup')
    expect(await ask(scope)).toEqual(open)
    expect(await ask(scope, ORDERED)).toEqual(orderedAfter)
    const verified = await verifyWorkspace(workspace, SPAN, { repair: false, onTable: () => {}, quietMs: 0 })
    expect(verified).toMatchObject({ unbuiltDays: 0, differing: 0 })

    const unPreviewed = await ask(scope, MEASURES, await assumeRevocation(id, null))
    expect(unPreviewed).toEqual(before)
    await revokeModelAlias(id, null, 'It is another model.', ACTOR)
    expect(await ask(scope)).toEqual(before)
    await restampOpenChanges(0)
    expect(await ask(scope)).toEqual(before)
    await settlePriceChanges()
    await build()
    expect(await sourceOf(scope)).toBe('rollup')
    expect(await ask(scope)).toEqual(before)
    expect(await ask(scope, ORDERED)).toEqual(orderedBefore)
  })

  it('classifies requests again that another process wrote back as they were, or that a crash left so', async () => {
    const names = await newNames()
    const { workspace, scope } = await mintLedger(names)
    const id = await addModelAlias(draftOf(names.unknown, names.model), 'It is the same model.', ACTOR)
    await restampOpenChanges(0)
    const ordered = await ask(scope, ORDERED)
    expect(ordered[0]).toMatchObject({ retries: '20', fallbackRequests: '0' })
    await runCommand(
      `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')})
       SELECT ${ATTEMPT_COLUMNS.join(', ')}
       FROM (SELECT * REPLACE (bitXor(flags, 2) AS flags, version + 1 AS version)
         FROM (SELECT * FROM attempts FINAL WHERE workspace_id = ${workspace.id} AND is_retry))`,
    )
    expect((await ask(scope, ORDERED))[0]).toMatchObject({ retries: '0' })
    expect(await restampOpenChanges(0)).toMatchObject({ restamped: 0, reclassified: 20, closed: 0 })
    expect(await ask(scope, ORDERED)).toEqual(ordered)
    await settlePriceChanges()
    expect(await ask(scope, ORDERED)).toEqual(ordered)
    await revokeModelAlias(id, null, 'and back', ACTOR)
    await settlePriceChanges()
  })

  it('leaves the primary key to be used while names are taken through it', async () => {
    const names = await newNames()
    const { scope } = await mintLedger(names)
    const statement = compileStatement({
      scope: { workspaceIds: scope.workspaces.map(({ id }) => id), bookFirstWorkspaceIds: [] },
      range: { from: new Date(FROM), to: new Date(TO) },
      dimensions: ['model'],
      buckets: null,
      atoms: ['spend', 'attempts'],
      filters: [{ dimension: 'model', operator: 'in', values: [names.model] }],
      priceChanges: await assumeAlias(draftOf(names.unknown, names.model)),
    })
    const plan = await queryRows(z.object({ explain: z.string() }), `EXPLAIN indexes = 1 ${statement.sql}`, {
      params: statement.params,
    })
    const text = plan.map(({ explain }) => explain.trim()).join('\n')
    expect(text).toMatch(/PrimaryKey\nKeys:\nworkspace_id\nts\n/)
  })

  it('is what lists, exports and streams say too', async () => {
    const names = await newNames()
    const { scope } = await mintLedger(names)
    const id = await addModelAlias(draftOf(names.unknown, names.model), 'It is the same model.', ACTOR)
    const filters = [{ dimension: 'model', values: [names.model] }]
    const query = parseQuery({ from: FROM, to: TO, measures: ['spend', 'attempts'], dimensions: ['model'], filters })
    const { totals } = await runQuery(query, scope, NOW)
    const streamed = await streamQuery(query, scope, NOW)
    expect(streamed.totals).toEqual(totals)
    const rows = []
    for await (const row of streamed.rows) rows.push(row)
    expect(rows).toMatchObject([{ model: names.model, attempts: '80' }])
    const { columns, records } = await exportAttempts(query, scope, NOW)
    const models = new Map<unknown, number>()
    const [model, rawModel] = ['model', 'rawModel'].map((name) => columns.findIndex((column) => column.name === name))
    for await (const record of records) {
      const key = `${record[model ?? -1]} ${record[rawModel ?? -1]}`
      models.set(key, (models.get(key) ?? 0) + 1)
    }
    expect(Object.fromEntries(models)).toEqual({
      [`${names.model} ${names.unknown}`]: 40,
      [`${names.model} ${names.model}`]: 40,
    })
    const list = await listRequests(
      { scope, query, sort: 'newest', limit: 100, cursor: null, externalRequestId: null },
      NOW,
    )
    expect(list.requests).toHaveLength(60)
    expect(new Set(list.requests.flatMap(({ attempts }) => attempts.map((attempt) => attempt.model)))).toEqual(
      new Set([names.model]),
    )
    expect(
      list.requests.flatMap(({ attempts }) => attempts).filter(({ price }) => price.kind === 'unexplained'),
    ).toEqual([])
    await revokeModelAlias(id, null, 'and back', ACTOR)
    await settlePriceChanges()
  })

  it('names what is ingested later, and only within its dates', async () => {
    const names = await newNames()
    const { workspaceId } = await mintWorkspace()
    const border = new Date(SPAN.fromMs + 5 * 24 * HOUR_MS)
    const id = await addModelAlias(draftOf(names.unknown, names.model, { effectiveFrom: border }), 'Since then.', ACTOR)
    const { scope } = await mintLedger(names)
    await settlePriceChanges()
    const spent = async () => {
      const body = { from: FROM, to: TO, measures: ['attempts'], dimensions: ['model'] }
      const { rows } = await runQuery(parseQuery(body), scope, NOW)
      return Object.fromEntries(rows.map((row) => [row.model, row.attempts]))
    }
    const early = Array.from({ length: 60 }, (_, index) => index).filter(
      (index) => index % 3 !== 1 && SPAN.fromMs + index * 4 * HOUR_MS + 1_000 < border.getTime(),
    ).length
    expect(await spent()).toEqual({ [names.unknown]: String(early), [names.model]: String(80 - early) })
    await revokeModelAlias(id, null, 'and back', ACTOR)
    expect(await spent()).toEqual({ [names.unknown]: '40', [names.model]: '40' })
    await settlePriceChanges()
    expect(await spent()).toEqual({ [names.unknown]: '40', [names.model]: '40' })
    expect(workspaceId).toBeGreaterThan(0)
  })

  it('holds in its workspace alone, before that of the organisation, and by the prices of each', async () => {
    const [one, other] = [await newNames(), await newNames()]
    const unknown = one.unknown
    const [first, second] = [await mintLedger({ ...one, unknown }), await mintLedger({ ...one, unknown })]
    const spend = async ({ scope }: { scope: Scope }) => {
      const filters = [{ dimension: 'rawModel', values: [unknown] }]
      const body = { from: FROM, to: TO, measures: ['spend', 'attempts'], dimensions: ['model'], filters }
      const { rows } = await runQuery(parseQuery(body), scope, NOW)
      return rows.map(({ model, spend: cost, attempts }) => [model, cost, attempts])
    }
    const start = [await spend(first), await spend(second)]
    const everywhere = await addModelAlias(draftOf(unknown, one.model), 'For all.', ACTOR)
    const shared = await spend(second)
    const own = await addModelAlias(
      draftOf(unknown, other.model, { workspaceId: first.workspace.id }),
      'Only here.',
      ACTOR,
    )
    const mine = await spend(first)
    expect(mine).toEqual([[other.model, expect.any(String), '40']])
    expect(await spend(second)).toEqual(shared)
    expect(shared).toEqual([[one.model, expect.any(String), '40']])
    // A price of the second workspace for the model that the name stands for.
    const contract = await addContractPrice(
      {
        workspaceId: second.workspace.id,
        provider: 'acme',
        model: one.model,
        terms: { kind: 'prices', unitPrices: { inputUncached: '1', output: '0' } },
        reason: 'a test',
      },
      ACTOR,
    )
    const dearer = await spend(second)
    expect(dearer).not.toEqual(shared)
    expect(await spend(first)).toEqual(mine)
    await restampOpenChanges(0)
    expect([await spend(first), await spend(second)]).toEqual([mine, dearer])
    await revokeModelAlias(everywhere, null, 'No longer.', ACTOR)
    expect([await spend(first), await spend(second)]).toEqual([mine, start[1]])
    await settlePriceChanges()
    expect([await spend(first), await spend(second)]).toEqual([mine, start[1]])
    await revokeModelAlias(own, first.workspace.id, 'No longer.', ACTOR)
    expect([await spend(first), await spend(second)]).toEqual(start)
    await revokeContractPrice(contract, ACTOR, 'over')
    await settlePriceChanges()
    expect([await spend(first), await spend(second)]).toEqual(start)
  })

  it('is refused where it says nothing new, leads nowhere, or has no reason', async () => {
    const names = await newNames()
    const draft = draftOf(names.unknown, names.model)
    await expect(addModelAlias(draft, ' ', ACTOR)).rejects.toThrow('Say why')
    await expect(addModelAlias(draftOf(names.unknown, 'nowhere-z'), 'x', ACTOR)).rejects.toThrow('has no price')
    await expect(addModelAlias(draftOf(names.model, names.model), 'x', ACTOR)).rejects.toThrow('stands for already')
    const id = await addModelAlias(draft, 'x', ACTOR)
    await expect(addModelAlias(draft, 'x', ACTOR)).rejects.toThrow('stands for already')
    await expect(revokeModelAlias(id, 12_345, 'x', ACTOR)).rejects.toMatchObject({ code: 'not_found' })
    await revokeModelAlias(id, null, 'x', ACTOR)
    await expect(revokeModelAlias(id, null, 'x', ACTOR)).rejects.toMatchObject({ code: 'not_found' })
    await settlePriceChanges()
  })
})

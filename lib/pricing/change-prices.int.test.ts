import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS } from '@/db/clickhouse/statements/attempts'
import { postgres } from '@/db/postgres/client'
import { findOpenPriceChanges, reopenPriceChanges } from '@/db/postgres/queries/price-changes'
import { auditLog, leases, priceChanges } from '@/db/postgres/schema'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { addDecimals, trimDecimal } from '@/lib/money'
import { addContractPrice, applyPriceList, revokeContractPrice } from '@/lib/pricing/change-prices'
import type { ContractInput } from '@/lib/pricing/contract-input'
import { createPriceBook, loadListPriceBook, type PriceRow, type UnitPrices } from '@/lib/pricing/price-book'
import { pricedAttempts, repricedColumns } from '@/lib/pricing/price-sql'
import { publishPriceChanges, readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'
import { restampOpenChanges } from '@/lib/pricing/restamp'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const ACTOR = { kind: 'system' as const, name: 'the tests' }
const AT = Date.parse('2026-10-10T12:00:00Z')
const DAY_MS = 86_400_000

beforeAll(() => applyPriceList(loadListPriceBook(), ACTOR))

afterAll(async () => {
  await applyPriceList(loadListPriceBook(), ACTOR)
  await settlePriceChanges()
})

/** A model that no other test knows, as it is stored. */
const newModel = () => `m-${randomUUID().slice(0, 8)}x`

function contract(model: string, changes: Partial<ContractInput> = {}): ContractInput {
  return {
    workspaceId: null,
    provider: 'acme',
    model,
    terms: { kind: 'prices', unitPrices: { inputUncached: '0.000001', output: '0.00001' } },
    reason: 'a test',
    ...changes,
  }
}

async function ingest(workspaceId: number, model: string, events: readonly Record<string, unknown>[]): Promise<void> {
  const result = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: events.map((event, at) => ({
      externalRequestId: `${randomUUID()}-${at}`,
      provider: 'acme',
      model,
      timestamp: AT,
      inputTokens: 1_000,
      outputTokens: 10,
      ...event,
    })),
    receivedAt: new Date(AT + 10 * DAY_MS),
    mode: 'import',
  })
  if (result.accepted !== events.length) throw new Error(JSON.stringify(result))
}

const stampRow = z.object({
  cost: z.string().nullable(),
  model_known: z.boolean(),
  usage_known: z.boolean(),
  price: z.string(),
  reason: z.string(),
})

/** Stamps of a workspace's attempts, dearest first: as reading makes them, or as they are stored. */
async function stamps(workspaceId: number, how: 'read' | 'stored') {
  const params: Record<string, unknown> = { workspaceId }
  const changes = how === 'read' ? await readOpenPriceChanges([workspaceId]) : []
  const columns = repricedColumns(changes, (type, value) => {
    const name = `p${Object.keys(params).length}`
    params[name] = value
    return `{${name}:${type}}`
  })
  const rows = await queryRows(
    stampRow,
    `SELECT ${columns.pricedCost} AS cost, ${columns.modelKnown} AS model_known, ${columns.usageKnown} AS usage_known,
       ${columns.priceId} AS price, ${columns.unpricedReason} AS reason
     FROM ${pricedAttempts(columns, '(SELECT * FROM attempts FINAL WHERE workspace_id = {workspaceId:UInt32})')}
     ORDER BY cost DESC, reason`,
    { role: 'write', params },
  )
  return rows.map((row) => ({ ...row, cost: row.cost === null ? null : trimDecimal(row.cost) }))
}

const costs = async (workspaceId: number, how: 'read' | 'stored' = 'read') =>
  (await stamps(workspaceId, how)).map(({ cost }) => cost)

const listRow = (model: string, unitPrices: UnitPrices, changes: Partial<PriceRow> = {}): PriceRow => ({
  id: `acme:${model}:standard:base:always`,
  provider: 'acme',
  model,
  serviceTier: 'standard',
  region: null,
  contextBand: 'base',
  effectiveFrom: null,
  effectiveTo: null,
  dailyFrom: null,
  dailyTo: null,
  unitPrices,
  source: 'test',
  ...changes,
})

const applyList = (...rows: PriceRow[]) =>
  applyPriceList(createPriceBook([...loadListPriceBook().rows, ...rows]), ACTOR)

describe('a price for an unknown model', () => {
  it('prices history at once, and the stored attempts say the same digits when they have caught up', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await ingest(workspaceId, model, [{}, { outputTokens: undefined }, { totalTokens: 7, inputTokens: undefined }])
    const before = await stamps(workspaceId, 'read')
    expect(before.map(({ cost, reason, model_known }) => [cost, reason, model_known])).toEqual([
      [null, 'unknown_model', false],
      [null, 'unknown_model', false],
      [null, 'unknown_model', false],
    ])
    const id = await addContractPrice(contract(model), ACTOR)
    const priced = await stamps(workspaceId, 'read')
    expect(priced.map(({ cost, reason }) => [cost, reason])).toEqual([
      ['0.0011', ''],
      [null, 'unknown_usage'],
      [null, expect.stringMatching(/unsplit_total|unknown_usage/)],
    ])
    expect(priced[0]?.price).toBe(`contract:${id}`)
    expect(await stamps(workspaceId, 'stored')).toEqual(before)

    expect(await restampOpenChanges(0)).toMatchObject({ isHolder: true, restamped: 3, closed: 0 })
    expect(await stamps(workspaceId, 'stored')).toEqual(priced)
    expect(await stamps(workspaceId, 'read')).toEqual(priced)
    await settlePriceChanges()
    expect(await readOpenPriceChanges([workspaceId])).toEqual([])
    expect(await stamps(workspaceId, 'read')).toEqual(priced)

    await revokeContractPrice(id, ACTOR, 'a mistake')
    expect(await stamps(workspaceId, 'read')).toEqual(before)
    await settlePriceChanges()
    expect(await stamps(workspaceId, 'stored')).toEqual(before)
    const audit = await postgres()
      .select()
      .from(auditLog)
      .where(eq(auditLog.targetName, `acme/${model}`))
    expect(audit.map(({ action }) => action)).toEqual(['contract_price.added', 'contract_price.revoked'])
  })

  it('prices embeddings, which have no output', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await ingest(workspaceId, model, [{ outputTokens: undefined }])
    const terms = { kind: 'prices' as const, unitPrices: { inputUncached: '0.00000002' } }
    const id = await addContractPrice(contract(model, { terms }), ACTOR)
    expect(await stamps(workspaceId, 'read')).toMatchObject([{ cost: '0.00002', usage_known: true, reason: '' }])
    await settlePriceChanges()
    expect(await stamps(workspaceId, 'stored')).toMatchObject([{ cost: '0.00002', usage_known: true, reason: '' }])
    await revokeContractPrice(id, ACTOR, 'and back')
    expect(await stamps(workspaceId, 'read')).toMatchObject([
      { cost: null, usage_known: false, reason: 'unknown_model' },
    ])
    await settlePriceChanges()
  })
})

describe('contracts', () => {
  it('leave the figures of other workspaces, and stand before what holds for all', async () => {
    const [one, other] = [await mintWorkspace(), await mintWorkspace()]
    const model = newModel()
    for (const { workspaceId } of [one, other]) await ingest(workspaceId, model, [{}])
    const all = await addContractPrice(contract(model), ACTOR)
    const own = contract(model, {
      workspaceId: one.workspaceId,
      terms: { kind: 'prices', unitPrices: { inputUncached: '0.01', output: '0' } },
    })
    const ownId = await addContractPrice(own, ACTOR)
    const check = async (expected: [string | null, string | null]) => {
      expect([...(await costs(one.workspaceId)), ...(await costs(other.workspaceId))]).toEqual(expected)
    }
    await check(['10', '0.0011'])
    // The order in which the changes close must not matter for what is read between.
    await restampOpenChanges(0)
    await check(['10', '0.0011'])
    await settlePriceChanges()
    await check(['10', '0.0011'])
    await revokeContractPrice(all, ACTOR, 'over')
    await check(['10', null])
    await restampOpenChanges(0)
    await check(['10', null])
    await revokeContractPrice(ownId, ACTOR, 'over')
    await check([null, null])
    await settlePriceChanges()
    await check([null, null])
  })

  it('hold within their validity, and a period may be split at a change of prices', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    const days = [0, 1, 2, 3].map((day) => ({ timestamp: AT + day * DAY_MS, inputTokens: 1_000 * (day + 1) }))
    await ingest(workspaceId, model, days)
    const border = new Date(AT + 2 * DAY_MS)
    const prices = { kind: 'prices' as const, unitPrices: { inputUncached: '0.000000123456789012', output: '0' } }
    const whole = await addContractPrice(contract(model, { terms: prices }), ACTOR)
    const before = await costs(workspaceId)
    const total = addDecimals(before)
    expect(total).toBe('0.00123456789012')
    await addContractPrice(contract(model, { terms: prices, effectiveTo: border }), ACTOR)
    await addContractPrice(contract(model, { terms: prices, effectiveFrom: border }), ACTOR)
    expect(await costs(workspaceId)).toEqual(before)
    await revokeContractPrice(whole, ACTOR, 'split')
    expect(await costs(workspaceId)).toEqual(before)
    const dearer = { kind: 'prices' as const, unitPrices: { inputUncached: '1', output: '0' } }
    await addContractPrice(contract(model, { terms: dearer, effectiveFrom: border }), ACTOR)
    expect(await costs(workspaceId)).toEqual(['4000', '3000', '0.000246913578024', '0.000123456789012'])
    await settlePriceChanges()
    expect(await costs(workspaceId, 'stored')).toEqual(['4000', '3000', '0.000246913578024', '0.000123456789012'])
  })

  it('take a discount off the list, also when the list changes', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await applyList(listRow(model, { inputUncached: '0.001', output: '0.1' }))
    await ingest(workspaceId, model, [{}])
    expect(await costs(workspaceId, 'stored')).toEqual(['2'])
    const id = await addContractPrice(
      contract(model, { workspaceId, terms: { kind: 'discount', discountPercent: '12.5' } }),
      ACTOR,
    )
    expect(await costs(workspaceId)).toEqual(['1.75'])
    await applyList(listRow(model, { inputUncached: '0.002', output: '0.2' }))
    expect(await costs(workspaceId)).toEqual(['3.5'])
    await settlePriceChanges()
    expect(await costs(workspaceId, 'stored')).toEqual(['3.5'])
    await revokeContractPrice(id, ACTOR, 'over')
    expect(await costs(workspaceId)).toEqual(['4'])
    await applyList()
    expect(await costs(workspaceId)).toEqual([null])
    await settlePriceChanges()
    expect(await costs(workspaceId, 'stored')).toEqual([null])
  })

  it('say what is wrong with them', async () => {
    const model = newModel()
    const discount = contract(model, { terms: { kind: 'discount', discountPercent: '10' } })
    await expect(addContractPrice(discount, ACTOR)).rejects.toMatchObject({ code: 'invalid_query' })
    const dear = contract(model, { terms: { kind: 'prices', unitPrices: { output: '1001' } } })
    await expect(addContractPrice(dear, ACTOR)).rejects.toThrow('at most 1000 USD per unit')
    const early = new Date(AT)
    await expect(
      addContractPrice(contract(model, { effectiveFrom: early, effectiveTo: early }), ACTOR),
    ).rejects.toThrow('effectiveTo: Enter an end after the beginning.')
    await expect(revokeContractPrice(2_000_000_000, ACTOR, 'none')).rejects.toMatchObject({ code: 'not_found' })
    expect((await findOpenPriceChanges('unpublished')).changes).toEqual([])
  })
})

describe('what comes later', () => {
  it('is stamped by the new book, also what is late', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await addContractPrice(contract(model, { workspaceId }), ACTOR)
    await ingest(workspaceId, model, [{}, { timestamp: AT - 100 * DAY_MS }])
    expect(await costs(workspaceId, 'stored')).toEqual(['0.0011', '0.0011'])
    await settlePriceChanges()
  })

  it('keeps a change open while attempts arrive with the price before it', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await ingest(workspaceId, model, [{}])
    await addContractPrice(contract(model), ACTOR)
    expect(await restampOpenChanges(0)).toMatchObject({ restamped: 1, closed: 0 })
    // As a process would that has not heard of the price.
    await runCommand(
      `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')})
       SELECT ${ATTEMPT_COLUMNS.join(', ')}
       FROM (SELECT * REPLACE (version + 1 AS version, NULL AS priced_cost, false AS model_known,
           'unknown_model' AS unpriced_reason, '' AS price_id)
         FROM attempts FINAL WHERE workspace_id = {workspaceId:UInt32})`,
      { params: { workspaceId } },
    )
    expect(await costs(workspaceId)).toEqual(['0.0011'])
    expect(await restampOpenChanges(0)).toMatchObject({ restamped: 1, closed: 0 })
    expect(await costs(workspaceId, 'stored')).toEqual(['0.0011'])
    expect(await restampOpenChanges(0)).toMatchObject({ restamped: 0, closed: 1 })
  })
})

describe('a crash', () => {
  it('between the store and the ledger is made good by the next turn', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await ingest(workspaceId, model, [{}])
    await addContractPrice(contract(model), ACTOR)
    await runCommand('TRUNCATE TABLE price_changes')
    await postgres().update(priceChanges).set({ publishedAt: null }).where(eq(priceChanges.model, model))
    expect(await costs(workspaceId)).toEqual([null])
    await publishPriceChanges()
    expect(await costs(workspaceId)).toEqual(['0.0011'])
    await settlePriceChanges()
  })

  it('after the last stamp, or a second look at closed changes, changes nothing', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await ingest(workspaceId, model, [{}])
    await addContractPrice(contract(model), ACTOR)
    await settlePriceChanges()
    const [change] = await postgres().select().from(priceChanges).where(eq(priceChanges.model, model))
    await reopenPriceChanges((change?.id ?? 0) - 1)
    await publishPriceChanges()
    expect(await readOpenPriceChanges([workspaceId])).toMatchObject([{ model }])
    expect(await costs(workspaceId)).toEqual(['0.0011'])
    await settlePriceChanges()
    expect(await costs(workspaceId)).toEqual(['0.0011'])
  })

  it('of the process that held the lease lets another go on, and not before', async () => {
    const { workspaceId } = await mintWorkspace()
    const model = newModel()
    await ingest(workspaceId, model, [{}])
    await addContractPrice(contract(model), ACTOR)
    const inAMinute = new Date(Date.now() + 60_000)
    await postgres().insert(leases).values({ name: 'price-restamp', holder: 'another', expiresAt: inAMinute })
    expect(await restampOpenChanges(0)).toEqual({ isHolder: false, restamped: 0, reclassified: 0, closed: 0 })
    expect(await costs(workspaceId)).toEqual(['0.0011'])
    await postgres()
      .update(leases)
      .set({ expiresAt: new Date(0) })
      .where(eq(leases.name, 'price-restamp'))
    await settlePriceChanges()
    expect(await costs(workspaceId, 'stored')).toEqual(['0.0011'])
  })
})

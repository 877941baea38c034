import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { findClosedMonthRow } from '@/db/postgres/queries/closed-months'
import { findLiveContracts } from '@/db/postgres/queries/contract-prices'
import { findOpenPriceChanges } from '@/db/postgres/queries/price-changes'
import { workspaces } from '@/db/postgres/schema'
import { closeMonth } from '@/lib/close/close-month'
import { ingestEvents } from '@/lib/events/ingest'
import { type AccessFixture, mintAccess } from '@/lib/members/access-fixture'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { addContractPrice, renewVolumes, revokeContractPrice } from '@/lib/pricing/change-prices'
import { contractForm } from '@/lib/pricing/contract-form'
import type { ContractInput } from '@/lib/pricing/contract-input'
import { addContract, previewContract, previewRevocation, revokeContract } from '@/lib/pricing/manage-contracts'
import { addRates } from '@/lib/pricing/manage-exchange-rates'
import { restampOpenChanges } from '@/lib/pricing/restamp'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const NOW = new Date('2026-11-10T12:00:00Z')
const HOUR_MS = 3_600_000
const ACTOR = { kind: 'system' as const, name: 'the tests' }

let access: AccessFixture
/** A second workspace of the same organisation, its zone UTC. */
let other: number
/** A model that no other test knows, as it is stored. */
let model: string

beforeAll(async () => {
  access = await mintAccess()
  await postgres().update(workspaces).set({ timeZone: 'Europe/Berlin' }).where(eq(workspaces.id, access.workspaceId))
  const [found] = await postgres().select().from(workspaces).where(eq(workspaces.slug, access.foreignSlug))
  if (!found) throw new Error('no workspace')
  other = found.id
})

afterAll(settlePriceChanges)

beforeEach(() => {
  model = `m-${randomUUID().slice(0, 8)}x`
})

type Sent = { at: string; input: number } & Record<string, unknown>

async function send(workspaceId: number, ...events: Sent[]): Promise<void> {
  const result = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: events.map(({ at, input, ...event }) => ({
      ...{
        externalRequestId: randomUUID(),
        provider: 'acme',
        model,
        timestamp: at,
        inputTokens: input,
        outputTokens: 0,
      },
      ...event,
    })),
    receivedAt: NOW,
    mode: 'import',
  })
  expect(result.accepted).toBe(events.length)
}

/** Spend by month of the workspace's zone, prod and real; with `everywhere` of all environments. */
async function spend(workspaceId: number, everywhere = false): Promise<Record<string, unknown>> {
  const [workspace] = await postgres().select().from(workspaces).where(eq(workspaces.id, workspaceId))
  if (!workspace) throw new Error('no workspace')
  const question = parseQuery({
    ...{ measures: ['spend', 'attempts'], dimensions: ['time'], granularity: 'month' },
    ...{ from: '2026-08-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
    filters: [
      { dimension: 'model', values: [model] },
      ...(everywhere ? [{ dimension: 'environment' as const, values: ['*'] }] : []),
    ],
  })
  const { rows } = await runQuery(question, await scopeForWorkspace(workspace), NOW)
  return Object.fromEntries(
    rows.flatMap((row) => (row.attempts === '0' ? [] : [[String(row.time).slice(0, 7), row.spend]])),
  )
}

/** The first 1,000 tokens of a month at 2 USD, up to 5,000 at 1.60, all further ones at 1.20, per 1,000; output 8 USD. */
const TIERS = [
  { priceClass: 'inputUncached', upTo: '1,000', price: '2000' },
  { priceClass: 'inputUncached', upTo: '5,000', price: '1600' },
  { priceClass: 'inputUncached', upTo: '', price: '1200' },
  { priceClass: 'output', upTo: '', price: '8000' },
]

const form = (fields: Record<string, string> = {}) =>
  contractForm.parse({
    ...{ provider: 'acme', model, kind: 'volume', tiers: JSON.stringify(TIERS), reason: 'a schedule' },
    ...fields,
  })

const place = () => ({ provider: 'acme', model })

async function months(id: number) {
  const found = (await findLiveContracts(postgres(), place())).find((contract) => contract.id === id)
  return (found?.volumeMonths ?? []).map(({ month, units, unitPrices }) => [
    month,
    units.inputUncached,
    unitPrices.inputUncached,
  ])
}

describe('a volume schedule of a workspace', () => {
  it('prices the total of each month of its zone, as its preview says; late events move their month; undoing brings back every digit', async () => {
    const { editor } = access.people
    const id = access.workspaceId
    await send(
      id,
      { at: '2026-09-10T00:00:00Z', input: 900 },
      // October in Berlin.
      { at: '2026-09-30T22:30:00Z', input: 600 },
      { at: '2026-10-05T00:00:00Z', input: 1_000, outputTokens: 10 },
      { at: '2026-10-31T22:30:00Z', input: 400, environment: 'staging' },
      // Neither billed nor priced by the schedule.
      { at: '2026-10-06T00:00:00Z', input: 90_000, dataMode: 'test' },
      { at: '2026-10-06T00:00:00Z', input: 90_000, serviceTier: 'batch' },
      // November in Berlin.
      { at: '2026-10-31T23:00:00Z', input: 6_000 },
    )
    const before = await spend(id)
    expect(before).toEqual({ '2026-09': null, '2026-10': null, '2026-11': null })

    const preview = await previewContract(editor, access.slug, form(), NOW)
    const contract = await addContract(editor, access.slug, form())
    // 900 × 2; 2,000 units come to 1,000 × 2 + 1,000 × 1.6 = 3,600, so 1.8 each; 1,000 × 2 + 4,000 × 1.6 + 1,000 × 1.2.
    const priced = { '2026-09': '1.8', '2026-10': '2.96', '2026-11': '9.6' }
    expect(await spend(id)).toEqual(priced)
    expect(await spend(id, true)).toEqual({ ...priced, '2026-10': '3.68' })
    expect(Object.fromEntries(preview.months.map(({ month, after }) => [month, after]))).toEqual(priced)
    expect(await months(contract)).toEqual([
      ['2026-10', '2000', '0.0018'],
      ['2026-11', '6000', '0.0016'],
    ])

    expect(await renewVolumes(place(), HOUR_MS, NOW)).toBe(false)
    await restampOpenChanges(0)
    expect(await spend(id)).toEqual(priced)
    expect(await renewVolumes(place(), 0, NOW)).toBe(false)

    // 2,000 in September come to 3,600; 3,000 in October to 1,000 × 2 + 2,000 × 1.6 = 5,200.
    const late = { externalRequestId: randomUUID(), attemptId: 'a' }
    await send(
      id,
      { at: '2026-09-11T00:00:00Z', input: 1_100 },
      { at: '2026-10-07T00:00:00Z', input: 1_000, ...late, costUsd: '7' },
    )
    const soon = new Date(Date.now() + HOUR_MS / 2)
    expect(await renewVolumes(place(), HOUR_MS, soon)).toBe(false)
    const later = new Date(soon.getTime() + HOUR_MS)
    expect(await renewVolumes(place(), HOUR_MS, later)).toBe(true)
    expect(await months(contract)).toEqual([
      ['2026-09', '2000', '0.0018'],
      ['2026-10', '3000', '0.001733333333333333'],
      ['2026-11', '6000', '0.0016'],
    ])
    expect(await spend(id)).toEqual({ '2026-09': '3.6', '2026-10': '9.8533333333333328', '2026-11': '9.6' })

    // A correction takes 1,000 units away again.
    await send(id, { at: '2026-10-07T00:00:00Z', input: 0, ...late, revision: 2 })
    expect(await renewVolumes(place(), HOUR_MS, new Date(later.getTime() + HOUR_MS))).toBe(true)
    const settled = { '2026-09': '3.6', '2026-10': '2.96', '2026-11': '9.6' }
    expect(await spend(id)).toEqual(settled)

    const undo = await previewRevocation(editor, access.slug, contract, NOW)
    expect(undo.after.spend).toBeNull()
    await revokeContract(editor, access.slug, contract, 'the test is over')
    expect(await spend(id)).toEqual(before)
    for (let pass = 0; pass < 4; pass += 1) await restampOpenChanges(0)
    expect((await findOpenPriceChanges('published')).changes).toEqual([])
    expect(await spend(id)).toEqual(before)
    expect(await renewVolumes(place(), 0, NOW)).toBe(false)
  })

  it('counts from the day on which it begins, in its context band, and not what a newer contract prices', async () => {
    const { editor } = access.people
    const id = access.workspaceId
    await send(
      id,
      { at: '2026-10-10T00:00:00Z', input: 1_500 },
      { at: '2026-10-20T00:00:00Z', input: 1_500 },
      { at: '2026-10-21T00:00:00Z', input: 500 },
      { at: '2026-10-22T00:00:00Z', input: 100 },
    )
    const flat = await addContract(
      editor,
      access.slug,
      contractForm.parse({ ...place(), reason: 'before', price_inputUncached: '1000', price_output: '0' }),
    )
    const contract = await addContract(editor, access.slug, form({ effectiveFrom: '2026-10-15', contextAbove: '200' }))
    // 1,500 and 100 at 1; 2,000 units come to 3,600.
    expect(await spend(id)).toEqual({ '2026-10': '5.2' })
    const newer = form({ effectiveFrom: '2026-10-21', contextAbove: '200' })
    const preview = await previewContract(editor, access.slug, newer, NOW)
    const second = await addContract(editor, access.slug, newer)
    // 1,500 units of the first schedule come to 2,800; 500 of the second to 1,000.
    expect(await spend(id)).toEqual({ '2026-10': '5.4000000000000005' })
    expect(preview.after.spend).toBe(await spend(id).then((of) => of['2026-10']))
    expect(await months(contract)).toEqual([['2026-10', '1500', '0.001866666666666667']])
    expect(await months(second)).toEqual([])
    await revokeContract(editor, access.slug, second, 'back')
    expect(await spend(id)).toEqual({ '2026-10': '5.2' })
    for (const each of [contract, flat]) await revokeContract(editor, access.slug, each, 'the test is over')
    expect(await spend(id)).toEqual({ '2026-10': null })
  })

  it('is brought up to date before its month is closed', async () => {
    const { editor } = access.people
    await send(access.workspaceId, { at: '2026-08-10T00:00:00Z', input: 1_500 })
    const contract = await addContract(editor, access.slug, form())
    await send(access.workspaceId, { at: '2026-08-11T00:00:00Z', input: 500 })
    // 2,000 units at what 1,500 come to: 2,800 ÷ 1,500 each, until they are counted.
    expect(await spend(access.workspaceId)).toEqual({ '2026-08': '3.733333333333334' })
    await closeMonth(editor, access.slug, { month: '2026-08', reason: 'a test' }, NOW)
    expect(await spend(access.workspaceId)).toEqual({ '2026-08': '3.6' })
    expect((await findClosedMonthRow(access.workspaceId, '2026-08'))?.spend).toBe('3.6')
    await revokeContract(editor, access.slug, contract, 'the test is over')
  })

  it('in another currency is converted tier by tier', async () => {
    const { editor, organizationAdmin } = access.people
    const currency = 'XTS'
    await addRates(organizationAdmin, [{ currency, day: '2026-10-01', rateToUsd: '0.5', source: 'the tests' }])
    await send(access.workspaceId, { at: '2026-10-10T00:00:00Z', input: 2_000 })
    const eur = form({ currency, effectiveFrom: '2026-10-01' })
    expect((await previewContract(editor, access.slug, eur, NOW)).note).toMatch(/XTS × 0.5 USD, the rate of 2026-10-01/)
    const contract = await addContract(editor, access.slug, eur)
    expect(await spend(access.workspaceId)).toEqual({ '2026-10': '1.8' })
    const [stored] = await findLiveContracts(postgres(), place())
    expect([stored?.volumeTiers?.output, stored?.given?.volumeTiers?.output]).toEqual([
      [{ upTo: null, unitPrice: '0.004' }],
      [{ upTo: null, unitPrice: '0.008' }],
    ])
    await revokeContract(editor, access.slug, contract, 'the test is over')
  })
})

describe('a volume schedule of the organisation', () => {
  it('goes by the sum of all workspaces that it prices, in months of UTC', async () => {
    const input: ContractInput = {
      ...{ workspaceId: null, ...place(), reason: 'for all' },
      terms: {
        kind: 'volume',
        tiers: {
          inputUncached: [
            { upTo: '1000', unitPrice: '0.002' },
            { upTo: null, unitPrice: '0.001' },
          ],
          output: [{ upTo: null, unitPrice: '0' }],
        },
      },
    }
    await send(
      access.workspaceId,
      { at: '2026-09-30T22:30:00Z', input: 800 },
      { at: '2026-10-05T00:00:00Z', input: 1_000 },
      { at: '2026-10-05T00:00:00Z', input: 50_000, dataMode: 'demo' },
    )
    await send(other, { at: '2026-10-06T00:00:00Z', input: 3_000 })
    const shared = await addContractPrice(input, ACTOR)
    // 4,000 units of October in UTC come to 1,000 × 2 + 3,000 × 1 = 5,000: 1.25 each. September's 800 cost 2 each.
    expect(await months(shared)).toEqual([['2026-10', '4000', '0.00125']])
    expect(await spend(access.workspaceId)).toEqual({ '2026-10': '2.85' })
    expect(await spend(other)).toEqual({ '2026-10': '3.75' })

    // What a workspace has agreed for itself does not count for the organisation, until it is undone.
    const own = await addContractPrice(
      { ...input, workspaceId: other, terms: { kind: 'prices', unitPrices: { inputUncached: '0.0001', output: '0' } } },
      ACTOR,
    )
    expect(await months(shared)).toEqual([])
    expect(await spend(access.workspaceId)).toEqual({ '2026-10': '3.6' })
    expect(await spend(other)).toEqual({ '2026-10': '0.3' })
    await revokeContractPrice(own, ACTOR, 'back')
    expect(await spend(access.workspaceId)).toEqual({ '2026-10': '2.85' })
    expect(await spend(other)).toEqual({ '2026-10': '3.75' })
    await revokeContractPrice(shared, ACTOR, 'the test is over')
  })
})

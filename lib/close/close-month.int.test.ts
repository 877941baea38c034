import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS } from '@/db/clickhouse/statements/attempts'
import { postgres } from '@/db/postgres/client'
import { closedMonthLines, closedMonths, workspaces } from '@/db/postgres/schema'
import { findWorkspaceAccess, type Membership } from '@/lib/auth/workspace-access'
import { closeMonth } from '@/lib/close/close-month'
import { CAUSES, type Cause } from '@/lib/close/explain-difference'
import { compareMonth, findBooked, readMonths } from '@/lib/close/read-months'
import { ingestEvents } from '@/lib/events/ingest'
import { eraseUser } from '@/lib/ledger/erase'
import { retainWorkspace } from '@/lib/ledger/retain'
import { ACTORS, type AccessFixture, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { addDecimals, compareDecimals } from '@/lib/money'
import { addContractPrice, revokeContractPrice } from '@/lib/pricing/change-prices'
import { restampOpenChanges } from '@/lib/pricing/restamp'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const ACTOR = { kind: 'system' as const, name: 'the tests' }
const NOW = new Date('2026-11-15T12:00:00Z')
const MONTH = '2026-10'
const INPUT = { month: MONTH, reason: 'Invoices are in.' }

let access: AccessFixture
let workspace: Membership['workspace']
let model = ''
let contractId = 0

const event = (id: string, changes: Record<string, unknown> = {}) => ({
  externalRequestId: id,
  attempt: 1,
  provider: 'acme',
  model,
  endpointTag: '/chat',
  userId: `user-of-${id}`,
  inputTokens: 1_000,
  outputTokens: 10,
  status: 'success',
  timestamp: '2026-10-10T12:00:00Z',
  ...changes,
})

async function ingest(...events: Record<string, unknown>[]): Promise<void> {
  const result = await ingestEvents({
    workspace: { id: access.workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events,
    receivedAt: NOW,
    mode: 'import',
  })
  if (result.accepted !== events.length) throw new Error(JSON.stringify(result))
}

const price = (inputUncached: string, output: string) =>
  addContractPrice(
    {
      workspaceId: access.workspaceId,
      provider: 'acme',
      model,
      terms: { kind: 'prices', unitPrices: { inputUncached, output } },
      reason: 'a test',
    },
    ACTOR,
  )

async function readWorkspace(): Promise<Membership['workspace']> {
  const membership = await findWorkspaceAccess(access.people.editor.id, access.slug)
  if (!membership) throw new Error('no membership')
  return membership.workspace
}

const close = () => closeMonth(access.people.editor, access.slug, INPUT, NOW)

async function compare() {
  const compared = await compareMonth(await readWorkspace(), MONTH, NOW)
  if (!compared) throw new Error('the month is open')
  return compared
}

/** What each cause makes of spend, those that make nothing left out; checks that all of it adds up. */
async function causes(): Promise<Partial<Record<Cause, string>>> {
  const { closed, today, explanation, lines } = await compare()
  const { difference } = explanation
  expect(compareDecimals(addDecimals(explanation.causes.map(({ spend }) => spend)), difference.spend)).toBe(0)
  expect(compareDecimals(addDecimals([closed.spend, difference.spend]), today.spend ?? '0')).toBe(0)
  expect(compareDecimals(addDecimals([closed.attempts, difference.attempts]), today.attempts)).toBe(0)
  expect(compareDecimals(addDecimals([closed.totalTokens, difference.tokens]), today.totalTokens)).toBe(0)
  for (const line of lines) {
    const shares = line.explanation.causes.map(({ spend }) => spend)
    const sum = addDecimals([line.booked?.spend ?? null, ...shares])
    expect(compareDecimals(sum, line.today?.spend ?? '0')).toBe(0)
  }
  return Object.fromEntries(
    explanation.causes.filter(({ spend }) => spend !== '0').map((each) => [each.cause, each.spend]),
  )
}

afterAll(settlePriceChanges)

beforeEach(async () => {
  access = await mintAccess()
  model = `m-${randomUUID().slice(0, 8)}x`
  contractId = await price('0.000001', '0.00001')
  await ingest(
    event('a'),
    event('b'),
    event('c'),
    event('d', { endpointTag: '/search', inputTokens: 500 }),
    event('e', { environment: 'staging' }),
    event('f', { timestamp: '2026-11-01T00:00:00Z' }),
  )
  workspace = await readWorkspace()
})

afterEach(() => revokeContractPrice(contractId, ACTOR, 'The test is over.').catch(() => {}))

describe('closing a month', () => {
  it('keeps its figures by provider, model and endpoint, and who closed it why', async () => {
    await close()
    const { closed, lines, today } = await compare()
    expect(closed).toMatchObject({
      month: MONTH,
      reason: INPUT.reason,
      closedByName: 'editor',
      environments: ['prod'],
      dataModes: ['real'],
      requests: '4',
      attempts: '4',
      totalTokens: '3540',
      unpricedTokens: '0',
    })
    expect(compareDecimals(closed.spend ?? '', '0.0039')).toBe(0)
    expect(today).toMatchObject({ spend: '0.0039', attempts: '4', pricingCoverage: '1' })
    expect(lines.map(({ endpoint, booked }) => [endpoint, booked?.spend, booked?.requests])).toEqual([
      ['/chat', '0.0033', '3'],
      ['/search', '0.0006', '1'],
    ])
    const [entry] = await newestAudit(access.workspaceId)
    expect(entry).toMatchObject({ action: 'month.closed', targetName: MONTH, actorKind: 'user' })
    expect(await causes()).toEqual({})
  })

  it('is for editors and more, of this workspace', async () => {
    const outcomes = []
    for (const actor of ACTORS)
      outcomes.push(await outcomeOf(() => closeMonth(access.people[actor], access.slug, INPUT, NOW)))
    expect(outcomes).toEqual(['not_found', 'forbidden', 'ok', 'conflict', 'conflict', 'conflict'])
  })

  it('is refused for a month that has not ended, and a second time', async () => {
    const running = { ...INPUT, month: '2026-11' }
    await expect(closeMonth(access.people.editor, access.slug, running, NOW)).rejects.toThrow('has not ended')
    const outcomes = await Promise.all([outcomeOf(close), outcomeOf(close), outcomeOf(close)])
    expect(outcomes.sort()).toEqual(['conflict', 'conflict', 'ok'])
    await expect(close()).rejects.toThrow('October 2026 is closed already')
  })

  it('is final: the store refuses every change of what was booked', async () => {
    await close()
    const refused = /never changed|Failed query/
    const own = eq(closedMonths.workspaceId, access.workspaceId)
    await expect(postgres().update(closedMonths).set({ spend: '1' }).where(own)).rejects.toThrow(refused)
    await expect(postgres().delete(closedMonths).where(own)).rejects.toThrow(refused)
    await expect(postgres().update(closedMonthLines).set({ spend: '1' })).rejects.toThrow(refused)
    await expect(postgres().delete(closedMonthLines)).rejects.toThrow(refused)
    await expect(postgres().execute(sql`TRUNCATE closed_months CASCADE`)).rejects.toThrow(refused)
    expect((await compare()).closed.attempts).toBe('4')
  })
})

describe('the difference to today', () => {
  beforeEach(close)

  it('is explained by late events', async () => {
    await ingest(event('late', { inputTokens: 2_000 }), event('late-too', { endpointTag: '/new' }))
    expect(await causes()).toEqual({ late: '0.0032' })
    const { lines } = await compare()
    expect(lines.map((line) => [line.endpoint, line.booked?.spend ?? null, line.today?.spend ?? null])).toEqual([
      ['/chat', '0.0033', '0.0054'],
      ['/search', '0.0006', '0.0006'],
      ['/new', null, '0.0011'],
    ])
  })

  it('is explained by another price, while attempts catch up and afterwards', async () => {
    await revokeContractPrice(contractId, ACTOR, 'a test')
    contractId = await price('0.000002', '0.00001')
    expect(await causes()).toEqual({ price: '0.0035' })
    for (let pass = 0; pass < 4; pass += 1) await restampOpenChanges(0)
    expect(await causes()).toEqual({ price: '0.0035' })
    await revokeContractPrice(contractId, ACTOR, 'a test')
    expect(await causes()).toEqual({ price: '-0.0039' })
    expect((await compare()).today).toMatchObject({ spend: null, unpricedTokens: '3540' })
  })

  it('is explained by erasure, and retention makes none', async () => {
    await eraseUser({ id: access.workspaceId }, 'user-of-a', ACTOR)
    expect(await causes()).toEqual({ deletion: '-0.0011' })
    await retainWorkspace(access.workspaceId, NOW)
    expect(await causes()).toEqual({ deletion: '-0.0011' })
  })

  it('is explained by corrections, also out of the month and into it', async () => {
    await ingest(event('b', { revision: 2, inputTokens: 3_000 }))
    expect(await causes()).toEqual({ correction: '0.002' })
    await ingest(event('c', { revision: 2, timestamp: '2026-11-02T00:00:00Z' }))
    expect(await causes()).toEqual({ correction: '0.0009' })
    await ingest(event('f', { revision: 2 }))
    expect(await causes()).toEqual({ correction: '0.002' })
    await ingest(event('d', { revision: 2, endpointTag: '/chat', inputTokens: 500 }))
    expect(await causes()).toEqual({ correction: '0.002' })
    const { lines } = await compare()
    expect(lines.map((line) => [line.endpoint, line.today?.spend ?? null])).toEqual([
      ['/chat', '0.0059'],
      ['/search', null],
    ])
  })

  it('is explained by another name of the same attempts', async () => {
    const named = `${model}-named`
    const columns = ATTEMPT_COLUMNS.map((column) => {
      if (column === 'model') return '{named:String}'
      return column === 'priced_cost' ? 'toDecimal128(1, 18)' : column
    })
    await runCommand(
      `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')}) SELECT ${columns.join(', ')} FROM attempts FINAL
       WHERE workspace_id = {id:UInt32} AND endpoint = '/search'`,
      { params: { id: access.workspaceId, named } },
    )
    expect(await causes()).toEqual({ alias: '0.9994' })
    const { lines } = await compare()
    expect(lines.map((line) => [line.model, line.endpoint, line.explanation.difference.spend])).toEqual([
      [model, '/chat', '0'],
      [model, '/search', '-0.0006'],
      [named, '/search', '1'],
    ])
  })

  it('is explained by several causes at once, to the last digit', async () => {
    await ingest(event('late'), event('b', { revision: 2, inputTokens: 2_000 }))
    await eraseUser({ id: access.workspaceId }, 'user-of-a', ACTOR)
    await revokeContractPrice(contractId, ACTOR, 'a test')
    contractId = await price('0.000001000000000001', '0.00001')
    expect(await causes()).toEqual({
      late: '0.001100000000001',
      correction: '0.001000000000002',
      deletion: '-0.0011',
      price: '0.0000000000000015',
    })
    for (const { cause } of (await compare()).explanation.causes) expect(CAUSES).toContain(cause)
  })
})

it('is explained by another exchange rate of the same agreed prices', async () => {
  const agree = (rateToUsd: string, inputUncached: string, output: string) =>
    addContractPrice(
      {
        workspaceId: access.workspaceId,
        provider: 'acme',
        model,
        terms: { kind: 'prices', unitPrices: { inputUncached, output } },
        given: {
          currency: 'EUR',
          unitPrices: { inputUncached: '0.000002', output: '0.00002' },
          rateToUsd,
          rateDay: '2026-10-01',
        },
        reason: 'agreed in euros',
      },
      ACTOR,
    )
  const first = await agree('1.1', '0.0000022', '0.000022')
  await close()
  expect((await compare()).closed.spend).toBe('0.00858')
  await revokeContractPrice(first, ACTOR, 'a newer rate')
  await agree('1.2', '0.0000024', '0.000024')
  expect(await causes()).toEqual({ exchangeRate: '0.00078' })
})

it('of a month without events is what came late', async () => {
  await closeMonth(access.people.editor, access.slug, { ...INPUT, month: '2026-09' }, NOW)
  const read = async () => compareMonth(await readWorkspace(), '2026-09', NOW)
  expect((await read())?.explanation.difference).toEqual({ spend: '0', attempts: '0', tokens: '0' })
  await ingest(event('late', { timestamp: '2026-09-30T23:59:59Z' }))
  expect((await read())?.explanation.causes[0]).toMatchObject({ cause: 'late', spend: '0.0011', attempts: '1' })
})

it('is explained by the other of reported and priced cost', async () => {
  await ingest(event('reported', { costUsd: '5' }))
  await close()
  expect(await causes()).toEqual({})
  await postgres().update(workspaces).set({ costPreference: 'book' }).where(eq(workspaces.id, access.workspaceId))
  expect(await causes()).toEqual({ preference: '-4.9989' })
})

describe('the months of a workspace', () => {
  it('are those with attempts and the running one, with what was booked beside today', async () => {
    await ingest(event('old', { timestamp: '2026-07-31T23:59:59Z' }))
    await close()
    await ingest(event('late'))
    const months = await readMonths(workspace, NOW)
    expect(months.map(({ month, state, today, difference }) => [month, state, today.spend, difference])).toEqual([
      ['2026-11', 'running', '0.0011', null],
      ['2026-10', 'closed', '0.005', '0.0011'],
      ['2026-07', 'open', '0.0011', null],
    ])
  })

  it('keep the zone and the scope in which they were closed', async () => {
    await close()
    await postgres()
      .update(workspaces)
      .set({ timeZone: 'Asia/Tokyo', defaultEnvironments: ['staging'] })
      .where(eq(workspaces.id, access.workspaceId))
    const changed = await readWorkspace()
    const [closed] = (await readMonths(changed, NOW)).filter(({ state }) => state === 'closed')
    expect(closed).toMatchObject({ month: MONTH, difference: '0', today: { spend: '0.0039' } })
    expect(await causes()).toEqual({})
  })

  it('are found by their range, in the scope in which they were booked', async () => {
    await close()
    const october = { from: new Date('2026-10-01T00:00:00Z'), to: new Date('2026-11-01T00:00:00Z') }
    expect(await findBooked(workspace, october)).toMatchObject({ month: MONTH })
    expect(await findBooked(workspace, { ...october, to: new Date('2026-10-31T00:00:00Z') })).toBeNull()
    expect(await findBooked({ ...workspace, defaultDataModes: ['real', 'test'] }, october)).toBeNull()
  })
})

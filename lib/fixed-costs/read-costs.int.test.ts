import { describe, expect, it } from 'vitest'
import { findWorkspaceAccess } from '@/lib/auth/workspace-access'
import { ingestEvents } from '@/lib/events/ingest'
import { type CostInput, costInput } from '@/lib/fixed-costs/cost-input'
import { listFixedCosts, readCostMonth } from '@/lib/fixed-costs/read-costs'
import { addFixedCost, removeFixedCost } from '@/lib/fixed-costs/save-cost'
import { ACTORS, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { scopeForWorkspace } from '@/lib/metrics/scope'

const NOW = new Date('2026-11-15T12:00:00Z')

const COST: CostInput = {
  name: 'GPUs',
  provider: 'acme',
  models: [],
  amount: '300',
  termMonths: null,
  firstMonth: '2026-10',
  lastMonth: null,
  method: 'tokens',
  capacityTokens: null,
  capacityHours: null,
  reason: 'a test',
}

const event = (id: string, endpointTag: string, provider: string, inputTokens: number, latencyMs?: number) => ({
  externalRequestId: id,
  attempt: 1,
  provider,
  model: provider === 'acme' ? 'pool-1' : 'gpt-4o',
  endpointTag,
  inputTokens,
  outputTokens: 0,
  latencyMs,
  timestamp: '2026-10-10T12:00:00Z',
})

async function mint(costs: Partial<CostInput>[]) {
  const access = await mintAccess()
  const { accepted } = await ingestEvents({
    workspace: { id: access.workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: [
      event('a', '/chat', 'acme', 600_000, 900_000.5),
      event('b', '/search', 'acme', 200_000, 2_700_001.5),
      // Without a latency.
      event('d', '/search', 'acme', 0),
      event('c', '/search', 'openai', 400_000),
    ],
    receivedAt: NOW,
    mode: 'import',
  })
  expect(accepted).toBe(4)
  for (const changes of costs) await addFixedCost(access.people.editor, access.slug, { ...COST, ...changes }, NOW)
  const membership = await findWorkspaceAccess(access.people.editor.id, access.slug)
  if (!membership) throw new Error('no membership')
  const read = async (month = '2026-10') =>
    readCostMonth(await listFixedCosts(access.workspaceId), await scopeForWorkspace(membership.workspace), month, NOW)
  return { access, read }
}

describe('fixed costs of a month', () => {
  it('are spread over what their pool served, beside the spend by usage', async () => {
    const { read } = await mint([{}, { name: 'Support', provider: '', amount: '100', method: 'even' }])
    const { endpoints, totals, pools } = await read()
    expect(endpoints).toEqual([
      { endpoint: '/chat', usage: null, fixed: '275', both: '275' },
      { endpoint: '/search', usage: '1', fixed: '125', both: '126' },
    ])
    expect(totals).toEqual({ usage: '1', fixed: '400', idle: '0', both: '401', unpricedTokens: '800000' })
    expect(pools.map(({ cost, tokens, perMillionTokens }) => [cost.name, tokens, perMillionTokens])).toEqual([
      ['GPUs', '800000', '375'],
      ['Support', '1200000', '83.333333333333333333'],
    ])
  })

  it('leave idle what no usage bears', async () => {
    const { read } = await mint([{ capacityTokens: '1000000' }, { name: 'Unused', models: ['pool-2'], amount: '50' }])
    const { endpoints, totals, pools } = await read()
    expect(pools.map(({ idle, idleShare }) => [idle, idleShare])).toEqual([
      ['60', '0.2'],
      ['50', '1'],
    ])
    expect(endpoints.map(({ endpoint, fixed }) => [endpoint, fixed])).toEqual([
      ['/chat', '180'],
      ['/search', '60'],
    ])
    expect(totals).toMatchObject({ fixed: '350', idle: '110', both: '351' })
  })

  it('are spread by the time that the pool was busy', async () => {
    const { read } = await mint([{ method: 'busyTime', capacityHours: '10' }])
    const { endpoints, pools } = await read()
    // 3,600,002 of 36,000,000 ms were busy: 30.000016666666666666… of 300 are borne, in parts of 900,000.5 and 2,700,001.5.
    expect(pools[0]).toMatchObject({ busyMs: '3600002', untimedAttempts: '1', idle: '269.999983333333333333' })
    expect(endpoints.map(({ endpoint, fixed }) => [endpoint, fixed])).toEqual([
      ['/search', '22.500012500000000001'],
      ['/chat', '7.500004166666666666'],
    ])
  })

  it('count in their months alone', async () => {
    const { read } = await mint([{ termMonths: 12, firstMonth: '2026-11', amount: '1200' }])
    expect((await read('2026-10')).totals).toMatchObject({ fixed: '0', both: '1' })
    expect((await read('2026-11')).totals).toMatchObject({ usage: '0', fixed: '100', idle: '100', both: '100' })
  })
})

describe('a fixed cost', () => {
  it('is added and removed by editors and more, and noted', async () => {
    const { access, read } = await mint([])
    const outcomes = []
    for (const actor of ACTORS) {
      outcomes.push(await outcomeOf(() => addFixedCost(access.people[actor], access.slug, COST, NOW)))
    }
    expect(outcomes).toEqual(['not_found', 'forbidden', 'ok', 'ok', 'ok', 'ok'])
    const [first] = await listFixedCosts(access.workspaceId)
    const remove = (actor: (typeof ACTORS)[number]) =>
      outcomeOf(() => removeFixedCost(access.people[actor], access.slug, first?.id ?? 0, NOW))
    expect([await remove('stranger'), await remove('viewer'), await remove('editor'), await remove('editor')]).toEqual([
      'not_found',
      'forbidden',
      'ok',
      'not_found',
    ])
    expect((await newestAudit(access.workspaceId))[0]).toMatchObject({ action: 'fixed_cost.removed' })
    expect((await read()).totals.fixed).toBe('900')
  })

  it('is read from its form, and what is wrong is said at its field', () => {
    const form = {
      ...COST,
      models: 'pool-1, pool-2,',
      termMonths: '',
      lastMonth: '',
      capacityTokens: '',
      capacityHours: '',
    }
    expect(costInput.parse(form)).toEqual({ ...COST, models: ['pool-1', 'pool-2'] })
    const wrong = { ...form, provider: '', amount: '0', lastMonth: '2026-09', capacityTokens: '1.5' }
    const parsed = costInput.safeParse(wrong)
    const fieldsOf = (of: typeof parsed) => (of.success ? [] : of.error.issues.map(({ path }) => path[0]).sort())
    const hours = (changes: object) => fieldsOf(costInput.safeParse({ ...form, capacityHours: '10', ...changes }))
    expect(hours({ method: 'busyTime' })).toEqual([])
    expect(hours({ method: 'busyTime', capacityTokens: '5' })).toEqual(['capacityHours'])
    expect(hours({})).toEqual(['capacityHours'])
    expect(hours({ method: 'busyTime', capacityHours: '0.00' })).toEqual(['capacityHours'])
    expect(fieldsOf(parsed)).toEqual(['amount', 'capacityTokens', 'lastMonth', 'provider'])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { comparePool, type Place, readAlternatives } from '@/lib/fixed-costs/compare-pool'
import type { FixedCost } from '@/lib/fixed-costs/read-costs'
import type { Scope } from '@/lib/metrics/plan'
import { addContractPrice } from '@/lib/pricing/change-prices'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const NOW = new Date('2026-11-15T12:00:00Z')
const MONTH = '2026-10'
const GPT_4O: Place = { provider: 'openai', model: 'gpt-4o' }
const MINI: Place = { provider: 'openai', model: 'gpt-4o-mini' }
const UNLISTED: Place = { provider: 'openai', model: 'nobody-lists-this' }

let scope: Scope

/** 800,000 input tokens, 200,000 of them from cache, and 20,000 output tokens by the pool; the rest is not the pool's. */
const EVENTS = [
  {
    id: 'a',
    provider: 'own-gpus',
    model: 'llama',
    inputTokens: 600_000,
    cacheReadTokens: 200_000,
    outputTokens: 20_000,
  },
  { id: 'b', provider: 'own-gpus', model: 'llama', inputTokens: 200_000, outputTokens: 0, latencyMs: 1_800_000 },
  { id: 'c', provider: 'own-gpus', model: 'qwen', inputTokens: 1_000, outputTokens: 0 },
  { id: 'd', ...GPT_4O, inputTokens: 400_000, outputTokens: 0 },
]

afterAll(settlePriceChanges)

beforeAll(async () => {
  const { workspaceId } = await mintWorkspace()
  const { accepted } = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: EVENTS.map(({ id, ...event }) => ({
      externalRequestId: id,
      attempt: 1,
      timestamp: '2026-10-10T12:00:00Z',
      ...event,
    })),
    receivedAt: NOW,
    mode: 'import',
  })
  expect(accepted).toBe(EVENTS.length)
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

const cost = (changes: Partial<FixedCost> = {}): FixedCost => ({
  id: 1,
  workspaceId: scope.workspaces[0].id,
  name: 'GPUs',
  provider: 'own-gpus',
  models: ['llama'],
  amount: '300',
  termMonths: null,
  firstMonth: MONTH,
  lastMonth: null,
  method: 'tokens',
  capacityTokens: '1640000',
  capacityHours: null,
  authorId: null,
  authorName: 'a test',
  reason: 'a test',
  createdAt: NOW,
  removedAt: null,
  ...changes,
})

describe('a pool against list prices', () => {
  it('is set beside the same usage, class by class', async () => {
    const compared = await comparePool([cost()], [GPT_4O, MINI], scope, MONTH, NOW)
    expect(compared).toMatchObject({ charge: '300', usage: '0', tokens: '820000', utilisation: '0.5' })
    expect(compared.perMillionTokens).toBe('365.853658536585365854')
    // gpt-4o: 600,000 × 2.50 + 200,000 × 1.25 + 20,000 × 10 per 1M = 1.95; the mini 0.15, 0.075 and 0.60: 0.117.
    expect(compared.alternatives).toEqual([
      {
        ...GPT_4O,
        cost: '1.95',
        perMillionTokens: '2.378048780487804878',
        unpricedTokens: '0',
        // 300 × 820,000 ÷ 1.95, and 0.5 × 300 ÷ 1.95
        breakEven: { kind: 'at', tokens: '126153847', utilisation: '76.923076923076923077' },
      },
      {
        ...MINI,
        cost: '0.117',
        perMillionTokens: '0.142682926829268293',
        unpricedTokens: '0',
        breakEven: { kind: 'at', tokens: '2102564103', utilisation: '1282.051282051282051282' },
      },
    ])
  })

  it('takes the list, whatever a contract says, and all costs of the pool', async () => {
    await addContractPrice(
      {
        workspaceId: scope.workspaces[0].id,
        ...GPT_4O,
        serviceTier: 'standard',
        region: null,
        contextBand: null,
        effectiveFrom: null,
        effectiveTo: null,
        dailyFrom: null,
        dailyTo: null,
        terms: { kind: 'discount', discountPercent: '50' },
        reason: 'a test',
      },
      { kind: 'system', name: 'the tests' },
    )
    const [rent, power] = [
      cost({ capacityTokens: null, amount: '1' }),
      cost({ capacityTokens: null, amount: '0.56', capacityHours: '2' }),
    ]
    const compared = await comparePool([rent, power], [GPT_4O], scope, MONTH, NOW)
    // Half an hour of two was reported as busy.
    expect(compared).toMatchObject({ charge: '1.56', utilisation: '0.25' })
    expect(compared.alternatives[0]).toMatchObject({
      cost: '1.95',
      breakEven: { kind: 'at', tokens: '656000', utilisation: '0.2' },
    })
  })

  it('says what has no price, and compares nothing where nothing was served', async () => {
    const compared = await comparePool([cost({ capacityTokens: null })], [UNLISTED], scope, MONTH, NOW)
    expect(compared).toMatchObject({ utilisation: null, capacity: null })
    expect(compared.alternatives).toEqual([
      { ...UNLISTED, cost: null, perMillionTokens: null, unpricedTokens: '820000', breakEven: null },
    ])
    const idle = await comparePool([cost()], [MINI], scope, '2026-11', NOW)
    expect(idle).toMatchObject({ tokens: '0', perMillionTokens: null, utilisation: '0' })
    expect(idle.alternatives[0]).toMatchObject({ cost: '0', breakEven: null })
  })

  it('is against the models that the workspace uses most, unless others are chosen', async () => {
    const { all, usual } = await readAlternatives(cost({ models: [] }), scope, MONTH, NOW)
    expect(usual.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
      'openai/gpt-4o',
      'openai/gpt-4o-mini',
      'anthropic/claude-sonnet-4-5',
    ])
    expect(all).toContainEqual(MINI)
    expect(all.some(({ provider }) => provider === 'own-gpus')).toBe(false)
  })
})

import { ingestEvents, setIngestPriceIndex } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import { createPriceBook, createPriceIndex, type PriceRow, type UnitPrices } from '@/lib/pricing/price-book'

const price = (provider: string, model: string, unitPrices: UnitPrices): PriceRow => ({
  id: `${provider}:${model}:standard:base:always`,
  provider,
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
})

/** For tests: prices that can be multiplied in the head. `gamma` has none. */
export const FIXTURE_PRICES = createPriceBook([
  price('alpha', 'a1', {
    inputUncached: '0.001',
    cacheRead: '0.0001',
    cacheWrite5m: '0.002',
    cacheWrite1h: '0.004',
    output: '0.01',
    reasoning: '0.02',
    audioInput: '0.005',
    audioOutput: '0.05',
    toolRequests: '0.5',
  }),
  price('alpha', 'a2', { inputUncached: '0.002', output: '0.02' }),
  price('beta', 'b1', { inputUncached: '0.003', output: '0.03' }),
])

/** For tests: a workspace of its own that holds these events, priced by {@link FIXTURE_PRICES}, and its scope. */
export async function mintLedger(
  events: readonly Record<string, unknown>[],
  options: Partial<Pick<ScopeWorkspace, 'timeZone' | 'costPreference'>> = {},
): Promise<{ workspace: ScopeWorkspace; scope: Scope; keyId: number; secret: string }> {
  const { workspaceId, keyId, secret } = await mintWorkspace({ scopes: ['ingest', 'read'] })
  setIngestPriceIndex(createPriceIndex(FIXTURE_PRICES))
  try {
    const result = await ingestEvents({
      workspace: { id: workspaceId },
      apiKeyId: keyId,
      defaults: { environment: 'prod', dataMode: 'real' },
      events,
      receivedAt: new Date('2026-11-01T00:00:00Z'),
      mode: 'import',
    })
    if (result.accepted !== events.length) throw new Error(`not stored: ${JSON.stringify(result)}`)
  } finally {
    setIngestPriceIndex(null)
  }
  const workspace: ScopeWorkspace = {
    id: workspaceId,
    slug: `w${workspaceId}`,
    timeZone: options.timeZone ?? 'UTC',
    currency: 'USD',
    fiscalYearStartMonth: 1,
    defaultEnvironments: ['prod'],
    defaultDataModes: ['real'],
    costPreference: options.costPreference ?? 'reported',
    apiKeys: [{ id: keyId, name: 'ci' }],
  }
  return { workspace, scope: { workspaces: [workspace] }, keyId, secret }
}

/**
 * For tests: seven requests around 1 and 2 October 2026 (UTC) and one before, with every measure and dimension in them.
 * Costs by {@link FIXTURE_PRICES} stand beside the attempts.
 */
export const OCTOBER: readonly Record<string, unknown>[] = [
  // r1: 800 × 0.001 + 100 × 0.0001 + 40 × 0.002 + 20 × 0.004 + 60 × 0.01 + 30 × 0.02 + 40 × 0.005 + 10 × 0.05 + 2 × 0.5 = 3.87
  {
    externalRequestId: 'r1',
    provider: 'alpha',
    model: 'a1',
    endpointTag: '/chat',
    promptVersion: 'v1',
    userId: 'u1',
    tags: { team: 'red' },
    inputTokens: 1000,
    cacheReadTokens: 100,
    cacheWriteTokens: 60,
    cacheWrite1hTokens: 20,
    audioInputTokens: 40,
    outputTokens: 100,
    reasoningTokens: 30,
    audioOutputTokens: 10,
    toolRequests: 2,
    latencyMs: 100,
    timeToFirstTokenMs: 10,
    status: 'success',
    timestamp: '2026-10-01T10:00:00Z',
  },
  // r2: a retry; 0.1 wasted, then 0.1 + 0.1
  ...[
    { status: 'rate_limited', errorCode: '429', outputTokens: 0, latencyMs: 200, timestamp: '2026-10-01T11:00:00Z' },
    { status: 'success', outputTokens: 10, latencyMs: 300, timestamp: '2026-10-01T11:01:00Z' },
  ].map((attempt) => ({
    externalRequestId: 'r2',
    provider: 'alpha',
    model: 'a1',
    endpointTag: '/chat',
    promptVersion: 'v2',
    userId: 'u2',
    inputTokens: 100,
    ...attempt,
  })),
  // r3: a fallback over midnight; 0.2 wasted, then 0.6 + 0.3
  ...[
    {
      provider: 'alpha',
      model: 'a1',
      status: 'timeout',
      outputTokens: 0,
      latencyMs: 1000,
      timestamp: '2026-10-01T23:59:00Z',
    },
    {
      provider: 'beta',
      model: 'b1',
      status: 'success',
      outputTokens: 10,
      latencyMs: 400,
      timestamp: '2026-10-02T00:01:00Z',
    },
  ].map((attempt) => ({
    externalRequestId: 'r3',
    endpointTag: '/search',
    promptVersion: 'v1',
    userId: 'u1',
    inputTokens: 200,
    ...attempt,
  })),
  // r4: failed, on a model without a price; 55 tokens
  {
    externalRequestId: 'r4',
    provider: 'gamma',
    model: 'x',
    endpointTag: '/search',
    inputTokens: 50,
    outputTokens: 5,
    status: 'error',
    timestamp: '2026-10-02T05:00:00Z',
  },
  // r5: first tried before October; 0.01 there, 0.02 + 0.02 in October on another model
  ...[
    { model: 'a1', status: 'error', outputTokens: 0, timestamp: '2026-09-30T23:59:30Z' },
    { model: 'a2', status: 'success', outputTokens: 1, timestamp: '2026-10-01T00:00:30Z' },
  ].map((attempt) => ({
    externalRequestId: 'r5',
    provider: 'alpha',
    endpointTag: '/chat',
    promptVersion: 'v1',
    userId: 'u3',
    inputTokens: 10,
    ...attempt,
  })),
  // r6: the provider says 1.5, the book 0.3 + 0.3
  {
    externalRequestId: 'r6',
    provider: 'beta',
    model: 'b1',
    userId: 'u2',
    region: 'eu',
    inputTokens: 100,
    outputTokens: 10,
    costUsd: '1.5',
    status: 'success',
    timestamp: '2026-10-02T06:00:00Z',
  },
  // r7: outside the default scope; 1
  {
    externalRequestId: 'r7',
    provider: 'alpha',
    model: 'a1',
    environment: 'staging',
    dataMode: 'test',
    inputTokens: 1000,
    outputTokens: 0,
    status: 'success',
    timestamp: '2026-10-01T12:00:00Z',
  },
  // r8: in the window before; 0.1 + 0.1
  {
    externalRequestId: 'r8',
    provider: 'alpha',
    model: 'a1',
    endpointTag: '/old',
    inputTokens: 100,
    outputTokens: 10,
    status: 'success',
    timestamp: '2026-09-29T12:00:00Z',
  },
]

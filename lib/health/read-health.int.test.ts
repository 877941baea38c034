import { expect, it } from 'vitest'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { readHealth } from '@/lib/health/read-health'

const DAY_MS = 86_400_000

it('counts what ingest found by kind, with the newest requests as examples, and what has no usage', async () => {
  const { workspaceId } = await mintWorkspace()
  const nowMs = Date.now()
  const event = (changes: Record<string, unknown>) => ({
    externalRequestId: 'r-1',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 10,
    outputTokens: 1,
    timestamp: nowMs - 1_000,
    ...changes,
  })
  const ingest = (events: unknown[]) =>
    ingestEvents({
      workspace: { id: workspaceId },
      apiKeyId: 0,
      defaults: { environment: 'prod', dataMode: 'real' },
      events,
      receivedAt: new Date(),
      mode: 'http',
    })
  await ingest([event({ attempt: 1 }), event({ externalRequestId: 'r-2', totalTokens: 12 })])
  await ingest([event({ attempt: 1, inputTokens: 11 }), event({ attempt: 1, inputTokens: 12 })])
  await ingest([event({ externalRequestId: 'r-3', inputTokens: null, outputTokens: null })])
  await ingest([event({ externalRequestId: 'r-4', timestamp: nowMs - 3 * DAY_MS })])

  const range = { from: new Date(nowMs - DAY_MS), to: new Date(nowMs + DAY_MS) }
  const health = await readHealth(workspaceId, range)
  expect(health).toMatchObject({ attempts: '3', unknownUsageAttempts: '1' })
  expect(health.findings).toMatchObject([
    { kind: 'conflict', count: '2', requests: '1', examples: ['r-1'] },
    { kind: 'double_reporting', count: '0' },
    { kind: 'personal_data', count: '0' },
    { kind: 'total_mismatch', count: '1', requests: '1', examples: ['r-2'] },
  ])
  const before = { from: new Date(nowMs - 9 * DAY_MS), to: range.from }
  expect((await readHealth(workspaceId, before)).findings.every(({ count }) => count === '0')).toBe(true)
  expect((await readHealth((await mintWorkspace()).workspaceId, range)).attempts).toBe('0')
})

import { beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'
import { retainWorkspace, retentionLimit } from '@/lib/ledger/retain'

const DAY_MS = 86_400_000

let workspaceId = 0

function ingest(events: readonly unknown[]) {
  return ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events,
    receivedAt: new Date(),
    mode: 'http',
  })
}

const personal = z.object({ users: z.array(z.string()), ids: z.coerce.number(), tags: z.coerce.number() })

async function readPersonal() {
  const [row] = await queryRows(
    personal,
    `SELECT arraySort(groupUniqArray(user_id)) AS users, countIf(external_request_id != '' OR attempt_id != '' OR fallback_reason != '') AS ids,
       countIf(notEmpty(tags)) AS tags
     FROM attempts WHERE workspace_id = {workspaceId:UInt32} AND is_deleted = 0`,
    { role: 'write', params: { workspaceId }, settings: { final: 0 } },
  )
  return row
}

let events: Record<string, unknown>[] = []

beforeEach(async () => {
  workspaceId = (await mintWorkspace()).workspaceId
  const nowMs = Date.now()
  const event = (changes: Record<string, unknown>) => ({
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 100,
    outputTokens: 10,
    status: 'success',
    tags: { team: 'core' },
    ...changes,
  })
  events = [
    event({ externalRequestId: 'r-1', userId: 'u-1', attemptId: 'x', status: 'error', timestamp: nowMs - 40 * DAY_MS }),
    event({
      externalRequestId: 'r-1',
      userId: 'u-1',
      attemptId: 'y',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      fallbackReason: 'said by u-1',
      timestamp: nowMs - 40 * DAY_MS + 500,
    }),
    event({ externalRequestId: 'r-2', userId: 'u-2', timestamp: nowMs - 90 * DAY_MS }),
    event({ externalRequestId: 'r-3', userId: 'u-3', attemptId: 'z', timestamp: nowMs - 10 * DAY_MS }),
  ]
  await ingest(events)
})

it('drops users, ids and tags of old attempts and keeps every total', async () => {
  const before = await readTotals(workspaceId)
  expect(before).toMatchObject({ attempts: 4, requests: 3, fallbacks: 1, wasted: 1 })
  const limit = retentionLimit(30, 'UTC', new Date())
  expect(await retainWorkspace(workspaceId, limit)).toBe(2)
  expect(await readTotals(workspaceId)).toEqual(before)
  expect(await readPersonal()).toEqual({ users: ['', 'u-3'], ids: 1, tags: 1 })
  expect(await retainWorkspace(workspaceId, limit)).toBe(0)
})

it('still knows a redelivery, and classifies what comes late', async () => {
  const before = await readTotals(workspaceId)
  await retainWorkspace(workspaceId, retentionLimit(30, 'UTC', new Date()))
  expect(await ingest(events)).toMatchObject({ accepted: 0, duplicates: 4 })
  expect(await readTotals(workspaceId)).toEqual(before)
  const late = { ...events[1], attemptId: 'late', timestamp: Number(events[1]?.timestamp) + 500 }
  expect(await ingest([late])).toMatchObject({ accepted: 1 })
  expect(await readTotals(workspaceId)).toMatchObject({ attempts: 5, requests: 3, fallbacks: 1, retries: 1 })
  expect(await retainWorkspace(workspaceId, retentionLimit(30, 'UTC', new Date()))).toBe(1)
  expect(await readPersonal()).toEqual({ users: ['', 'u-3'], ids: 1, tags: 1 })
})

it('moves its limit once a day of the workspace', () => {
  const limit = (now: string) => retentionLimit(30, 'Europe/Berlin', new Date(now)).toISOString()
  expect(limit('2026-11-21T12:00:00Z')).toBe('2026-10-21T22:00:00.000Z')
  expect(limit('2026-11-21T22:59:59Z')).toBe('2026-10-21T22:00:00.000Z')
  expect(limit('2026-11-21T23:00:00Z')).toBe('2026-10-22T22:00:00.000Z')
})

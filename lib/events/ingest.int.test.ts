import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { CLASS_COLUMNS, packClassSql } from '@/db/clickhouse/pack-class-sql'
import { restoreRequestTimes } from '@/db/clickhouse/statements/attempts'
import { withPostgres } from '@/db/postgres/client'
import { receiptTimes } from '@/db/postgres/schema'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'

function attempt(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { externalRequestId: 'r-1', provider: 'openai', model: 'gpt-4o', inputTokens: 10, outputTokens: 1, ...changes }
}

function ingest(workspaceId: number, events: readonly unknown[], mode: 'http' | 'import' = 'http') {
  return ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events,
    receivedAt: new Date(),
    mode,
  })
}

describe('a crash', () => {
  it('has the slots of what it may have cut off read from the attempts again', async () => {
    const { workspaceId } = await mintWorkspace()
    await ingest(workspaceId, [attempt({ timestamp: Date.now() - 86_400_000 })])
    const params = { id: workspaceId }
    await runCommand('ALTER TABLE slot_marks DELETE WHERE workspace_id = {id:UInt32}', {
      params,
      settings: { mutations_sync: '2' },
    })
    await restoreRequestTimes()
    const marks = await queryRows(
      z.object({ n: z.coerce.number() }),
      'SELECT uniqExact(slot) AS n FROM slot_marks WHERE workspace_id = {id:UInt32}',
      { role: 'write', params },
    )
    expect(marks).toEqual([{ n: 1 }])
  })

  it('between an attempt and its time loses nothing and counts nothing twice', async () => {
    const { workspaceId } = await mintWorkspace()
    const [first, second] = [
      attempt({ attemptId: 'a', status: 'error', timestamp: Date.now() - 2_000 }),
      attempt({ attemptId: 'b', status: 'success', timestamp: Date.now() - 1_000 }),
    ]
    await ingest(workspaceId, [first])
    await runCommand(
      `DELETE FROM attempt_times WHERE ts IN (SELECT ts FROM attempts WHERE workspace_id = {id:UInt32})`,
      { params: { id: workspaceId }, settings: { lightweight_deletes_sync: '2' } },
    )
    await restoreRequestTimes()
    expect(await ingest(workspaceId, [first, second])).toMatchObject({ accepted: 1, duplicates: 1 })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 1, retries: 1, wasted: 1 })
  })

  it('before the answer is followed by a redelivery that finds everything stored', async () => {
    const { workspaceId } = await mintWorkspace()
    const events = Array.from({ length: 20 }, (_, index) => attempt({ attempt: index + 1 }))
    expect(await ingest(workspaceId, events)).toMatchObject({ accepted: 20 })
    expect(await ingest(workspaceId, events)).toMatchObject({ accepted: 0, duplicates: 20 })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 20, requests: 1, retries: 19 })
  })
})

describe('flags', () => {
  it('are unpacked by the store as they are packed here and by what generates attempts', async () => {
    const { workspaceId } = await mintWorkspace()
    const statuses = ['error', 'success', 'timeout', 'unspecified', 'success']
    await ingest(
      workspaceId,
      statuses.map((status, index) =>
        attempt({ attempt: index + 1, status, provider: index % 3 === 1 ? 'azure' : 'openai', userId: `u${index}` }),
      ),
    )
    const columns = Object.fromEntries(CLASS_COLUMNS.map((name) => [name, name]))
    const rows = await queryRows(
      z.object({ stored: z.number(), packed: z.number(), waste_kind: z.string(), mixed: z.boolean() }),
      `SELECT flags AS stored, ${packClassSql(columns)} AS packed, waste_kind, mixed
       FROM attempts FINAL WHERE workspace_id = {id:UInt32} ORDER BY attempt_number`,
      { role: 'write', params: { id: workspaceId } },
    )
    expect(rows.map((row) => row.packed)).toEqual(rows.map((row) => row.stored))
    expect(new Set(rows.map((row) => row.stored)).size).toBeGreaterThan(3)
    expect(rows.map((row) => row.waste_kind)).toEqual(['fallback', 'fallback', 'retry', 'fallback', 'none'])
    expect(rows.every((row) => row.mixed)).toBe(true)
  })
})

describe('events without a timestamp', () => {
  it('keep the instant of their first receipt', async () => {
    const { workspaceId } = await mintWorkspace()
    const firstReceipt = new Date(Date.now() - 3_600_000)
    await ingestEvents({
      workspace: { id: workspaceId },
      apiKeyId: 0,
      defaults: { environment: null, dataMode: null },
      events: [attempt()],
      receivedAt: firstReceipt,
      mode: 'http',
    })
    const again = await ingestEvents({
      workspace: { id: workspaceId },
      apiKeyId: 0,
      defaults: { environment: null, dataMode: null },
      events: [attempt()],
      receivedAt: new Date(),
      mode: 'http',
    })
    expect(again).toMatchObject({ accepted: 0, duplicates: 1 })
    const stored = await queryRows(
      z.object({ ts_ms: z.coerce.number() }),
      'SELECT toUnixTimestamp64Milli(ts) AS ts_ms FROM attempts FINAL WHERE workspace_id = {id:UInt32}',
      { role: 'write', params: { id: workspaceId } },
    )
    expect(stored).toEqual([{ ts_ms: firstReceipt.getTime() }])
    const claims = await withPostgres((db) => db.select().from(receiptTimes))
    expect(claims.filter((claim) => claim.workspaceId === workspaceId)).toHaveLength(1)
  })
})

describe('an outcome that comes after its event', () => {
  const outcomes = async (workspaceId: number) =>
    queryRows(
      z.object({ id: z.string(), outcome: z.string(), score: z.number().nullable() }),
      `SELECT concat(external_request_id, '/', attempt_id, '/', toString(attempt_number)) AS id, outcome, quality_score AS score
       FROM attempts FINAL WHERE workspace_id = {id:UInt32} ORDER BY id`,
      { role: 'write', params: { id: workspaceId } },
    )

  it('is kept at the attempt named, else at the last one, in any batch', async () => {
    const { workspaceId } = await mintWorkspace()
    const startMs = Date.now() - 60_000
    const events = [
      attempt({ attemptId: 'a', attempt: 1, status: 'error', timestamp: startMs }),
      attempt({ attemptId: 'b', attempt: 2, status: 'success', timestamp: startMs + 1 }),
      attempt({ externalRequestId: 'r-2', attempt: 1, timestamp: startMs }),
    ]
    await ingest(workspaceId, events)
    const before = await readTotals(workspaceId)
    const late = [
      { externalRequestId: 'r-1', outcome: 'solved' },
      { externalRequestId: 'r-1', attempt: 1, outcome: 'gave up', qualityScore: 0.25 },
      { externalRequestId: 'r-2', attempt: 1, qualityScore: 1 },
      attempt({ externalRequestId: 'r-3', attemptId: 'c', timestamp: startMs }),
      { externalRequestId: 'r-3', attemptId: 'c', outcome: 'solved' },
    ]
    expect(await ingest(workspaceId, late)).toMatchObject({ accepted: 5, rejected: [] })
    const stored = [
      { id: 'r-1/a/1', outcome: 'gave up', score: 0.25 },
      { id: 'r-1/b/2', outcome: 'solved', score: null },
      { id: 'r-2//1', outcome: '', score: 1 },
      { id: 'r-3/c/0', outcome: 'solved', score: null },
    ]
    expect(await outcomes(workspaceId)).toEqual(stored)
    await ingest(workspaceId, late)
    await ingest(workspaceId, events)
    expect(await outcomes(workspaceId)).toEqual(stored)
    expect(await readTotals(workspaceId)).toMatchObject({
      attempts: before.attempts + 1,
      requests: before.requests + 1,
      retries: before.retries,
      input_tokens: '40',
    })
  })

  it('is rejected by itself where there is nothing to say it of', async () => {
    const { workspaceId } = await mintWorkspace()
    const result = await ingest(workspaceId, [
      { externalRequestId: 'r-1', outcome: 'solved' },
      attempt({ attemptId: 'a' }),
      { externalRequestId: 'r-1', attemptId: 'other', outcome: 'solved' },
      { externalRequestId: 'r-1', environment: 'dev', outcome: 'solved' },
    ])
    expect(result).toMatchObject({ accepted: 1 })
    expect(result.rejected.map(({ index, code }) => [index, code])).toEqual(
      [0, 2, 3].map((index) => [index, 'unknown_request']),
    )
    expect(await outcomes(workspaceId)).toEqual([{ id: 'r-1/a/0', outcome: '', score: null }])
  })
})

describe('imports', () => {
  it('take any past and say the line of what they reject', async () => {
    const { workspaceId } = await mintWorkspace()
    const old = attempt({ timestamp: '2023-11-16T18:17:03Z' })
    expect((await ingest(workspaceId, [old])).rejected).toMatchObject([{ index: 0, code: 'invalid_event' }])
    const result = await ingestEvents({
      workspace: { id: workspaceId },
      apiKeyId: 0,
      defaults: { environment: 'prod', dataMode: 'real' },
      events: [old, attempt({ inputTokens: -1 })],
      lines: [2, 3],
      receivedAt: new Date(),
      mode: 'import',
    })
    expect(result).toMatchObject({ accepted: 1, rejected: [{ index: 1, line: 3 }] })
  })
})

it('groups many small submissions without losing any', async () => {
  const { workspaceId } = await mintWorkspace()
  const results = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      ingest(workspaceId, [attempt({ externalRequestId: `r-${index % 250}` })]),
    ),
  )
  expect(results.reduce((sum, result) => sum + result.accepted, 0)).toBe(250)
  expect(results.reduce((sum, result) => sum + result.duplicates, 0)).toBe(50)
  expect(await readTotals(workspaceId)).toMatchObject({ attempts: 250, requests: 250, input_tokens: '2500' })
})

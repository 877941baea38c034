import { and, eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { insertRows, queryRows } from '@/db/clickhouse/client'
import { filterOfSubject, findSubjectByHash, insertErasureTombstones } from '@/db/clickhouse/statements/erasures'
import { postgres } from '@/db/postgres/client'
import { type ErasureRow, listErasures, openErasure } from '@/db/postgres/queries/erasures'
import { alerts, auditLog, erasures } from '@/db/postgres/schema'
import { alertFacts } from '@/lib/alerts/alert-facts'
import { draftOf, FACTS } from '@/lib/alerts/alert-fixture'
import { alertSink } from '@/lib/alerts/raise-alert'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'
import { continueErasure, eraseRequest, eraseUser, SETTLED_MS } from '@/lib/ledger/erase'
import { erasureKey, refreshErasedSubjects } from '@/lib/ledger/erased-subjects'
import { hashParams, hashSubject, hashSubjectSql } from '@/lib/ledger/erasure-hash'

const actor = { kind: 'system', name: 'A test' } as const
const hourAgoMs = () => Date.now() - 3_600_000

let workspaceId = 0
let startMs = 0

function attempt(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    externalRequestId: 'r-1',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 10,
    outputTokens: 1,
    status: 'success',
    ...changes,
  }
}

function ingest(events: readonly unknown[], environment: 'prod' | 'staging' = 'prod') {
  return ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment, dataMode: 'real' },
    events,
    receivedAt: new Date(),
    mode: 'http',
  })
}

/** One user with a retried request and a plain one, another user with one. */
function threeRequests(): Record<string, unknown>[] {
  return [
    attempt({ userId: 'user-a', attemptId: 'a-1', status: 'error', timestamp: startMs }),
    attempt({ userId: 'user-a', attemptId: 'a-2', timestamp: startMs + 1 }),
    attempt({ externalRequestId: 'r-2', userId: 'user-a', attempt: 1, timestamp: startMs - 20 * 86_400_000 }),
    attempt({ externalRequestId: 'r-3', userId: 'user-b', attempt: 1, timestamp: startMs + 2, tags: { team: 'core' } }),
  ]
}

async function erasureOf(id: number): Promise<ErasureRow> {
  const [row] = await postgres().select().from(erasures).where(eq(erasures.id, id))
  if (!row) throw new Error('no erasure')
  return row
}

const later = () => new Date(Date.now() + SETTLED_MS)

/** Rows of any version that still hold a text, in every table that may. */
async function findText(text: string): Promise<Record<string, number>> {
  const count = async (sql: string) =>
    (
      await queryRows(z.object({ n: z.coerce.number() }), sql, {
        role: 'write',
        params: { workspaceId, text },
        settings: { final: 0 },
      })
    )[0]?.n ?? -1
  const here = 'workspace_id = {workspaceId:UInt32}'
  return {
    attempts: await count(
      `SELECT count() AS n FROM attempts WHERE ${here} AND has([user_id, external_request_id, attempt_id], {text:String})`,
    ),
    names: await count(`SELECT count() AS n FROM user_names WHERE ${here} AND user_id = {text:String}`),
    findings: await count(
      `SELECT count() AS n FROM ingest_findings WHERE ${here} AND external_request_id = {text:String}`,
    ),
    mutations: await count(`SELECT count() AS n FROM system.mutations WHERE position(command, {text:String}) > 0`),
  }
}

const GONE = { attempts: 0, names: 0, findings: 0, mutations: 0 }

async function markedSlots(): Promise<number> {
  const [row] = await queryRows(
    z.object({ n: z.coerce.number() }),
    'SELECT uniqExact(slot) AS n FROM slot_marks WHERE workspace_id = {workspaceId:UInt32} AND marked_at >= {since:DateTime64(3)}',
    { role: 'write', params: { workspaceId, since: new Date(Date.now() - 60_000) } },
  )
  return row?.n ?? 0
}

beforeEach(async () => {
  workspaceId = (await mintWorkspace()).workspaceId
  startMs = hourAgoMs()
})

describe('erasing a user', () => {
  it('takes every attempt out of the totals at once and leaves the others alone', async () => {
    await ingest(threeRequests())
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 4, requests: 3, retries: 1, input_tokens: '40' })
    const report = await eraseUser({ id: workspaceId }, 'user-a', actor)
    expect(report).toMatchObject({ attempts: 3, requests: 2 })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, requests: 1, retries: 0, input_tokens: '10' })
    expect(await markedSlots()).toBeGreaterThanOrEqual(2)
  })

  it('refuses every redelivery and what comes late of it, and takes what the user does afterwards', async () => {
    const events = threeRequests()
    await ingest(events)
    await eraseUser({ id: workspaceId }, 'user-a', actor)
    const again = await ingest([
      ...events,
      attempt({ externalRequestId: 'r-9', userId: 'user-a', timestamp: startMs + 5 }),
      attempt({ userId: 'user-a', attemptId: 'a-2', revision: 2, timestamp: Date.now() + 2_000 }),
      attempt({ externalRequestId: 'r-10', userId: 'user-a', timestamp: Date.now() + 2_000 }),
    ])
    expect(again).toMatchObject({ accepted: 1, duplicates: 1 })
    expect(again.rejected.map(({ index, code }) => [index, code])).toEqual(
      [0, 1, 2, 4, 5].map((index) => [index, 'erased']),
    )
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 2 })
  })

  it('refuses a redelivery of an event without a timestamp', async () => {
    const event = attempt({ userId: 'user-a' })
    await ingest([event])
    await eraseUser({ id: workspaceId }, 'user-a', actor)
    expect((await ingest([event])).rejected).toMatchObject([{ code: 'erased' }])
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 0 })
  })

  it('classifies what stands of a request that was partly theirs', async () => {
    await ingest([
      attempt({ userId: 'user-a', attempt: 1, status: 'error', timestamp: startMs }),
      attempt({ userId: 'user-b', attempt: 2, timestamp: startMs + 1 }),
    ])
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 1, retries: 1, wasted: 1 })
    await eraseUser({ id: workspaceId }, 'user-a', actor)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, requests: 1, retries: 0, wasted: 0, failed: 0 })
    await ingest([attempt({ userId: 'user-b', attempt: 3, timestamp: startMs + 2 })])
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 1, retries: 1 })
  })

  it('takes the text from disk, names and findings included, and says so in the audit log without it', async () => {
    await ingest(threeRequests())
    await ingest([attempt({ userId: 'user-a', attemptId: 'a-1', inputTokens: 11, timestamp: startMs })])
    await ingest([attempt({ userId: 'user-a', attemptId: 'a-2', revision: 2, timestamp: startMs + 900_000 })])
    await insertRows('user_names', [
      { workspace_id: workspaceId, user_hash: '1', user_id: 'user-a' },
      { workspace_id: workspaceId, user_hash: '2', user_id: 'user-b' },
    ])
    expect(await findText('r-1')).toMatchObject({ findings: 1 })
    const { id, name } = await eraseUser({ id: workspaceId }, 'user-a', actor)
    expect(await continueErasure(await erasureOf(id), new Date())).toBe(false)
    expect(await continueErasure(await erasureOf(id), later())).toBe(true)
    for (const text of ['user-a', 'r-1', 'r-2', 'a-1', 'a-2']) expect(await findText(text)).toEqual(GONE)
    expect(await findText('user-b')).toMatchObject({ attempts: 1, names: 1 })
    expect((await ingest(threeRequests())).rejected).toHaveLength(3)
    const entries = await postgres().select().from(auditLog).where(eq(auditLog.workspaceId, workspaceId))
    expect(entries.map(({ action, targetName, after }) => [action, targetName, after])).toEqual([
      ['data.erased', name, { attempts: 3, requests: 2 }],
      ['data.erasure_completed', name, { attempts: 0, requests: 0 }],
    ])
    expect(JSON.stringify(entries)).not.toContain('user-a')
    expect(await listErasures(workspaceId, 10)).toMatchObject([
      { id, kind: 'user', name, attempts: 3, requests: 2, completedAt: expect.any(Date) },
    ])
  })

  it('takes the name from what alerts said of them, and leaves those of others', async () => {
    const drivers = ['user-a', 'user-ab'].map((label) => ({ label, value: '$1.00', change: null }))
    const facts = { ...FACTS, title: 'Spend of user-a', drivers, viewPath: '/w/shop/users?user=user-a' }
    const { id } = await alertSink.raise(draftOf(workspaceId, { facts }), new Date())
    await eraseUser({ id: workspaceId }, 'user-a', actor)
    const [stored] = await postgres().select().from(alerts).where(eq(alerts.id, id))
    expect(alertFacts.parse(stored?.facts)).toMatchObject({
      title: 'Spend of (erased)',
      drivers: [{ label: '(erased)' }, { label: 'user-ab' }],
      viewPath: '/w/shop/users?user=(erased)',
    })
  })

  it('may be asked for again, and then takes what came since', async () => {
    await ingest(threeRequests())
    const first = await eraseUser({ id: workspaceId }, 'user-a', actor)
    await continueErasure(await erasureOf(first.id), later())
    await ingest([attempt({ externalRequestId: 'r-20', userId: 'user-a' })])
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2 })
    const second = await eraseUser({ id: workspaceId }, 'user-a', actor)
    expect(second).toMatchObject({ id: first.id, attempts: 1, requests: 1 })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1 })
    expect(await erasureOf(first.id)).toMatchObject({ completedAt: null })
  })

  it('leaves other workspaces alone', async () => {
    await ingest(threeRequests())
    const here = workspaceId
    workspaceId = (await mintWorkspace()).workspaceId
    await ingest(threeRequests())
    await eraseUser({ id: here }, 'user-a', actor)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 4, requests: 3 })
    expect(await ingest(threeRequests())).toMatchObject({ duplicates: 4, rejected: [] })
  })
})

describe('erasing a request', () => {
  it('takes it in every environment, and refuses attempts of it that were never seen', async () => {
    await ingest(threeRequests())
    await ingest([attempt({ userId: 'user-c', attempt: 1, timestamp: startMs })], 'staging')
    expect(await eraseRequest({ id: workspaceId }, 'r-1', actor)).toMatchObject({ attempts: 3, requests: 2 })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 2 })
    const late = await ingest([
      attempt({ userId: 'user-d', attemptId: 'never-seen' }),
      { externalRequestId: 'r-1', outcome: 'solved' },
      attempt({ externalRequestId: 'r-2', userId: 'user-a', attempt: 1, timestamp: startMs - 20 * 86_400_000 }),
    ])
    expect(late).toMatchObject({ accepted: 0, duplicates: 1, rejected: [{ code: 'erased' }, { code: 'erased' }] })
  })

  it('refuses what names nobody', async () => {
    await expect(eraseRequest({ id: workspaceId }, '', actor)).rejects.toMatchObject({ code: 'invalid_body' })
  })
})

describe('an erasure that was cut off', () => {
  it('before anything but its hash was stored is finished by another process', async () => {
    await ingest(threeRequests())
    const erasure = await openErasure(
      {
        workspaceId,
        kind: 'user',
        subjectHash: hashSubject(erasureKey(), workspaceId, 'user', 'user-a'),
        requestedBy: null,
      },
      { actor, after: { attempts: 3, requests: 2 } },
    )
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 4 })
    await refreshErasedSubjects()
    expect((await ingest(threeRequests())).rejected).toHaveLength(3)
    expect(await continueErasure(erasure, later())).toBe(true)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, requests: 1 })
    expect(await findText('user-a')).toEqual(GONE)
    const completed = await postgres()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.workspaceId, workspaceId), eq(auditLog.action, 'data.erasure_completed')))
    expect(completed).toMatchObject([{ actorKind: 'system', after: { attempts: 0, requests: 0 } }])
  })

  it('between tombstones and classes, or in the middle of the purge, is finished too', async () => {
    await ingest([
      attempt({ userId: 'user-a', attempt: 1, status: 'error', timestamp: startMs }),
      attempt({ userId: 'user-b', attempt: 2, timestamp: startMs + 1 }),
    ])
    const erasure = await openErasure(
      {
        workspaceId,
        kind: 'user',
        subjectHash: hashSubject(erasureKey(), workspaceId, 'user', 'user-a'),
        requestedBy: null,
      },
      { actor, after: { attempts: 1, requests: 1 } },
    )
    await insertErasureTombstones(filterOfSubject({ workspaceId, kind: 'user', value: 'user-a', atMs: Date.now() }))
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, retries: 1 })
    expect(await continueErasure(erasure, new Date(0))).toBe(false)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, retries: 0 })
    expect(await continueErasure(erasure, later())).toBe(true)
    expect(await continueErasure(erasure, later())).toBe(false)
    expect(await findText('user-a')).toEqual(GONE)
  })

  it('finds its subject in the store by the hash alone', async () => {
    await ingest(threeRequests())
    const find = (kind: 'user' | 'request', value: string) =>
      findSubjectByHash(workspaceId, kind, {
        sql: hashSubjectSql('subject'),
        params: hashParams(erasureKey(), workspaceId, kind),
        value: hashSubject(erasureKey(), workspaceId, kind, value),
      })
    expect(await find('user', 'user-b')).toBe('user-b')
    expect(await find('request', 'r-2')).toBe('r-2')
    expect(await find('user', 'nobody')).toBeNull()
  })
})

import 'server-only'
import { z } from 'zod'
import { postJson, type Target } from '@/bench/http-client'
import { makeEvent } from '@/bench/make-event'
import { quantile } from '@/bench/quantile'
import { DAY_MS } from '@/bench/world'
import { queryRows } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS, insertAttempts } from '@/db/clickhouse/statements/attempts'
import { CommitQueue } from '@/lib/events/commit-queue'
import { ingestEvents } from '@/lib/events/ingest'

/** `refused` are answers 429 and 503, after which a client would send again. */
export type IngestRate = {
  name: string
  attempts: number
  durationMs: number
  perSecond: number
  p50Ms: number
  p99Ms: number
  refused: number
}

const keys = z.object({ ts: z.string(), version: z.string() })

/** A row as ingest builds it: its instant in milliseconds, the version as a number. */
const storedRow = z
  .custom<Record<string, unknown>>((row) => keys.safeParse(row).success)
  .transform((row) => {
    const { ts, version } = keys.parse(row)
    return Object.assign(row, { ts: Date.parse(`${ts.replace(' ', 'T')}Z`), version: BigInt(version) })
  })

/** Series that no other run part uses, so that no event is a redelivery. */
let series = 1

function rateOf(
  name: string,
  attempts: number,
  durationMs: number,
  tookMs: readonly number[],
  refused = 0,
): IngestRate {
  return {
    name,
    attempts,
    durationMs,
    perSecond: (1000 * attempts) / durationMs,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
    refused,
  }
}

type Insert = (rows: Record<string, unknown>[]) => Promise<unknown>

/** The statement that ingest stores its rows with: batches of rows of the ledger, `lanes` at a time. */
export async function measureInsert(options: InsertOptions): Promise<IngestRate> {
  return await measureRows(
    `rows into the store, inserts of ${options.batch}, ${options.lanes} at a time`,
    options,
    (rows) => insertAttempts(rows),
  )
}

/** The same behind the queue in which ingest merges what clients send at once: batches of rows, of `lanes` clients. */
export async function measureGroupCommit(options: InsertOptions): Promise<IngestRate> {
  const queue = new CommitQueue<{ attempts: Record<string, unknown>[]; findings: [] }>(async (submissions) => {
    await insertAttempts(submissions.flatMap(({ attempts }) => attempts))
    return submissions.map(({ attempts }) => ({
      ok: true,
      decisions: attempts.map(() => ({ status: 'accepted', warnings: [] })),
    }))
  })
  const name = `rows through group commit into the store, batches of ${options.batch}, ${options.lanes} clients`
  return await measureRows(name, options, (rows) => queue.submit({ attempts: rows, findings: [] }, 0))
}

type InsertOptions = {
  fromWorkspaceId: number
  workspaceId: number
  batches: number
  batch: number
  lanes: number
}

async function measureRows(name: string, options: InsertOptions, insert: Insert): Promise<IngestRate> {
  const { fromWorkspaceId, workspaceId, batches, batch, lanes } = options
  const turn = series
  series += 1
  const rows = await queryRows(
    storedRow,
    `SELECT ${ATTEMPT_COLUMNS.join(', ')} FROM (
       SELECT * REPLACE ({to:UInt32} AS workspace_id, sipHash64(attempt_key, {turn:UInt32}) AS attempt_key,
         sipHash64(request_key, {turn:UInt32}) AS request_key)
       FROM (SELECT * FROM attempts WHERE workspace_id = {from:UInt32} ORDER BY ts DESC LIMIT {count:UInt32}))`,
    {
      role: 'write',
      params: { to: workspaceId, from: fromWorkspaceId, turn, count: batches * batch },
    },
  )
  if (rows.length === 0) throw new Error('the workspace to copy rows from has none')
  const waiting = Array.from({ length: Math.ceil(rows.length / batch) }, (_, at) =>
    rows.slice(at * batch, (at + 1) * batch),
  )
  const tookMs: number[] = []
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const sentMs = performance.now()
        await insert(next)
        tookMs.push(performance.now() - sentMs)
      }
    }),
  )
  const durationMs = performance.now() - startedMs
  return rateOf(name, rows.length, durationMs, tookMs)
}

/** All that ingest does, in this process: validate, identify, look up, classify, price, store. */
export async function measureIngestInProcess(options: {
  workspaceId: number
  lastDayMs: number
  batches: number
  batch: number
  lanes: number
}): Promise<IngestRate> {
  const { workspaceId, lastDayMs, batches, batch, lanes } = options
  const turn = series
  series += 1
  const waiting = Array.from({ length: batches }, (_, at) =>
    Array.from({ length: batch }, (_, index) => makeEvent(turn, at * batch + index, lastDayMs - index * 60_000)),
  )
  const tookMs: number[] = []
  let stored = 0
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let events = waiting.pop(); events; events = waiting.pop()) {
        const sentMs = performance.now()
        const result = await ingestEvents({
          workspace: { id: workspaceId },
          apiKeyId: 0,
          defaults: { environment: null, dataMode: null },
          events,
          receivedAt: new Date(),
          mode: 'http',
        })
        stored += result.accepted
        tookMs.push(performance.now() - sentMs)
      }
    }),
  )
  return rateOf(
    `events through ingest, batches of ${batch}, ${lanes} at a time`,
    stored,
    performance.now() - startedMs,
    tookMs,
  )
}

const accepted = z.object({ accepted: z.number() })

/** Batches over HTTP as fast as they are answered, `lanes` clients at a time. */
export async function measureClosedLoop(
  target: Target,
  plan: { batch: number; lanes: number; seconds: number; lastDayMs: number },
): Promise<IngestRate> {
  const { batch, lanes, seconds, lastDayMs } = plan
  const turn = series
  series += 1
  const tookMs: number[] = []
  let sent = 0
  let stored = 0
  let refused = 0
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (performance.now() - startedMs < seconds * 1000) {
        const first = sent
        sent += batch
        const body = makeBody(turn, first, batch, lastDayMs)
        const answer = await postJson(target, '/v1/events', body)
        tookMs.push(answer.tookMs)
        if (answer.status === 429 || answer.status === 503) refused += 1
        else stored += readAccepted(answer)
      }
    }),
  )
  const durationMs = performance.now() - startedMs
  return rateOf(`HTTP, batches of ${batch}, ${lanes} clients, as fast as answered`, stored, durationMs, tookMs, refused)
}

/** Batches over HTTP at a fixed rate, whatever the answers take; latencies count from when a batch was due. */
export async function measureOpenLoop(
  target: Target,
  plan: { batch: number; perSecond: number; seconds: number; lastDayMs: number },
): Promise<IngestRate> {
  const { batch, perSecond, seconds, lastDayMs } = plan
  const turn = series
  series += 1
  const intervalMs = (1000 * batch) / perSecond
  const startedMs = performance.now()
  const results = await Promise.all(
    Array.from({ length: Math.round((perSecond * seconds) / batch) }, async (_, at) => {
      const dueMs = startedMs + at * intervalMs
      await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()))
      const answer = await postJson(target, '/v1/events', makeBody(turn, at * batch, batch, lastDayMs))
      const isRefused = answer.status === 429 || answer.status === 503
      return { tookMs: performance.now() - dueMs, stored: isRefused ? 0 : readAccepted(answer), isRefused }
    }),
  )
  return rateOf(
    batch === 1 ? `HTTP, single events, ${perSecond}/s` : `HTTP, batches of ${batch}, ${perSecond}/s`,
    results.reduce((sum, { stored }) => sum + stored, 0),
    performance.now() - startedMs,
    results.map(({ tookMs }) => tookMs),
    results.filter(({ isRefused }) => isRefused).length,
  )
}

/** A time of today's clock on the last day of the data. */
export function timeOfLastDay(lastDayMs: number): number {
  return lastDayMs + (Date.now() % DAY_MS)
}

function makeBody(turn: number, first: number, batch: number, lastDayMs: number): string {
  const atMs = timeOfLastDay(lastDayMs)
  const events = Array.from({ length: batch }, (_, index) => makeEvent(turn, first + index, atMs - index))
  return JSON.stringify(batch === 1 ? events[0] : events)
}

function readAccepted(answer: { status: number; text: string }): number {
  if (answer.status !== 200) throw new Error(`/v1/events answered ${answer.status}: ${answer.text.slice(0, 300)}`)
  return accepted.parse(JSON.parse(answer.text)).accepted
}

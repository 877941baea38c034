import 'server-only'
import { formatInstant } from '@/db/clickhouse/format-instant'
import {
  attemptRowRef,
  fetchAttemptRows,
  fetchStanding,
  findAttemptsOfRequests,
  findRequestsOfOthers,
  insertAttempts,
  insertFindings,
  type SoughtRequest,
  type StoredAttemptRow,
} from '@/db/clickhouse/statements/attempts'
import { readWriteCount } from '@/db/clickhouse/statements/touched-requests'
import { claimReceiptTimes, receiptMapKey } from '@/db/postgres/queries/receipt-times'
import { AppError, unavailable } from '@/lib/errors'
import { buildRow, classColumns } from '@/lib/events/build-row'
import {
  type BatchDecision,
  decideBatch,
  ERASED,
  type EventDecision,
  type Finding,
  isLateStatement,
  type KnownAttempt,
  type LateStatement,
  reclassify,
  requestRef,
} from '@/lib/events/decide-batch'
import { contextOf } from '@/lib/events/identify-attempt'
import type { PreparedAttempt } from '@/lib/events/prepare-event'
import { contentRestOf } from '@/lib/events/row-version'
import { type ErasedCheck, loadErasedCheck } from '@/lib/ledger/erased-subjects'
import { confirmMarks, markSlots, type TouchedSlot } from '@/lib/ledger/mark-slots'
import type { PriceBooks } from '@/lib/pricing/price-books'

export type PreparedEvent = PreparedAttempt | LateStatement

export type Submission = { attempts: PreparedEvent[]; findings: Finding[] }

export type SubmissionResult = { ok: true; decisions: EventDecision[] } | { ok: false; error: unknown }

/** By what a batch is named and priced. */
export type IngestBooks = Pick<PriceBooks, 'indexOf' | 'nameOf'>

/** Most findings of one kind and workspace that one batch stores; a client that errs always errs alike. */
const MAX_FINDINGS_OF_KIND = 100

/** So many requests are classified again in one round of statements. */
export const REQUESTS_PER_TURN = 500
const RECLASSIFY_MS = 30_000

/** An event waits for its commit at most 10 s, which takes as long at most; the rest is for clocks that differ. */
export const IN_FLIGHT_MS = 30_000

function needsReceiptTime(event: PreparedEvent): event is PreparedAttempt {
  return !isLateStatement(event) && !event.hasTimestamp
}

/** Gives attempts without a timestamp the receipt time of their first delivery. */
async function applyReceiptTimes(attempts: readonly PreparedEvent[]): Promise<PreparedEvent[]> {
  const times = await claimReceiptTimes(attempts.filter(needsReceiptTime))
  return attempts.map((attempt) => {
    if (!needsReceiptTime(attempt)) return attempt
    return { ...attempt, tsMs: times.get(receiptMapKey(attempt)) ?? attempt.tsMs }
  })
}

/** With Postgres away, submissions that need a receipt time fail; the others go on. */
async function stampSubmissions(
  submissions: readonly Submission[],
): Promise<({ ok: true; attempts: PreparedEvent[] } | { ok: false; error: unknown })[]> {
  const needy = submissions.filter(({ attempts }) => attempts.some(needsReceiptTime))
  if (needy.length === 0) return submissions.map(({ attempts }) => ({ ok: true, attempts }))
  try {
    const stamped = await applyReceiptTimes(needy.flatMap(({ attempts }) => attempts))
    let taken = 0
    return submissions.map((submission) => {
      if (!needy.includes(submission)) return { ok: true, attempts: submission.attempts }
      const attempts = stamped.slice(taken, taken + submission.attempts.length)
      taken += submission.attempts.length
      return { ok: true, attempts }
    })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
    return submissions.map((submission) =>
      needy.includes(submission) ? { ok: false, error } : { ok: true, attempts: submission.attempts },
    )
  }
}

/** The attempt under the names that those it was sent under stand for at its instant. */
function applyAlias(attempt: PreparedAttempt, books: IngestBooks): PreparedAttempt {
  const { event, workspaceId, tsMs } = attempt
  const name = books.nameOf(workspaceId, { rawProvider: event.provider, rawModel: event.model }, tsMs)
  return name === null ? attempt : { ...attempt, ...name, normalised: { ...attempt.normalised, ...name } }
}

function changeRow(
  stored: StoredAttemptRow,
  rewrite: BatchDecision<PreparedAttempt>['rewrites'][number],
): Record<string, unknown> | null {
  const { columns, tags } = stored
  const outcome = rewrite.statement.outcome ?? columns.outcome
  const qualityScore = rewrite.statement.qualityScore ?? columns.quality_score
  const statementChanged = outcome !== columns.outcome || qualityScore !== columns.quality_score
  if (!rewrite.changed && !statementChanged) return null
  return {
    ...columns,
    ...classColumns(rewrite.attemptClass),
    outcome,
    quality_score: qualityScore,
    version: rewrite.version,
    tags,
  }
}

async function buildRewrites(
  rewrites: BatchDecision<PreparedAttempt>['rewrites'],
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const stored = await fetchAttemptRows(
    rewrites.map(({ known }) => known),
    signal,
  )
  return rewrites.flatMap((rewrite) => {
    const row = stored.get(attemptRowRef(rewrite.known))
    if (!row) throw unavailable('The event store (ClickHouse)', new Error('an attempt was moved meanwhile'))
    const changed = changeRow(row, rewrite)
    return changed ? [changed] : []
  })
}

function buildTombstones(tombstones: BatchDecision<PreparedAttempt>['tombstones']): Record<string, unknown>[] {
  return tombstones.map(({ known, version }) => ({
    workspace_id: known.workspaceId,
    ts: known.tsMs,
    attempt_key: known.attemptKey,
    request_key: known.requestKey,
    content_rest: contentRestOf(known.contentHash),
    revision: known.revision,
    flags: 0,
    version,
    is_deleted: 1,
  }))
}

function limitFindings(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>()
  return findings.filter(({ workspaceId, kind }) => {
    const key = `${workspaceId}/${kind}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count <= MAX_FINDINGS_OF_KIND
  })
}

function touchedSlots(batch: BatchDecision<PreparedAttempt>): TouchedSlot[] {
  return [
    ...batch.writes.map(({ attempt, tsMs }) => ({ workspaceId: attempt.workspaceId, tsMs })),
    ...[...batch.rewrites, ...batch.tombstones].map(({ known: { workspaceId, tsMs } }) => ({ workspaceId, tsMs })),
  ]
}

async function storeAttempts(rows: readonly Record<string, unknown>[], touched: readonly TouchedSlot[]): Promise<void> {
  if (rows.length === 0) return
  const marks = await markSlots(touched)
  await insertAttempts(rows)
  await confirmMarks(marks)
}

function isErasedEvent(event: PreparedEvent, isErased: ErasedCheck): boolean {
  const { workspaceId, externalRequestId } = event
  return isLateStatement(event)
    ? isErased({ workspaceId, externalRequestId, userId: '', tsMs: 0 })
    : isErased({ workspaceId, externalRequestId, userId: event.event.userId, tsMs: event.tsMs })
}

/** Decides a batch as if what was erased on request had not been sent; those events are answered so. */
function decideStanding(
  known: Parameters<typeof decideBatch>[0],
  attempts: readonly PreparedEvent[],
  isErased: ErasedCheck,
): BatchDecision<PreparedAttempt> {
  const standing = attempts.filter((attempt) => !isErasedEvent(attempt, isErased))
  const batch = decideBatch<PreparedAttempt>(known, standing)
  if (standing.length === attempts.length) return batch
  const decided = new Map(standing.map((attempt, place) => [attempt, batch.decisions[place]]))
  return { ...batch, decisions: attempts.map((attempt) => decided.get(attempt) ?? ERASED) }
}

/** Requests of which an event was refused because it was erased: nothing is noted of them either. */
function erasedRequests(attempts: readonly PreparedEvent[], decisions: readonly EventDecision[]): Set<string> {
  const refused = attempts.filter((_, place) => {
    const decision = decisions[place]
    return decision?.status === 'rejected' && decision.code === 'erased'
  })
  return new Set(refused.map(findingRef))
}

function findingRef({ workspaceId, externalRequestId }: { workspaceId: number; externalRequestId: string }): string {
  return `${workspaceId}/${externalRequestId}`
}

async function findKnownAttempts(requests: readonly SoughtRequest[], signal: AbortSignal): Promise<KnownAttempt[]> {
  const rows = await findAttemptsOfRequests(requests, signal)
  return rows.map((row) => ({ ...row, context: contextOf(row) }))
}

/** No flags are these: a row that has them is written again. */
const UNKNOWN_FLAGS = -1

/**
 * Rows with the class and name that stand. Of rows of one version the one that was inserted last stands; the look-up, which
 * must see tombstones too, cannot tell. Those that say otherwise get the standing name and no class, so that they are
 * written again with a higher version.
 */
async function asTheyStand(known: readonly KnownAttempt[], signal: AbortSignal): Promise<KnownAttempt[]> {
  const stored = await fetchStanding(
    known.filter(({ isDeleted }) => !isDeleted),
    signal,
  )
  // An attempt whose row cannot be seen is being moved or erased at this moment, and its request touched again.
  const unseen = new Set(
    known.filter((row) => !row.isDeleted && !stored.has(attemptRowRef(row))).map((row) => requestRef(row)),
  )
  return known
    .filter((row) => !unseen.has(requestRef(row)))
    .map((row) => {
      const standing = stored.get(attemptRowRef(row))
      if (row.isDeleted || !standing) return row
      const { provider, model } = standing
      const isSame =
        provider === row.provider &&
        model === row.model &&
        standing.requestAttempts === row.requestAttempts &&
        standing.seq === row.seq &&
        standing.sinceFirstMs === row.sinceFirstMs &&
        standing.untilLastMs === row.untilLastMs &&
        standing.flags === row.flags
      return isSame ? row : { ...row, provider, model, flags: UNKNOWN_FLAGS }
    })
}

/**
 * Classifies stored requests again by what stands of them, and writes the rows that differ: after some of their attempts
 * were erased or renamed, or when several writers had them at once and did not see each other.
 * @returns how many rows were written
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function reclassifyRequests(requests: readonly SoughtRequest[]): Promise<number> {
  let written = 0
  for (let start = 0; start < requests.length; start += REQUESTS_PER_TURN) {
    const signal = AbortSignal.timeout(RECLASSIFY_MS)
    const found = await findKnownAttempts(requests.slice(start, start + REQUESTS_PER_TURN), signal)
    const known = await asTheyStand(found, signal)
    const { rewrites, tombstones } = reclassify(known)
    const rows = [...(await buildRewrites(rewrites, signal)), ...buildTombstones(tombstones)]
    await storeAttempts(
      rows,
      [...rewrites, ...tombstones].map(({ known: { workspaceId, tsMs } }) => ({ workspaceId, tsMs })),
    )
    written += rows.length
  }
  return written
}

/** How many rows had been written into the ledger when this process last asked; null before. */
let writeCount: bigint | null = null

/**
 * Whether nobody else has written since the count was `before`, after so many rows of our own. Counts are written with the
 * rows, so of two who write at once the later one to be done sees what both have written.
 */
async function hasWrittenAlone(before: bigint | null, ownRows: number): Promise<boolean> {
  const count = BigInt(await readWriteCount())
  writeCount = count
  return before !== null && count - before === BigInt(ownRows)
}

/**
 * Decides and stores submissions as one batch: one look-up, one insert. A result is only there when what it says is on
 * disk; a batch that was cut off anywhere can be delivered again.
 * @throws AppError `unavailable` when a store does not answer; nothing of the batch is acknowledged then.
 */
export async function commitBatch(
  submissions: readonly Submission[],
  books: IngestBooks,
  signal: AbortSignal,
): Promise<SubmissionResult[]> {
  const countBefore = writeCount
  const stamped = await stampSubmissions(submissions)
  const attempts = stamped
    .flatMap((submission) => (submission.ok ? submission.attempts : []))
    .map((attempt) => (isLateStatement(attempt) ? attempt : applyAlias(attempt, books)))
  const requests = new Map(attempts.map((attempt) => [requestRef(attempt), attempt]))
  const known = await findKnownAttempts([...requests.values()], signal)
  const batch = decideStanding(known, attempts, await loadErasedCheck())
  const rows = [
    ...batch.writes.map((write) => buildRow(write, books.indexOf(write.attempt.workspaceId))),
    ...(await buildRewrites(batch.rewrites, signal)),
    ...buildTombstones(batch.tombstones),
  ]
  const erased = erasedRequests(attempts, batch.decisions)
  const found = [...submissions.flatMap((submission) => submission.findings), ...batch.findings]
  const findings = limitFindings(found.filter((finding) => !erased.has(findingRef(finding))))
  const foundAt = formatInstant(Date.now())
  await Promise.all([
    storeAttempts(rows, touchedSlots(batch)),
    insertFindings(
      findings.map((finding) => ({
        workspace_id: finding.workspaceId,
        found_at: foundAt,
        kind: finding.kind,
        external_request_id: finding.externalRequestId,
        attempt_identity: finding.attemptIdentity,
        message: finding.message,
      })),
    ),
  ])
  if (rows.length > 0 && !(await hasWrittenAlone(countBefore, rows.length))) {
    // Another process may have had attempts of the same requests; whoever comes last sees both, before it acknowledges. It
    // looks also where its time has run out: its rows are there, and another may not have seen them.
    const written = [
      ...batch.writes.map(({ attempt }) => attempt),
      ...[...batch.rewrites, ...batch.tombstones].map(({ known: row }) => row),
    ]
    const versions = [...known, ...batch.writes, ...batch.rewrites, ...batch.tombstones].map(({ version }) => version)
    await reclassifyRequests(await findRequestsOfOthers(written, versions, IN_FLIGHT_MS))
  }
  let taken = 0
  return stamped.map((submission) => {
    if (!submission.ok) return submission
    const decisions = batch.decisions.slice(taken, taken + submission.attempts.length)
    taken += submission.attempts.length
    return { ok: true, decisions }
  })
}

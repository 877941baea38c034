import 'server-only'
import {
  type AttemptFilter,
  countStanding,
  deleteFindingsOf,
  deleteUnusedUserNames,
  type ErasureSubject,
  filterOfSubject,
  findPartlyErasedRequests,
  findSubjectByHash,
  findWeeks,
  insertErasureTombstones,
  inWeek,
  purgeSuperseded,
} from '@/db/clickhouse/statements/erasures'
import { markStoredAttempts } from '@/db/clickhouse/statements/slot-marks'
import {
  completeErasure,
  type ErasureRow,
  erasureName,
  listOpenErasures,
  openErasure,
} from '@/db/postgres/queries/erasures'
import { redactAlerts } from '@/lib/alerts/redact-alerts'
import type { Actor } from '@/lib/audit/record-audit'
import { AppError } from '@/lib/errors'
import { reclassifyRequests } from '@/lib/events/commit-batch'
import { erasureKey, refreshErasedSubjects } from '@/lib/ledger/erased-subjects'
import { type ErasureKind, hashParams, hashSubject, hashSubjectSql } from '@/lib/ledger/erasure-hash'
import { MARK_COVERS_MS } from '@/lib/ledger/mark-slots'
import { log } from '@/lib/log'

/**
 * Erasure on request. At once: a keyed hash says what is refused from now on, and tombstones take the attempts out of
 * every total. Afterwards: attempts that were being stored meanwhile are taken too, the content goes from disk, and the
 * erasure is complete. Every step may be repeated, so one that was cut off is done again.
 */

export type ErasureReport = { id: number; name: string; attempts: number; requests: number }

/** Longer than the other replicas need to know of an erasure plus the longest commit: then nothing more slips in. */
export const SETTLED_MS = 30_000

const MAX_SUBJECT = 200

/** Subjects of erasures that this process began; others are found by their hash. */
const begun = new Map<number, string>()

/**
 * Erases what is stored of a user, and refuses what comes late of it; what the user does from now on is stored again.
 * In every total when this returns; the content is gone from disk when the erasure is complete, some minutes later.
 * @throws AppError `unavailable` when a store does not answer; what was begun is finished later.
 */
export function eraseUser(workspace: { id: number }, userId: string, actor: Actor): Promise<ErasureReport> {
  return erase(workspace, 'user', userId, actor)
}

/**
 * Erases all attempts of an externalRequestId in every environment and data mode, and refuses it from now on.
 * @throws AppError as {@link eraseUser}.
 */
export function eraseRequest(
  workspace: { id: number },
  externalRequestId: string,
  actor: Actor,
): Promise<ErasureReport> {
  return erase(workspace, 'request', externalRequestId, actor)
}

async function erase(
  workspace: { id: number },
  kind: ErasureKind,
  value: string,
  actor: Actor,
): Promise<ErasureReport> {
  if (value === '' || value.length > MAX_SUBJECT) {
    throw new AppError('invalid_body', `Name what to erase: 1 to ${MAX_SUBJECT} characters, exactly as it was sent.`)
  }
  const counts = await countStanding(filterOfSubject({ workspaceId: workspace.id, kind, value, atMs: Date.now() }))
  const erasure = await openErasure(
    {
      workspaceId: workspace.id,
      kind,
      subjectHash: hashSubject(erasureKey(), workspace.id, kind, value),
      requestedBy: actor.kind === 'user' ? actor.id : null,
    },
    { actor, after: counts },
  )
  begun.set(erasure.id, value)
  await refreshErasedSubjects()
  await takeOut(subjectOf(erasure, value))
  return { id: erasure.id, name: erasureName(erasure.subjectHash), ...counts }
}

function subjectOf(erasure: ErasureRow, value: string): ErasureSubject {
  return {
    workspaceId: erasure.workspaceId,
    kind: erasure.kind,
    value,
    atMs: erasure.requestedAt.getTime(),
  }
}

/** Takes a subject out of every total: marks, tombstones, and new classes for what stands of the same requests. */
async function takeOut(subject: ErasureSubject): Promise<void> {
  const { workspaceId } = subject
  const filter = filterOfSubject(subject)
  await deleteFindingsOf(filter)
  for (const week of await findWeeks(filter)) await layTombstones(inWeek(filter, week))
  await reclassifyRequests(
    (await findPartlyErasedRequests(workspaceId)).map((requestKey) => ({ workspaceId, requestKey })),
  )
  await deleteUnusedUserNames(workspaceId)
  if (subject.kind === 'user') await redactAlerts(workspaceId, subject.value)
}

async function layTombstones(filter: AttemptFilter): Promise<void> {
  const markedAtMs = performance.now()
  await markStoredAttempts(filter.where, filter.params)
  await insertErasureTombstones(filter)
  // A build may have begun in a write that took longer than its marks cover.
  if (performance.now() - markedAtMs > MARK_COVERS_MS) await markStoredAttempts(filter.where, filter.params)
}

/** Takes the content of an erased subject from disk. False while something is still there. */
async function purge(subject: ErasureSubject | null): Promise<boolean> {
  if (!subject) return true
  const filter = filterOfSubject(subject)
  for (const week of await findWeeks(filter)) await purgeSuperseded(week)
  return (await findWeeks(filter)).length === 0
}

async function findSubject(erasure: ErasureRow): Promise<ErasureSubject | null> {
  const { workspaceId, kind, subjectHash } = erasure
  const known = begun.get(erasure.id)
  if (known !== undefined) return subjectOf(erasure, known)
  const found = await findSubjectByHash(workspaceId, kind, {
    sql: hashSubjectSql('subject'),
    params: hashParams(erasureKey(), workspaceId, kind),
    value: subjectHash,
  })
  return found === null ? null : subjectOf(erasure, found)
}

/**
 * Goes on with one erasure, from wherever it was left. Complete is what was asked for at least {@link SETTLED_MS} before
 * `now` and of which nothing is left.
 * @returns whether it is complete
 */
export async function continueErasure(erasure: ErasureRow, now: Date): Promise<boolean> {
  const { workspaceId, requestedAt } = erasure
  const subject = await findSubject(erasure)
  const left = subject ? await countStanding(filterOfSubject(subject)) : { attempts: 0, requests: 0 }
  if (subject) await takeOut(subject)
  else await deleteUnusedUserNames(workspaceId)
  if (now.getTime() - requestedAt.getTime() < SETTLED_MS) return false
  if (!(await purge(subject))) return false
  // What was counted when it was asked for is in the audit log; of what a cut-off run left, only the rest was not.
  const slippedIn = begun.has(erasure.id) ? left : { attempts: 0, requests: 0 }
  const closed = await completeErasure(erasure, { actor: { kind: 'system', name: 'Farthing' }, after: slippedIn })
  if (closed) begun.delete(erasure.id)
  return closed
}

/** Goes on with every open erasure; one that fails does not keep the others. To be called by one process at a time. */
export async function continueErasures(now: Date): Promise<void> {
  for (const erasure of await listOpenErasures()) {
    try {
      await continueErasure(erasure, now)
    } catch (error) {
      log.warn({ err: error, erasure: erasure.id }, 'An erasure could not be completed; the next turn goes on with it')
    }
  }
}

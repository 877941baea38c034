import 'server-only'
import {
  deleteFindingsBefore,
  deleteUnusedUserNames,
  filterOfExpired,
  findWeeks,
  inWeek,
  stripAttempts,
} from '@/db/clickhouse/statements/erasures'
import { markStoredAttempts } from '@/db/clickhouse/statements/slot-marks'
import { listWorkspaces, type WorkspaceRow } from '@/db/postgres/queries/workspaces'
import { MARK_COVERS_MS } from '@/lib/ledger/mark-slots'
import { log } from '@/lib/log'
import { shiftDays, startOfBucket } from '@/lib/time'

/** The instant before which a workspace drops users, ids and tags: a start of a day in its zone, so it moves once a day. */
export function retentionLimit(retentionDays: number, timeZone: string, now: Date): Date {
  const calendar = { timeZone, fiscalYearStartMonth: 1 }
  return shiftDays(startOfBucket(now, 'day', calendar), -retentionDays, calendar)
}

/**
 * Drops users, ids, tags and free text of attempts before an instant, one partition after the other. Money, tokens,
 * counts and classes stay as they are, and so do the hashes by which a redelivery is known. May be repeated; one that was
 * cut off is done again.
 * @returns how many partitions were rewritten
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function retainWorkspace(workspaceId: number, before: Date): Promise<number> {
  const expired = filterOfExpired(workspaceId, before.getTime())
  const weeks = await findWeeks(expired)
  for (const week of weeks) {
    const filter = inWeek(expired, week)
    const markedAtMs = performance.now()
    await markStoredAttempts(filter.where, filter.params)
    await stripAttempts(filter, week)
    if (performance.now() - markedAtMs > MARK_COVERS_MS) {
      await markStoredAttempts('workspace_id = {workspaceId:UInt32} AND toMonday(ts) = {week:Date}', {
        workspaceId,
        week,
      })
    }
  }
  await deleteFindingsBefore(workspaceId, before.getTime())
  if (weeks.length > 0) await deleteUnusedUserNames(workspaceId)
  return weeks.length
}

type Retained = Pick<WorkspaceRow, 'id' | 'timeZone' | 'retentionDays'>

/** Limits that this process has applied in full, by workspace: what has not moved need not be looked for again. */
const applied = new Map<number, number>()

/** Applies the retention of every workspace whose limit has moved. To be called by one process at a time. */
export async function retainWorkspaces(now: Date): Promise<void> {
  const workspaces: readonly Retained[] = await listWorkspaces()
  for (const { id, timeZone, retentionDays } of workspaces) {
    if (retentionDays === null) continue
    const before = retentionLimit(retentionDays, timeZone, now)
    if (applied.get(id) === before.getTime()) continue
    try {
      await retainWorkspace(id, before)
      applied.set(id, before.getTime())
    } catch (error) {
      log.warn({ err: error, workspace: id }, 'Retention could not be applied; the next turn tries again')
    }
  }
}

import 'server-only'
import { LRUCache } from 'lru-cache'
import type { Span } from '@/lib/metrics/clean-days'
import { keyOf, LedgerMemory } from '@/lib/metrics/ledger-memory'
import { type Activity, readActivity } from '@/lib/metrics/read-activity'
import { type LedgerState, readLedger } from '@/lib/metrics/read-ledger'
import { SharedReads } from '@/lib/metrics/share-reads'

type Workspace = { id: number; timeZone: string; costPreference: string }

const DAY_MS = 86_400_000
/** Most questions are about these last days: read together, they are known to all of them. */
const USUAL_DAYS = 200

const memory = new LedgerMemory()
const activities = new SharedReads<Activity>()
const states = new SharedReads<LedgerState>()
/** By workspaces. */
const lastActivities = new LRUCache<string, Activity>({ max: 200 })

/**
 * The ledger as it was last known, to begin with while {@link readLedgerNow} tells whether it still is so: its `stateVersion`
 * and `noneMixed` are then the same. Null where nothing is known.
 */
export function recallLedger(workspaces: readonly Workspace[], span: Span): (Activity & LedgerState) | null {
  const activity = lastActivities.get(keyOf(workspaces))
  const last = memory.last(workspaces, span, performance.now())
  return activity && last ? { ...activity, ...last.state, stateVersion: last.stateVersion } : null
}

/**
 * What a question must know of the ledger over its span: asked anew each time, but read whole only when it has changed.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readLedgerNow(workspaces: readonly Workspace[], span: Span): Promise<Activity & LedgerState> {
  const ids = workspaces.map(({ id }) => id)
  const activity = await activities.ask(ids.join(' '), () => readActivity(ids))
  const { stateVersion } = activity
  lastActivities.set(keyOf(workspaces), activity)
  const known = memory.find(workspaces, span, stateVersion, performance.now())
  if (known) return { ...activity, ...known }
  // By whole days, so that what is asked until now is known a moment later.
  const today = Math.floor(Date.now() / DAY_MS)
  const days = {
    fromMs: Math.min(Math.floor(span.fromMs / DAY_MS), today - USUAL_DAYS) * DAY_MS,
    toMs: Math.max(Math.ceil(span.toMs / DAY_MS), today + 1) * DAY_MS,
  }
  const readAtMs = performance.now()
  const key = `${keyOf(workspaces)} ${days.fromMs} ${days.toMs}`
  const state = await states.ask(key, () => readLedger(workspaces, days))
  memory.learn(workspaces, { span: days, state, stateVersion, readAtMs })
  return { ...activity, ...state }
}

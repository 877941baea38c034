import 'server-only'
import type { Span } from '@/lib/metrics/clean-days'
import { keyOf, LedgerMemory } from '@/lib/metrics/ledger-memory'
import { type Activity, readActivity } from '@/lib/metrics/read-activity'
import { type LedgerState, readLedger } from '@/lib/metrics/read-ledger'
import { SharedReads } from '@/lib/metrics/share-reads'

type Workspace = { id: number; timeZone: string; costPreference: string }

const DAY_MS = 86_400_000

const memory = new LedgerMemory()
const activities = new SharedReads<Activity>()
const states = new SharedReads<LedgerState>()

/**
 * What a question must know of the ledger over its span: asked anew each time, but read whole only when it has changed.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readLedgerNow(workspaces: readonly Workspace[], span: Span): Promise<Activity & LedgerState> {
  const ids = workspaces.map(({ id }) => id)
  const activity = await activities.ask(ids.join(' '), () => readActivity(ids))
  const { stateVersion } = activity
  const known = memory.find(workspaces, span, stateVersion, performance.now())
  if (known) return { ...activity, ...known }
  // By whole days, so that what is asked until now is known a moment later.
  const days = {
    fromMs: Math.floor(span.fromMs / DAY_MS) * DAY_MS,
    toMs: Math.ceil(span.toMs / DAY_MS) * DAY_MS,
  }
  const readAtMs = performance.now()
  const key = `${keyOf(workspaces)} ${days.fromMs} ${days.toMs}`
  const state = await states.ask(key, () => readLedger(workspaces, days))
  memory.learn(workspaces, { span: days, state, stateVersion, readAtMs })
  return { ...activity, ...state }
}

import 'server-only'
import { insertSlotMarks } from '@/db/clickhouse/statements/slot-marks'
import { PRESENT_GRAINS, SLOT_MS } from '@/lib/ledger/slot'

/**
 * Writers mark the slots they are about to write, so that readers take them from the attempts themselves until the
 * rollups have caught up. A mark covers writes that end within {@link MARK_COVERS_MS} of it; the reconciler leaves a slot
 * alone until its last mark is older than {@link QUIET_MS}. So what was marked before a build began is in it, and what is
 * marked later makes the build stale.
 */

/** How long after its mark a write may end. */
export const MARK_COVERS_MS = 17_000

/** How long a mark serves further writes of this process; a write itself may then take 10 seconds and some. */
const REUSE_MS = 5_000

const MAX_REMEMBERED = 50_000

/** When this process last marked a slot, on its monotonic clock, before the mark was sent. */
const markedAt = new Map<string, number>()

export type TouchedSlot = { workspaceId: number; tsMs: number }

/** What {@link markSlots} gives to {@link confirmMarks}. */
export type Marks = { touched: readonly TouchedSlot[]; oldestMs: number }

/**
 * The start of what a write at an instant is marked by: a short stretch of time while that is young, so that what has
 * settled of the running quarter of an hour can be told, else its slot. The start of a longer stretch stands for all of it.
 */
function markedFromMs(tsMs: number): number {
  const stepMs = PRESENT_GRAINS.find(({ forMs }) => tsMs > Date.now() - forMs)?.stepMs ?? SLOT_MS
  return Math.floor(tsMs / stepMs) * stepMs
}

/**
 * Before attempts are written: marks their slots, unless this process has just done so.
 * @throws AppError `unavailable` when the engine does not answer: then do not write.
 */
export async function markSlots(touched: readonly TouchedSlot[]): Promise<Marks> {
  const nowMs = performance.now()
  const due = new Map<string, { workspaceId: number; slotMs: number }>()
  let oldestMs = nowMs
  for (const { workspaceId, tsMs } of touched) {
    const slotMs = markedFromMs(tsMs)
    const key = `${workspaceId}/${slotMs}`
    const at = markedAt.get(key)
    if (at === undefined || nowMs - at > REUSE_MS) due.set(key, { workspaceId, slotMs })
    else oldestMs = Math.min(oldestMs, at)
  }
  if (due.size > 0) {
    await insertSlotMarks([...due.values()])
    if (markedAt.size > MAX_REMEMBERED) markedAt.clear()
    for (const key of due.keys()) markedAt.set(key, nowMs)
  }
  return { touched, oldestMs }
}

/**
 * After the write and before it is acknowledged: when it took longer than its marks cover, a build may have missed it, so
 * the slots are marked again.
 * @throws AppError `unavailable` when the engine does not answer: then do not acknowledge.
 */
export async function confirmMarks({ touched, oldestMs }: Marks): Promise<void> {
  if (performance.now() - oldestMs <= MARK_COVERS_MS) return
  for (const { workspaceId, tsMs } of touched) markedAt.delete(`${workspaceId}/${markedFromMs(tsMs)}`)
  await markSlots(touched)
}

import { SLOT_MS } from '@/lib/ledger/slot'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'

/** A day of a workspace whose rollups say what `attempts` says; instants in milliseconds, half-open. */
export type CleanDay = {
  workspaceId: number
  fromMs: number
  toMs: number
  /** Number of the build whose rows stand for the day. */
  build: string
  /** Whether requests lie in it whose attempts differ in request-level context. */
  hasMixed: boolean
}

export type Span = { fromMs: number; toMs: number }

/** What of a range is read from rollups and what from attempts. */
export type Split = {
  clean: readonly (CleanDay & Span)[]
  /** By workspace, ascending; a workspace without an entry has nothing left. */
  rest: ReadonlyMap<number, readonly Span[]>
}

/** Whether an open change of prices may have another price for an attempt of a day than the one that is stored. */
export function isRepriced(workspaceId: number, day: Span, changes: readonly OpenPriceChange[]): boolean {
  return changes.some(
    (change) =>
      (change.workspaceId === 0 || change.workspaceId === workspaceId) &&
      (change.affectedFromMs ?? Number.NEGATIVE_INFINITY) < day.toMs &&
      (change.affectedToMs ?? Number.POSITIVE_INFINITY) > day.fromMs,
  )
}

/**
 * Splits a range into clean days and the rest. A day is taken whole and only where it lies within one bucket; rollups by
 * slot also serve parts of a day, wherever these begin and end at slots.
 * @param buckets starts in milliseconds, ascending; null where time is no dimension
 */
export function splitRange(
  range: Span,
  workspaceIds: readonly number[],
  days: readonly CleanDay[],
  buckets: readonly number[] | null,
  grain: 'slot' | 'day',
): Split {
  const clean: (CleanDay & Span)[] = []
  const rest = new Map<number, Span[]>()
  const bySlot = grain === 'slot' && (buckets?.every((start) => start % SLOT_MS === 0) ?? true)
  for (const workspaceId of workspaceIds) {
    let readToMs = range.fromMs
    const gaps: Span[] = []
    const own = days.filter((day) => day.workspaceId === workspaceId).sort((a, b) => a.fromMs - b.fromMs)
    for (const day of own) {
      const fromMs = bySlot ? Math.ceil(Math.max(day.fromMs, range.fromMs) / SLOT_MS) * SLOT_MS : day.fromMs
      const toMs = bySlot ? Math.floor(Math.min(day.toMs, range.toMs) / SLOT_MS) * SLOT_MS : day.toMs
      if (fromMs >= toMs || fromMs < readToMs || toMs > range.toMs) continue
      if (!bySlot && buckets && crossesBucket(fromMs, toMs, buckets)) continue
      if (fromMs > readToMs) gaps.push({ fromMs: readToMs, toMs: fromMs })
      clean.push({ ...day, fromMs, toMs })
      readToMs = toMs
    }
    if (readToMs < range.toMs) gaps.push({ fromMs: readToMs, toMs: range.toMs })
    if (gaps.length > 0) rest.set(workspaceId, gaps)
  }
  return { clean, rest }
}

/** Whether a bucket begins inside the span. */
function crossesBucket(fromMs: number, toMs: number, buckets: readonly number[]): boolean {
  let low = 0
  let high = buckets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((buckets[middle] ?? Number.POSITIVE_INFINITY) <= fromMs) low = middle + 1
    else high = middle
  }
  const next = buckets[low]
  return next !== undefined && next < toMs
}

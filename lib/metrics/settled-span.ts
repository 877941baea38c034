import { QUIET_MS } from '@/lib/ledger/slot'
import type { CleanDay, Span } from '@/lib/metrics/clean-days'

/** When something was last about to be written between one start and the next, both by the engine's clock. */
export type SlotMark = { startMs: number; atMs: number }

/**
 * The attempts behind the last clean day of a workspace in which nobody has written for a while: what they add up to may be
 * kept until something in it is marked again. Instants in milliseconds, half-open.
 */
export type SettledSpan = Span & { workspaceId: number; marks: readonly SlotMark[] }

/**
 * The settled span of each workspace that has one.
 * @param marksOf by workspace; a mark whose start is that of a slot may tell of all of the slot, and spans begin at slots
 * @param endMs start of the last stretch of time that marks tell apart; 0 where they tell of days only
 * @param nowMs of the engine's clock, when the marks were read
 */
export function listSettledSpans(
  cleanDays: readonly CleanDay[],
  marksOf: ReadonlyMap<number, readonly SlotMark[]>,
  { endMs, nowMs }: { endMs: number; nowMs: number },
): SettledSpan[] {
  const builtTo = new Map<number, number>()
  for (const { workspaceId, toMs } of cleanDays) {
    builtTo.set(workspaceId, Math.max(builtTo.get(workspaceId) ?? 0, toMs))
  }
  return [...builtTo].flatMap(([workspaceId, fromMs]) => {
    const marks = (marksOf.get(workspaceId) ?? []).filter(({ startMs }) => startMs >= fromMs)
    const loud = marks.filter(({ atMs }) => atMs > nowMs - QUIET_MS).map(({ startMs }) => startMs)
    const toMs = Math.min(endMs, ...loud)
    return toMs > fromMs ? [{ workspaceId, fromMs, toMs, marks: marks.filter(({ startMs }) => startMs < toMs) }] : []
  })
}

/** When something was last about to be written in a settled span before an instant; 0 where nothing was. */
export function lastMarkMs({ marks }: SettledSpan, toMs: number): number {
  return Math.max(0, ...marks.filter(({ startMs }) => startMs < toMs).map(({ atMs }) => atMs))
}

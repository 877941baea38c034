import { z } from 'zod'
import type { Verdict } from '@/lib/rules/judge'

/** What was known of a window when it was last looked at after its end (or broke the threshold before it). */
export const closedWindow = z.object({ start: z.iso.datetime(), value: z.string().nullable(), isBreach: z.boolean() })
export type ClosedWindow = z.output<typeof closedWindow>

/**
 * Compares windows that are over with what was known of them. `revised`: was in order at its end, and events that came
 * late moved it beyond the threshold. `missed`: ended between two looks, beyond the threshold, without anybody having
 * seen it. Each is told once: it stands in `known` from then on. Windows before `since` (switched on, changed) are only
 * noted. Pure.
 * @param live start of the window that breaks the threshold now; null when none does
 */
export function reviewClosed(
  known: readonly ClosedWindow[],
  verdicts: readonly Verdict[],
  { since, live, isFirst }: { since: Date; live: Date | null; isFirst: boolean },
): { known: ClosedWindow[]; revised: Verdict[]; missed: Verdict[] } {
  const before = new Map(known.map((each) => [each.start, each]))
  const revised: Verdict[] = []
  const missed: Verdict[] = []
  const next = verdicts.map((verdict): ClosedWindow => {
    const start = verdict.window.start.toISOString()
    const was = before.get(start)
    const isBreach = verdict.reading === 'breach'
    const isWatched = verdict.window.end > since
    if (isBreach && isWatched && !isFirst && !was?.isBreach) {
      if (!was) missed.push(verdict)
      else if (was.value !== verdict.value) revised.push(verdict)
    }
    // A baseline that shifts makes no revision: without another value, what was said stands.
    if (was && was.value === verdict.value) return was
    return { start, value: verdict.value, isBreach: isBreach || was?.isBreach === true }
  })
  const lastEnd = verdicts.at(-1)?.window.end.toISOString() ?? ''
  next.push(...known.filter(({ start }) => start >= lastEnd))
  const liveStart = live?.toISOString()
  if (liveStart !== undefined && !next.some(({ start }) => start === liveStart)) {
    next.push({ start: liveStart, value: null, isBreach: true })
  }
  return { known: next, revised, missed }
}

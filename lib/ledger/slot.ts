/** Length of a slot, the finest grain of the rollups: every zone's hours and days begin at the start of one. */
export const SLOT_MS = 15 * 60_000

/**
 * Grains of the marks of what is written about the present, and for how long after it: finer ones while questions are about
 * to read it as it comes in. What is written later marks its slot.
 */
export const PRESENT_GRAINS = [
  { stepMs: 10_000, forMs: 5 * 60_000 },
  { stepMs: 60_000, forMs: 60 * 60_000 },
] as const

/** After so long marks are kept by slots alone. */
export const MARKS_KEPT_MS = 4 * 60 * 60_000

/** How long after a mark nothing is taken for settled: neither does a build begin, nor are sums kept. See mark-slots.ts. */
export const QUIET_MS = 20_000

/** Start of the slot that holds an instant, in milliseconds. */
export function startOfSlotMs(atMs: number): number {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS
}

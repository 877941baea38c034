/** Length of a slot, the finest grain of the rollups: every zone's hours and days begin at the start of one. */
export const SLOT_MS = 15 * 60_000

/** Grain of the marks of what is written about the present. */
export const MINUTE_MS = 60_000

/** For how long after it a minute is marked by itself; what is written later marks its slot. */
export const MINUTES_FOR_MS = 3_600_000

/** How long after a mark nothing is taken for settled: neither does a build begin, nor are sums kept. See mark-slots.ts. */
export const QUIET_MS = 20_000

/** Start of the slot that holds an instant, in milliseconds. */
export function startOfSlotMs(atMs: number): number {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS
}

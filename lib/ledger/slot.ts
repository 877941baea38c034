/** Length of a slot, the finest grain of the rollups: every zone's hours and days begin at the start of one. */
export const SLOT_MS = 15 * 60_000

/** Start of the slot that holds an instant, in milliseconds. */
export function startOfSlotMs(atMs: number): number {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS
}

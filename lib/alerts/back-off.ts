const FIRST_MS = 5_000
const LONGEST_MS = 5 * 60_000

/** After this many attempts a message is given up. */
export const MAX_ATTEMPTS = 6

/**
 * How long to wait after an attempt: twice as long each time, up to five minutes, half of it left to chance so that what
 * failed together does not come back together. Pure.
 * @param attempts made so far, from 1
 * @param random from 0 up to 1
 */
export function backOffMs(attempts: number, random: number): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempts - 1))
  return Math.round(fullMs / 2 + (fullMs / 2) * random)
}

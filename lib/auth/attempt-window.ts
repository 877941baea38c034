type Count = { taken: number; endsAtMs: number }

/**
 * Counts attempts per key in fixed windows, in memory. At most `maxKeys` keys are kept: the oldest windows go first, so
 * that a flood of made-up accounts cannot grow the process.
 */
export class AttemptWindow {
  private readonly counts = new Map<string, Count>()

  constructor(private readonly options: { limit: number; windowMs: number; maxKeys: number }) {}

  /**
   * Takes one attempt for each key, or none.
   * @returns 0 when taken, else the milliseconds until every key has room again.
   */
  take(keys: readonly string[], nowMs: number): number {
    const waitMs = Math.max(0, ...keys.map((key) => this.waitMs(key, nowMs)))
    if (waitMs > 0) return waitMs
    for (const key of keys) {
      const count = this.current(key, nowMs)
      if (count) count.taken += 1
      else this.open(key, nowMs)
    }
    return 0
  }

  /** Gives one attempt back: it turned out not to be a failure. */
  giveBack(key: string): void {
    const count = this.counts.get(key)
    if (count && count.taken > 0) count.taken -= 1
  }

  /** Forgets a key. */
  clear(key: string): void {
    this.counts.delete(key)
  }

  /** Number of keys kept. */
  get size(): number {
    return this.counts.size
  }

  private waitMs(key: string, nowMs: number): number {
    const count = this.current(key, nowMs)
    return count && count.taken >= this.options.limit ? count.endsAtMs - nowMs : 0
  }

  private current(key: string, nowMs: number): Count | undefined {
    const count = this.counts.get(key)
    return count && count.endsAtMs > nowMs ? count : undefined
  }

  private open(key: string, nowMs: number): void {
    this.counts.delete(key)
    if (this.counts.size >= this.options.maxKeys) {
      const oldest = this.counts.keys().next()
      if (!oldest.done) this.counts.delete(oldest.value)
    }
    this.counts.set(key, { taken: 1, endsAtMs: nowMs + this.options.windowMs })
  }
}

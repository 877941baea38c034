/**
 * Reads that begin after they are asked for, shared: who asks while a read of the same key is under way gets the next one,
 * which begins when that has ended, together with all others who asked meanwhile.
 */
export class SharedReads<T> {
  private readonly running = new Map<string, Promise<unknown>>()
  private readonly waiting = new Map<string, Promise<T>>()

  /** What `read` answers, called now or when the read under way has ended, by the first of those who share it. */
  ask(key: string, read: () => Promise<T>): Promise<T> {
    const shared = this.waiting.get(key)
    if (shared) return shared
    const before = this.running.get(key)
    if (!before) return this.start(key, read)
    const next = before.then(
      () => this.startWaiting(key, read),
      () => this.startWaiting(key, read),
    )
    this.waiting.set(key, next)
    return next
  }

  private startWaiting(key: string, read: () => Promise<T>): Promise<T> {
    this.waiting.delete(key)
    return this.start(key, read)
  }

  private start(key: string, read: () => Promise<T>): Promise<T> {
    const reading = read()
    this.running.set(key, reading)
    const end = (): void => {
      if (this.running.get(key) === reading) this.running.delete(key)
    }
    reading.then(end, end)
    return reading
  }
}

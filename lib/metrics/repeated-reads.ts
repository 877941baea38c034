import { LRUCache } from 'lru-cache'
import { SharedReads } from '@/lib/metrics/share-reads'

/** `version` is of before the read began; null where nobody looked. `isMoving`: when it was last looked at it was another. */
type Kept<T> = { version: string | null; askedMs: number; isMoving: boolean; rows: Promise<readonly T[]> }

const MAX_KEPT = 200
const MAX_ROWS = 5_000
/** Who asks for the same again within this time is worth a look at the version; others would only wait for it. */
const REPEATED_MS = 2_000
/** As long, where the version was another the last time. */
const REPEATED_MOVING_MS = 60

/**
 * Rows that stand for as long as the version of what they were read from: when the same is asked again soon, as by several
 * people who have the same page before them, they are not read again where nothing has changed.
 */
export class RepeatedReads<T> {
  private readonly kept = new LRUCache<string, Kept<T>>({ max: MAX_KEPT })
  private readonly looks = new SharedReads<string | null>()

  /**
   * @param readVersion names the state of what is read; another one after every change, null where it cannot tell
   * @param nowMs a clock that only grows, in milliseconds
   */
  constructor(
    private readonly readVersion: () => Promise<string | null>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** What `read` answers now, or answered when it was last asked under this key. Fails as `read` does. */
  async ask(key: string, read: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const before = this.kept.get(key)
    const askedMs = this.nowMs()
    const passedMs = before ? askedMs - before.askedMs : Number.POSITIVE_INFINITY
    const isLooked = passedMs < (before?.isMoving ? REPEATED_MOVING_MS : REPEATED_MS)
    const version = isLooked ? await this.look() : null
    if (before && version !== null && version === before.version) {
      Object.assign(before, { askedMs, isMoving: false })
      return await before.rows
    }
    const rows = read()
    const isOther = version !== null && before?.version != null
    const isMoving = isOther || (before?.isMoving === true && passedMs < REPEATED_MS)
    const entry = { version, askedMs, isMoving, rows }
    this.kept.set(key, entry)
    rows.then(
      ({ length }) => length > MAX_ROWS && this.forget(key, entry),
      () => this.forget(key, entry),
    )
    return await rows
  }

  /** The version as it is from now on; null also where it cannot be read, which is no reason to fail. */
  private async look(): Promise<string | null> {
    return await this.looks.ask('', this.readVersion).catch(() => null)
  }

  private forget(key: string, entry: Kept<T>): void {
    if (this.kept.peek(key) === entry) this.kept.delete(key)
  }
}

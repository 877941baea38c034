import 'server-only'
import { findTouchedRequests, readWriteCount, type TouchedRequest } from '@/db/clickhouse/statements/touched-requests'
import { IN_FLIGHT_MS, reclassifyRequests } from '@/lib/events/commit-batch'

/** A pass looks back no further, however long the engine was away. */
const MAX_LOOK_BACK_MS = 10 * 60_000

/** Keys may be seen this long after the count of writes says that something was written. */
const SETTLED_MS = 15_000

/**
 * Classifies requests anew that several processes may have written at once, each without the attempts of the others. Only
 * requests that changed since the last pass are looked at; while nothing is written, only a count is read.
 */
export class Healer {
  private states = new Map<string, string>()
  private writeCount = ''
  private changedAtMs = Number.NEGATIVE_INFINITY
  private coveredMs: number

  /** @param nowMs a clock that only grows, in milliseconds */
  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.coveredMs = nowMs() - MAX_LOOK_BACK_MS
  }

  /**
   * Whether something was written that no pass has seen.
   * @throws AppError `unavailable` when the engine does not answer.
   */
  async isDue(): Promise<boolean> {
    const writeCount = await readWriteCount()
    if (writeCount !== this.writeCount) {
      this.writeCount = writeCount
      this.changedAtMs = this.nowMs()
    }
    const isDue = this.nowMs() - this.changedAtMs < SETTLED_MS
    if (!isDue) this.leave()
    return isDue
  }

  /** Another process has just done what there was to do. */
  leave(): void {
    this.coveredMs = this.nowMs()
    this.states.clear()
  }

  /**
   * One pass.
   * @returns how many rows were wrong and are written again
   * @throws AppError `unavailable` when the engine does not answer; the next pass looks back further.
   */
  async heal(): Promise<number> {
    const startedMs = this.nowMs()
    const lookBackMs = Math.min(IN_FLIGHT_MS + startedMs - this.coveredMs, MAX_LOOK_BACK_MS)
    const touched = await findTouchedRequests(Math.ceil(lookBackMs))
    const changed = touched.filter((request) => this.states.get(refOf(request)) !== request.state)
    const written = await reclassifyRequests(changed)
    this.states = new Map(touched.map((request) => [refOf(request), request.state]))
    this.coveredMs = startedMs
    return written
  }
}

function refOf({ workspaceId, requestKey }: TouchedRequest): string {
  return `${workspaceId}/${requestKey}`
}

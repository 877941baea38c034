import 'server-only'
import {
  findContradictions,
  findTouchedRequests,
  readWriteCount,
  type TouchedRequest,
} from '@/db/clickhouse/statements/touched-requests'
import { IN_FLIGHT_MS, REQUESTS_PER_TURN, reclassifyRequests } from '@/lib/events/commit-batch'

/** A pass looks back no further, however long the engine was away. */
const MAX_LOOK_BACK_MS = 10 * 60_000

/** Keys may be seen this long after the count of writes says that something was written. */
const SETTLED_MS = 15_000

/** For how long a pass classifies requests anew that do not contradict themselves; the rest waits for the next one. */
const TURN_MS = 500

const REQUESTS_PER_LOOK = 10_000

/** Where more come than can be classified for long, the oldest of those that do not contradict themselves are let go. */
const MAX_WAITING = 50_000

/**
 * Classifies requests anew that several processes may have written at once, each without the attempts of the others. Only
 * requests that changed since the last pass are looked at; while nothing is written, only a count is read. Those that
 * contradict themselves come first; all others, which hardly ever are wrong, follow as time allows.
 */
export class Healer {
  private states = new Map<string, string>()
  private waiting = new Map<string, TouchedRequest>()
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
    const isDue = this.nowMs() - this.changedAtMs < SETTLED_MS || this.waiting.size > 0
    if (!isDue) this.leave()
    return isDue
  }

  /** Another process has just done what there was to do. */
  leave(): void {
    this.coveredMs = this.nowMs()
    this.states.clear()
    this.waiting.clear()
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
    const written = await this.mend(changed)
    this.states = new Map(touched.map((request) => [refOf(request), request.state]))
    this.coveredMs = startedMs
    return written + (await this.classifyWaiting())
  }

  /** Classifies those that contradict themselves; the others wait. */
  private async mend(changed: readonly TouchedRequest[]): Promise<number> {
    let written = 0
    for (let start = 0; start < changed.length; start += REQUESTS_PER_LOOK) {
      const looked = changed.slice(start, start + REQUESTS_PER_LOOK)
      const wrong = new Set((await findContradictions(looked)).map(refOf))
      for (const request of looked) this.waiting.set(refOf(request), request)
      written += await this.classify(looked.filter((request) => wrong.has(refOf(request))))
    }
    for (const ref of this.waiting.keys()) {
      if (this.waiting.size <= MAX_WAITING) break
      this.waiting.delete(ref)
    }
    return written
  }

  private async classifyWaiting(): Promise<number> {
    const startedMs = this.nowMs()
    let written = 0
    while (this.waiting.size > 0 && this.nowMs() - startedMs < TURN_MS) {
      written += await this.classify([...this.waiting.values()].slice(0, REQUESTS_PER_TURN))
    }
    return written
  }

  private async classify(requests: readonly TouchedRequest[]): Promise<number> {
    const written = await reclassifyRequests(requests)
    for (const request of requests) this.waiting.delete(refOf(request))
    return written
  }
}

function refOf({ workspaceId, requestKey }: { workspaceId: number; requestKey: string }): string {
  return `${workspaceId}/${requestKey}`
}

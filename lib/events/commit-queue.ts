import 'server-only'
import { AppError, unavailable } from '@/lib/errors'
import type { Submission, SubmissionResult } from '@/lib/events/commit-batch'
import type { EventDecision } from '@/lib/events/decide-batch'

/** What is committed together; it is held against the bounds of the queue by how much it holds. */
type Submitted = { attempts: readonly unknown[]; findings: readonly unknown[] }

export type Commit<S = Submission> = (submissions: readonly S[], signal: AbortSignal) => Promise<SubmissionResult[]>

type Waiting<S> = {
  submission: S
  bytes: number
  resolve: (decisions: EventDecision[]) => void
  reject: (error: unknown) => void
}

const MAX_WAITING_EVENTS = 40_000
const MAX_WAITING_BYTES = 96 * 1024 * 1024
const MAX_EVENTS_PER_COMMIT = 10_000
const MIN_INTERVAL_MS = 50
const COMMIT_TIMEOUT_MS = 10_000

/**
 * Merges the submissions of concurrent callers into commits, one at a time, at most every 50 ms: a lone event is committed
 * at once, many small ones share an insert. What waits is bounded in events and bytes.
 */
export class CommitQueue<S extends Submitted = Submission> {
  private waiting: Waiting<S>[] = []
  private waitingEvents = 0
  private waitingBytes = 0
  private lastStartMs = 0
  private running: Promise<void> | null = null
  private draining = false

  constructor(private readonly commit: Commit<S>) {}

  /**
   * Resolves with one decision per attempt when they are stored.
   * @throws AppError `too_many_requests` when the queue is full, `unavailable` when the store did not take them in time.
   */
  submit(submission: S, bytes: number): Promise<EventDecision[]> {
    if (submission.attempts.length === 0 && submission.findings.length === 0) return Promise.resolve([])
    if (this.draining) {
      return Promise.reject(new AppError('unavailable', 'This server is stopping. Send the events again in a moment.'))
    }
    const isFull =
      this.waitingEvents + submission.attempts.length > MAX_WAITING_EVENTS ||
      this.waitingBytes + bytes > MAX_WAITING_BYTES
    if (isFull && this.waitingEvents > 0) {
      return Promise.reject(
        new AppError('too_many_requests', 'Events arrive faster than they can be stored. Send them again in a moment.'),
      )
    }
    const stored = new Promise<EventDecision[]>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(unavailable('The event store (ClickHouse)', new Error('commit timed out'))),
        COMMIT_TIMEOUT_MS,
      )
      this.waiting.push({
        submission,
        bytes,
        resolve: (decisions) => {
          clearTimeout(timer)
          resolve(decisions)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
    })
    this.waitingEvents += submission.attempts.length
    this.waitingBytes += bytes
    this.start()
    return stored
  }

  countWaiting(): number {
    return this.waitingEvents
  }

  /** Refuses what comes from now on and waits for what is there; false when that took longer than `timeoutMs`. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.draining = true
    const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref())
    return Promise.race([Promise.resolve(this.running).then(() => true), timeout])
  }

  private start(): void {
    this.running ??= this.run()
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const pauseMs = this.lastStartMs + MIN_INTERVAL_MS - Date.now()
      if (pauseMs > 0 && !this.draining && this.waitingEvents < MAX_EVENTS_PER_COMMIT) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      this.lastStartMs = Date.now()
      const taken = this.take()
      await this.settle(taken)
      for (const { submission, bytes } of taken) {
        this.waitingEvents -= submission.attempts.length
        this.waitingBytes -= bytes
      }
    }
    // In the same turn as the last look at the queue: whoever submits from now on starts the next run.
    this.running = null
  }

  private take(): Waiting<S>[] {
    let events = 0
    let count = 0
    for (const { submission } of this.waiting) {
      events += submission.attempts.length
      if (count > 0 && events > MAX_EVENTS_PER_COMMIT) break
      count += 1
    }
    return this.waiting.splice(0, count)
  }

  private async settle(taken: readonly Waiting<S>[]): Promise<void> {
    try {
      const results = await this.commitInTime(taken)
      for (const [index, waiting] of taken.entries()) {
        const result = results[index]
        if (result?.ok) waiting.resolve(result.decisions)
        else waiting.reject(result ? result.error : new Error('a submission has no result'))
      }
    } catch (error) {
      if (taken.length === 1 || (error instanceof AppError && error.code === 'unavailable')) {
        for (const waiting of taken) waiting.reject(error)
        return
      }
      // One submission that the store refuses must not fail those of others.
      for (const waiting of taken) await this.settle([waiting])
    }
  }

  private async commitInTime(taken: readonly Waiting<S>[]): Promise<SubmissionResult[]> {
    let timer: NodeJS.Timeout | undefined
    const controller = new AbortController()
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        controller.abort()
        reject(unavailable('The event store (ClickHouse)', new Error('commit timed out')))
      }, COMMIT_TIMEOUT_MS)
    })
    try {
      const submissions = taken.map(({ submission }) => submission)
      return await Promise.race([this.commit(submissions, controller.signal), timeout])
    } finally {
      clearTimeout(timer)
    }
  }
}

import { postJson, type Target } from '@/bench/http-client'
import { makeEvent } from '@/bench/make-event'
import { timeOfLastDay } from '@/bench/measure-ingest'

export type StreamReport = { perSecond: number; sent: number; failed: number }

/** Whose turn it is to get a batch: the first target every third time, the others in turn. */
export function targetOfBatch(batch: number, targets: number): number {
  if (batch % 3 === 0 || targets === 1) return 0
  return 1 + ((batch - 1 - Math.floor(batch / 3)) % (targets - 1))
}

/**
 * Sends events of the current time in batches of 100 at a fixed rate until stopped, a third of them to the first target.
 * A batch that is due is sent whether or not those before it were answered.
 */
export function startStream(
  targets: readonly [Target, ...Target[]],
  plan: { perSecond: number; lastDayMs: number; series: number },
): { stop(): Promise<StreamReport> } {
  const batch = 100
  const startedMs = performance.now()
  const open = new Set<Promise<void>>()
  let sent = 0
  let failed = 0
  let number = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * (plan.perSecond / batch))
    for (; number < due; number += 1) {
      const target = targets[targetOfBatch(number, targets.length)] ?? targets[0]
      const atMs = timeOfLastDay(plan.lastDayMs)
      const first = number * batch
      const events = Array.from({ length: batch }, (_, index) => makeEvent(plan.series, first + index, atMs - index))
      const posted = postJson(target, '/v1/events', JSON.stringify(events))
        .then(({ status }) => {
          if (status === 200) sent += batch
          else failed += batch
        })
        .catch(() => {
          failed += batch
        })
        .finally(() => open.delete(posted))
      open.add(posted)
    }
  }, 20)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      return { perSecond: (1000 * sent) / (performance.now() - startedMs), sent, failed }
    },
  }
}

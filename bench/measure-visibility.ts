import { z } from 'zod'
import { postOk, type Target } from '@/bench/http-client'
import { makeEvent } from '@/bench/make-event'
import { timeOfLastDay } from '@/bench/measure-ingest'
import { lastDays } from '@/bench/questions'

const GIVE_UP_MS = 10_000

const answer = z.object({ totals: z.object({ attempts: z.string() }) })

/**
 * Milliseconds from sending one event until a question of the last 30 days counts it, for each of some events.
 * @throws Error when one is not counted within 10 s
 */
export async function measureVisibility(
  target: Target,
  plan: { events: number; lastDayMs: number },
): Promise<number[]> {
  const { from, to } = lastDays(plan.lastDayMs, 30)
  const tookMs: number[] = []
  const run = Date.now()
  for (let at = 0; at < plan.events; at += 1) {
    const endpoint = `seen-${run}-${at}`
    const question = JSON.stringify({
      ...{ measures: ['attempts'], from: from.toISOString(), to: to.toISOString() },
      filters: [{ dimension: 'endpoint', operator: 'in', values: [endpoint] }],
    })
    const event = { ...makeEvent(run % 1_000_000, at * 100, timeOfLastDay(plan.lastDayMs)), endpointTag: endpoint }
    const startedMs = performance.now()
    await postOk(target, '/v1/events', JSON.stringify(event))
    for (;;) {
      const { totals } = answer.parse(JSON.parse((await postOk(target, '/v1/query', question)).text))
      const elapsedMs = performance.now() - startedMs
      if (totals.attempts === '1') {
        tookMs.push(elapsedMs)
        break
      }
      if (elapsedMs > GIVE_UP_MS) throw new Error(`an event was not counted within ${GIVE_UP_MS / 1000} s`)
    }
  }
  return tookMs
}

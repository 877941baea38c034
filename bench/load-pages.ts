import { postOk, type Target } from '@/bench/http-client'
import { bodyOf, QUESTIONS } from '@/bench/questions'

type Range = { from: Date; to: Date }

/** One page of the dashboard: the six questions side by side. Answers how long the last took. */
async function loadPage(target: Target, bodies: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  await Promise.all(bodies.map((body) => postOk(target, '/v1/query', body)))
  return performance.now() - startedMs
}

/** Pages, one after the other. */
export async function loadPages(target: Target, range: Range, runs: number): Promise<number[]> {
  const bodies = QUESTIONS.map((question) => bodyOf(question, range))
  await loadPage(target, bodies)
  const tookMs: number[] = []
  for (let run = 0; run < runs; run += 1) tookMs.push(await loadPage(target, bodies))
  return tookMs
}

/** Some people at their dashboards, each of whom loads a page every few seconds, starting at different moments. */
export async function visitDashboards(
  targets: readonly Target[],
  range: Range,
  plan: { users: number; everyMs: number; seconds: number },
): Promise<number[]> {
  const bodies = QUESTIONS.map((question) => bodyOf(question, range))
  const endMs = performance.now() + plan.seconds * 1000
  const tookMs: number[] = []
  await Promise.all(
    Array.from({ length: plan.users }, async (_, user) => {
      const target = targets[user % targets.length]
      if (!target) return
      let dueMs = performance.now() + (user / plan.users) * plan.everyMs
      while (dueMs < endMs) {
        await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()))
        tookMs.push(await loadPage(target, bodies))
        dueMs = Math.max(dueMs + plan.everyMs, performance.now())
      }
    }),
  )
  return tookMs
}

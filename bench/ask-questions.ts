import 'server-only'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { readEngineTimes, type Window } from '@/bench/engine-times'
import { postOk, type Target } from '@/bench/http-client'
import { PEER_SETTINGS, type Peer } from '@/bench/peers'
import { median } from '@/bench/quantile'
import { bodyOf, QUESTIONS, type QuestionName } from '@/bench/questions'
import { DAY_MS } from '@/bench/world'
import { queryRows } from '@/db/clickhouse/client'

/** Medians of one question. */
export type Timing = { engineMs: number; httpMs: number; statements: number; readRows: number }

/** A clock that the engine's log can be compared with, finer than a millisecond. */
export const nowMs = (): number => performance.timeOrigin + performance.now()

/** `pauseMs`: how long to wait before each run, so that something was stored in between. */
type Runs = { runs: number; warmUps: number; pauseMs?: number }

type Ranged = { from: Date; to: Date }

/** Each question over POST /v1/query, one run after the other, and the engine's own time of the same runs. */
export async function askQuestions(target: Target, range: Ranged, runs: Runs): Promise<Map<QuestionName, Timing>> {
  return await askEach(target, runs, () => range)
}

const answered = z.object({ meta: z.object({ source: z.string() }) })

const SETTLE_MS = 180_000
const POLL_MS = 500

/**
 * Waits until every question is answered from rollups alone: an app that starts takes what came last for unfinished, and is
 * busy until the last of the workspaces is built.
 * @throws Error when that does not come about
 */
export async function awaitRollups(targets: readonly Target[], range: Ranged): Promise<void> {
  const untilMs = performance.now() + SETTLE_MS
  for (const target of targets) {
    for (const question of QUESTIONS) {
      const body = bodyOf(question, range)
      for (;;) {
        const { meta } = answered.parse(JSON.parse((await postOk(target, '/v1/query', body)).text))
        if (meta.source === 'rollup') break
        if (performance.now() > untilMs) throw new Error(`"${question.name}" is still read from ${meta.source}`)
        await setTimeout(POLL_MS)
      }
    }
  }
}

/** As {@link askQuestions}, each run of a range that ends a day before the one before it: nobody has asked for it yet. */
export async function askFirst(target: Target, range: Ranged, runs: number): Promise<Map<QuestionName, Timing>> {
  const earlier = (date: Date, days: number) => new Date(date.getTime() - days * DAY_MS)
  return await askEach(target, { runs, warmUps: 0 }, (run) => ({
    from: earlier(range.from, run + 1),
    to: earlier(range.to, run + 1),
  }))
}

async function askEach(
  target: Target,
  { runs, warmUps, pauseMs }: Runs,
  rangeOf: (run: number) => Ranged,
): Promise<Map<QuestionName, Timing>> {
  const asked: { name: QuestionName; runs: Window[] }[] = []
  for (const question of QUESTIONS) {
    const windows: Window[] = []
    for (let run = -warmUps; run < runs; run += 1) {
      const body = bodyOf(question, rangeOf(run))
      if (pauseMs) await setTimeout(pauseMs)
      const fromMs = nowMs()
      await postOk(target, '/v1/query', body)
      if (run >= 0) windows.push({ fromMs, toMs: nowMs() })
    }
    asked.push({ name: question.name, runs: windows })
  }
  return summarise(asked)
}

/** The questions of a peer's layout straight at the engine; `httpMs` is the time over the engine's own HTTP. */
export async function askPeer(
  peer: Peer,
  params: { workspace: string; from: Date; to: Date },
  { runs, warmUps }: Runs,
): Promise<Map<QuestionName, Timing>> {
  const asked: { name: QuestionName; runs: Window[] }[] = []
  for (const { name } of QUESTIONS) {
    const sql = peer.questions[name]
    if (sql === null) continue
    const windows: Window[] = []
    for (let run = -warmUps; run < runs; run += 1) {
      const fromMs = nowMs()
      await queryRows(z.unknown(), sql, { params, settings: PEER_SETTINGS })
      if (run >= 0) windows.push({ fromMs, toMs: nowMs() })
    }
    asked.push({ name, runs: windows })
  }
  return summarise(asked)
}

async function summarise(
  asked: readonly { name: QuestionName; runs: readonly Window[] }[],
): Promise<Map<QuestionName, Timing>> {
  const times = await readEngineTimes(asked.flatMap(({ runs }) => runs))
  let taken = 0
  return new Map(
    asked.map(({ name, runs }) => {
      const own = times.slice(taken, taken + runs.length)
      taken += runs.length
      if (own.some(({ statements }) => statements === 0))
        throw new Error(`the engine's log has no statement of "${name}"`)
      return [
        name,
        {
          engineMs: median(own.map(({ busyMs }) => busyMs)),
          httpMs: median(runs.map(({ fromMs, toMs }) => toMs - fromMs)),
          statements: median(own.map(({ statements }) => statements)),
          readRows: median(own.map(({ readRows }) => readRows)),
        },
      ]
    }),
  )
}

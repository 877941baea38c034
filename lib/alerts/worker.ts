import 'server-only'
import { randomUUID } from 'node:crypto'
import { readDatabaseTime } from '@/db/postgres/queries/alerts'
import { log } from '@/lib/log'
import { deliverDueMessages } from './deliver'
import { escalateDueAlerts } from './escalate'

const EVALUATE_EVERY_MS = 10_000
const DELIVER_EVERY_MS = 2_000
/** What fails alike in turn after turn is logged this often. */
const COMPLAIN_EVERY_MS = 5 * 60_000

/** Looks at what it watches and reports to the sink of alerts; takes its own lease where one process is to do it. */
export type Evaluator = (now: Date) => Promise<void>

const running = new Set<() => Promise<void>>()

/**
 * Starts the turns that evaluate, escalate and send, each at once and again every few seconds. Any number of processes may
 * run them. What fails is logged and tried again in the next turn; evaluations that hang hold up no message.
 * @returns what stops them; resolves when the turns under way have ended
 */
export function startAlertWorker(evaluators: readonly Evaluator[] = []): () => Promise<void> {
  const holder = randomUUID()
  const stops = [
    repeat(DELIVER_EVERY_MS, 'Alerts could not be sent', async (now) => {
      await escalateDueAlerts(now)
      await deliverDueMessages(holder, now)
    }),
    ...evaluators.map((evaluate) => repeat(EVALUATE_EVERY_MS, 'Alerts could not be evaluated', evaluate)),
  ]
  const stop = async () => {
    running.delete(stop)
    await Promise.all(stops.map((stopTurns) => stopTurns()))
  }
  running.add(stop)
  return stop
}

/** Stops what was started in this process, so that what is being sent is recorded; resolves when the turns have ended. */
export async function stopAlertWorkers(): Promise<void> {
  await Promise.all([...running].map((stop) => stop()))
}

function repeat(everyMs: number, what: string, turn: Evaluator): () => Promise<void> {
  let underWay: Promise<void> | null = null
  let complaint: { text: string; atMs: number } | null = null
  const complain = (error: unknown) => {
    const text = String(error)
    const nowMs = performance.now()
    if (complaint?.text === text && nowMs - complaint.atMs < COMPLAIN_EVERY_MS) return
    complaint = { text, atMs: nowMs }
    log.warn({ err: error }, `${what}; every turn tries again`)
  }
  const run = () => {
    underWay ??= readDatabaseTime()
      .then(turn)
      .then(() => {
        complaint = null
      })
      .catch(complain)
      .finally(() => {
        underWay = null
      })
  }
  run()
  const timer = setInterval(run, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await underWay
  }
}

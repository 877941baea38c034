import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { changePrice, erase, listPriceChanges, pickErasures } from '@/bench/exactness/administration'
import { Client } from '@/bench/exactness/client'
import {
  type Answer,
  answerSchema,
  bodyOf,
  type Comparison,
  compareAnswer,
  compareCsv,
  type Phase,
} from '@/bench/exactness/compare-answer'
import { deliverWindow } from '@/bench/exactness/deliver'
import { type Instance, type KillTarget, secretOf, startInstance } from '@/bench/exactness/instance'
import { planDeliveries } from '@/bench/exactness/plan-deliveries'
import type { Question } from '@/bench/exactness/question'
import { listQuestions, type QuestionCatalogue } from '@/bench/exactness/questions'
import { Random } from '@/bench/exactness/random'
import { type ExpectedAnswer, expectAnswer } from '@/bench/exactness/reference-answer'
import { ReferenceLedger } from '@/bench/exactness/reference-ledger'
import { WORKSPACES, type WorkspaceName } from '@/bench/exactness/sent-event'
import type { Lifecycle } from '@/bin/launcher/run-command'
import { say, sayWhile } from '@/bin/launcher/say'

export type SuiteOptions = {
  deliveries: number
  kills: number
  apps: number
  /** How often all questions are asked while events arrive, beside the end. */
  checkpoints: number
  seed: number
  /** How many questions are asked at the end, of some hundred; all when absent. */
  questions?: number
  /** Whether prices change and users are deleted meanwhile, as they do when absent. */
  isAdministered?: boolean
}

export type SuiteResult = { passed: number; failed: number }

/** Batches that are under way at once. */
const WINDOW_BATCHES = 4
const SETTLE_MS = 5_000
const AGAIN_MS = 150
const REST_MS = 8_000
const SHOWN_DIFFERENCES = 20
const SHOWN_DELIVERIES = 12
const ASKERS = 4
/** Of some hundred questions, how many are asked while events still arrive. */
const SAMPLED_QUESTIONS = 16
/** Users, and requests, that are deleted of a workspace each time. */
const ERASURES = 5
const HOUR_MS = 3_600_000

const KILL_ORDER: readonly [KillTarget, ...KillTarget[]] = ['app', 'ClickHouse', 'PostgreSQL']

/**
 * Delivers events to an instance of its own while its processes are killed, and compares every cell of many answers with
 * an independent computation. Says what differs.
 */
export async function runSuite(lifecycle: Lifecycle, options: SuiteOptions): Promise<SuiteResult> {
  const startedMs = performance.now()
  const instance = await sayWhile('Starting the instance', () => startInstance(lifecycle, options.apps))
  return await runSuiteOn(instance, options, startedMs)
}

/** As {@link runSuite}, on an instance that runs already and has the suite's workspaces and keys. */
export async function runSuiteOn(
  instance: Instance,
  options: SuiteOptions,
  startedMs = performance.now(),
): Promise<SuiteResult> {
  const suite = new Suite(options, instance)
  await suite.run()
  return suite.report((performance.now() - startedMs) / 1000)
}

class Suite {
  private readonly plan
  private readonly client: Client
  private readonly random: Random
  private readonly catalogue: QuestionCatalogue
  private readonly ledgers: Record<WorkspaceName, ReferenceLedger>
  private lastAcknowledgedMs = 0
  private passed = 0
  private failed = 0
  private cells = 0
  private kills = 0
  private shown = 0
  private administered = 0

  constructor(
    private readonly options: SuiteOptions,
    private readonly instance: Instance,
  ) {
    const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS
    this.plan = planDeliveries({ seed: options.seed, deliveries: options.deliveries, endMs })
    this.client = new Client(instance.urls)
    this.random = new Random(options.seed + 1)
    this.catalogue = listQuestions(this.plan)
    const [kauri, everest] = WORKSPACES
    // Events without a timestamp are asked for in a range that begins here; their prices do not depend on the hour.
    this.ledgers = {
      kauri: new ReferenceLedger(kauri, endMs + HOUR_MS),
      everest: new ReferenceLedger(everest, endMs + HOUR_MS),
    }
  }

  async run(): Promise<void> {
    const { batches } = this.plan
    const windows = Math.ceil(batches.length / WINDOW_BATCHES)
    say(
      `${this.plan.deliveries.toLocaleString('en-US')} deliveries of ${this.plan.attempts.toLocaleString('en-US')} attempts in ${batches.length} batches to ${this.instance.urls.length} app processes`,
    )
    const dueOf = (count: number, every: number) => Math.round(((count + 0.5) / every) * windows)
    const kills = Array.from({ length: this.options.kills }, (_, index) => dueOf(index, this.options.kills))
    const { checkpoints, isAdministered = true } = this.options
    const stops = Array.from({ length: checkpoints }, (_, index) =>
      Math.round(((index + 1) / (checkpoints + 1)) * windows),
    )
    const [changeAt, changeAgainAt] = [Math.floor(windows * 0.4), Math.floor(windows * 0.7)]
    for (let window = 0; window < windows; window += 1) {
      const isStop = stops.includes(window)
      const due = kills.filter((at) => at === window).length
      const killed = Array.from({ length: due }, () => this.killSoon())
      const acknowledged = await deliverWindow(batches.slice(window * WINDOW_BATCHES, (window + 1) * WINDOW_BATCHES), {
        client: this.client,
        random: this.random,
        ledgers: this.ledgers,
        receipt: window,
      })
      this.lastAcknowledgedMs = performance.now()
      await Promise.all(killed)
      this.count(acknowledged.length === 0, () => acknowledged.slice(0, 3).map((text) => `  ${text}`))
      if (isAdministered && (window === changeAt || window === changeAgainAt)) await this.administer(window)
      if (isStop) await this.check(`after batch ${(window + 1) * WINDOW_BATCHES}`, this.sample())
    }
    const { questions } = this.options
    await this.check('at the end', questions === undefined ? this.catalogue.questions : this.sample(questions))
    await sleep(REST_MS)
    await this.check('at rest', this.sample())
  }

  /** Other questions each time; the totals always. */
  private sample(count = Math.min(SAMPLED_QUESTIONS, this.options.questions ?? SAMPLED_QUESTIONS)): Question[] {
    const { questions } = this.catalogue
    const totals = questions.filter(({ dimensions, granularity }) => dimensions.length === 0 && granularity === null)
    const others = this.random.shuffle(questions.filter((question) => !totals.includes(question)))
    return [...totals, ...others.slice(0, count)]
  }

  /** Changes a price and deletes users and requests of both workspaces, in the ledger and in the reference. */
  private async administer(window: number): Promise<void> {
    const upcoming = this.plan.batches.slice((window + 1) * WINDOW_BATCHES)
    const change = listPriceChanges(this.plan.toMs)[this.administered]
    this.administered += 1
    for (const ledger of Object.values(this.ledgers)) {
      const { slug } = ledger.workspace
      if (change) {
        await changePrice(slug, change)
        ledger.changePrice(change)
      }
      for (const erasure of pickErasures(ledger, upcoming, ERASURES)) {
        await erase(slug, erasure)
        ledger.erase(erasure)
      }
    }
    this.lastAcknowledgedMs = performance.now()
    await this.check(`after a price change and deletions`, this.sample())
  }

  report(seconds: number): SuiteResult {
    const number = (value: number) => value.toLocaleString('en-US')
    say(
      `${number(this.plan.deliveries)} deliveries, ${this.kills} kills, ${number(this.client.retries)} posts repeated, ${number(this.cells)} cells compared, ${Math.round(seconds)} s (seed ${this.options.seed})`,
    )
    return { passed: this.passed, failed: this.failed }
  }

  private async killSoon(): Promise<void> {
    const target = KILL_ORDER[this.kills % KILL_ORDER.length] ?? 'app'
    this.kills += 1
    await sleep(this.random.integer(0, 400))
    const app = this.random.integer(0, this.instance.urls.length - 1)
    for (let tried = 0; !this.instance.kill(target, app); tried += 1) {
      if (tried > 300) throw new Error(`${target} is not running`)
      await sleep(100)
    }
    say(`kill -9: ${target}`)
  }

  /** Asks all questions: what must be exact at every moment at once, the rest until it is right or 5 s have passed. */
  private async check(when: string, questions: readonly Question[]): Promise<void> {
    const startedMs = performance.now()
    const failedBefore = this.failed
    const expected = new Map<Question, ExpectedAnswer>()
    for (const phase of ['immediate', 'settled'] as const) {
      const waiting = this.random.shuffle([...questions])
      const askers = Array.from({ length: ASKERS }, async () => {
        for (let question = waiting.pop(); question; question = waiting.pop()) {
          const known = expected.get(question)
          const wanted =
            known ?? expectAnswer(this.ledgers[question.workspace], question, this.catalogue.calendarOf(question))
          expected.set(question, wanted)
          await this.ask(when, question, phase, wanted)
        }
      })
      await Promise.all(askers)
    }
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    const wrong = this.failed - failedBefore
    say(
      `Checked ${when}: ${questions.length} questions twice, ${wrong === 0 ? 'all right' : `${wrong} wrong`} (${seconds} s)`,
    )
  }

  private async ask(when: string, question: Question, phase: Phase, wanted: ExpectedAnswer): Promise<void> {
    const secret = secretOf(question.workspace, 'reader')
    const body = JSON.stringify(bodyOf(question, phase))
    for (;;) {
      const askedMs = performance.now()
      const { text } = await this.client.post('/v1/query', secret, body)
      const answer = answerSchema.parse(JSON.parse(text))
      const comparison = compareAnswer(question, phase, wanted, answer, this.catalogue.calendarOf(question), Date.now())
      const deadlineMs = Math.max(this.lastAcknowledgedMs, this.client.lastUnavailableMs) + SETTLE_MS
      if (comparison.differences.length > 0 && phase === 'settled' && askedMs < deadlineMs) {
        await sleep(AGAIN_MS)
        continue
      }
      if (comparison.differences.length === 0 && phase === 'settled' && question.withCsv) {
        const csv = await this.compareExport(question, phase, answer)
        comparison.cells += csv.cells
        comparison.differences.push(...csv.differences)
      }
      this.cells += comparison.cells
      this.count(comparison.differences.length === 0, () => this.explain(when, question, phase, comparison, answer))
      return
    }
  }

  private async compareExport(question: Question, phase: Phase, answer: Answer): Promise<Comparison> {
    const body = JSON.stringify(bodyOf(question, phase))
    const { text } = await this.client.post('/v1/export', secretOf(question.workspace, 'reader'), body)
    return compareCsv(question, phase, answer, z.array(z.array(z.string())).parse(parse(text)))
  }

  private count(isRight: boolean, explain: () => string[]): void {
    if (isRight) {
      this.passed += 1
      return
    }
    this.failed += 1
    for (const line of explain()) say(line)
  }

  private explain(
    when: string,
    question: Question,
    phase: Phase,
    { differences }: Comparison,
    answer: Answer,
  ): string[] {
    const title = `WRONG ${when}: ${question.name} (${phase}, read from ${answer.meta.source}), ${differences.length} differences`
    const room = Math.max(0, SHOWN_DIFFERENCES - this.shown)
    const shown = differences.slice(0, Math.min(room, 5))
    this.shown += shown.length
    const lines = shown.map(({ where, expected, got }) => `  ${where}: expected ${expected}, got ${got}`)
    if (shown.length === 0) return [title]
    return [title, `  ${JSON.stringify(bodyOf(question, phase))}`, ...lines, ...this.suspects(question, differences)]
  }

  /** Deliveries of a few requests that lie in the first wrong row, those with most to say first. */
  private suspects(question: Question, differences: Comparison['differences']): string[] {
    const where = differences[0]?.where ?? ''
    const ledger = this.ledgers[question.workspace]
    const isMentioned = (value: string) => value !== '' && where.includes(JSON.stringify(value))
    const found: { id: string; deliveries: string[] }[] = []
    for (const attempts of ledger.allRequests()) {
      const isThere = attempts.some(
        ({ dimensions, atMs }) =>
          atMs >= question.window.fromMs &&
          atMs < question.window.toMs &&
          question.dimensions.every((name) => name.startsWith('tag.') || isMentioned(dimensions[name] ?? '')),
      )
      const id = isThere ? attempts[0]?.requestId : undefined
      if (id === undefined) continue
      const deliveries = ledger.deliveriesOf(id)
      if (deliveries.length > 2) found.push({ id, deliveries })
      if (found.length >= 3) break
    }
    return found.flatMap(({ id, deliveries }) => [
      `  request ${id}:`,
      ...deliveries.slice(0, SHOWN_DELIVERIES).map((text) => `    ${text}`),
    ])
  }
}

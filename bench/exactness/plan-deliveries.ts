import { DEPLOYMENTS, type Deployment } from '@/bench/exactness/deployments'
import { Random } from '@/bench/exactness/random'
import { contentHash } from '@/bench/exactness/reference-identity'
import type { Delivery, KeyName, SentEvent, Status, WorkspaceName } from '@/bench/exactness/sent-event'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Batches of a run; fewer where they would be very small. */
const MAX_BATCHES = 160
const MIN_BATCHES = 80
const DELIVERIES_PER_BATCH = 20
const LATE_BATCHES = 40
const REDELIVERY_BATCHES = 80
/** Deliveries in flight at once are never further apart than this, so what comes later than that was received later. */
const ORDER_GAP = 8
const SPAN_DAYS = 90
const BACKFILL_DAYS = 380
/** Deliveries per attempt that the mixture below comes to. */
const DELIVERIES_PER_ATTEMPT = 1.1

export type DeliveryPlan = {
  /** In the order in which they are sent; a batch that is sent again is there again. */
  batches: Delivery[][]
  deliveries: number
  attempts: number
  /** Range of the timestamps sent; events without one get their receipt. */
  fromMs: number
  toMs: number
}

type Place = { delivery: Delivery; batch: number }

const STATUSES: readonly [Status, ...Status[]] = ['error', 'timeout', 'rate_limited', 'canceled']

/** The truth table of the ledger, and chains beyond it. A letter is a deployment; ! failed, + succeeded, ? did not say. */
const CHAINS: readonly [readonly [string, number], ...(readonly [string, number])[]] = [
  ['A+', 700],
  ['A!', 50],
  ['A?', 10],
  ['A! A+', 50],
  ['A! B+', 40],
  ['A! A! B+', 20],
  ['A! B! A+', 12],
  ['A! B!', 12],
  ['A+ A+', 12],
  ['A+ B+', 6],
  ['A+ A!', 5],
  ['A! A?', 4],
  ['A! B! C!', 6],
  ['A! B! C+', 8],
  ['A! A! A! B+', 6],
  ['A! B+ A! B+', 4],
  ['A! A+ B! C?', 3],
]

/**
 * Deliveries of two workspaces: attempts of requests, late, out of order, spread over hours and weeks; delivered again,
 * corrected, contradicted, stale. The same seed, size and instant give the same deliveries.
 * @param endMs the latest timestamp that is sent
 */
export function planDeliveries(options: { seed: number; deliveries: number; endMs: number }): DeliveryPlan {
  return new Planner(options).plan()
}

class Planner {
  private readonly random: Random
  private readonly attempts: number
  private readonly batches: number
  private readonly startMs: number
  private readonly places: Place[] = []
  private planned = 0

  constructor(private readonly options: { seed: number; deliveries: number; endMs: number }) {
    this.random = new Random(options.seed)
    this.attempts = Math.round(options.deliveries / DELIVERIES_PER_ATTEMPT)
    const wanted = Math.round(options.deliveries / DELIVERIES_PER_BATCH)
    this.batches = Math.min(MAX_BATCHES, Math.max(MIN_BATCHES, wanted))
    this.startMs = options.endMs - SPAN_DAYS * DAY_MS
  }

  plan(): DeliveryPlan {
    for (let request = 0; this.planned < this.attempts; request += 1) this.addRequest(request)
    const batches: Delivery[][] = Array.from({ length: this.batches }, () => [])
    for (const { delivery, batch } of this.places) batches[Math.min(batch, this.batches - 1)]?.push(delivery)
    const shuffled = batches.map((batch) => this.random.shuffle(batch)).filter((batch) => batch.length > 0)
    const sent = this.resendBatches(shuffled)
    return {
      batches: sent,
      deliveries: sent.reduce((sum, batch) => sum + batch.length, 0),
      attempts: this.planned,
      fromMs: this.options.endMs - BACKFILL_DAYS * DAY_MS,
      toMs: this.options.endMs,
    }
  }

  private resendBatches(batches: Delivery[][]): Delivery[][] {
    const again = new Map<number, Delivery[][]>()
    for (const [index, batch] of batches.entries()) {
      if (!this.random.chance(0.03)) continue
      const at = Math.min(batches.length - 1, index + this.random.integer(1, 10))
      again.set(at, [...(again.get(at) ?? []), batch])
    }
    return batches.flatMap((batch, index) => [batch, ...(again.get(index) ?? [])])
  }

  private addRequest(index: number): void {
    const { random } = this
    const externalRequestId = `req-${index}`
    const workspace: WorkspaceName = random.chance(0.6) ? 'kauri' : 'everest'
    const key: KeyName = random.chance(0.8) ? 'sdk' : 'edge'
    const attempts = this.makeAttempts(externalRequestId)
    this.deliver(attempts, workspace, key)
    // The same ids elsewhere are other requests.
    if (random.chance(0.05)) this.deliver(attempts, workspace === 'kauri' ? 'everest' : 'kauri', key)
    // What has no timestamp is asked for in its own scope only: the day of its receipt is not known here.
    if (random.chance(0.03) && attempts[0]?.timestamp !== undefined) {
      const elsewhere = attempts.map((event): SentEvent => ({ ...event, environment: 'staging', dataMode: 'test' }))
      if (attempts[0]?.environment !== 'staging') this.deliver(elsewhere, workspace, key)
    }
  }

  private makeAttempts(externalRequestId: string): SentEvent[] {
    const { random } = this
    const chain = random.weighted(CHAINS).split(' ')
    const isTimed = !random.chance(0.01)
    const pool = random.shuffle([...DEPLOYMENTS].filter((each) => isTimed || !each.isTimed))
    const context = this.makeContext()
    const identity = isTimed
      ? random.weighted([
          ['attempt', 40],
          ['attemptId', 30],
          ['content', 18],
          ['some', 6],
          ['both', 6],
        ])
      : 'attempt'
    const scope = this.makeScope(isTimed)
    const gapMs = random.weighted([
      [() => random.integer(1, 20_000), 90],
      [() => random.integer(1, 3 * HOUR_MS), 6],
      [() => random.integer(1, 4 * DAY_MS), 3],
      [() => random.integer(1, 30 * DAY_MS), 1],
    ])
    const backwards = random.chance(0.04)
    let at = this.pickInstant()
    return chain.map((token, position): SentEvent => {
      if (position > 0)
        at = Math.max(this.startMs - 300 * DAY_MS + position * 11, at + (backwards ? -gapMs() : gapMs()))
      at = Math.min(at, this.options.endMs - (chain.length - position) * 7)
      const deployment = pool['ABC'.indexOf(token[0] ?? 'A')] ?? DEPLOYMENTS[0]
      const status = token[1] === '+' ? 'success' : token[1] === '!' ? random.pick(STATUSES) : undefined
      const isNumbered = identity === 'attempt' || identity === 'both' || (identity === 'some' && position % 2 === 0)
      const isNamed = identity === 'attemptId' || identity === 'both'
      return {
        externalRequestId,
        provider: deployment.rawProvider,
        model: deployment.rawModel,
        ...context,
        ...(random.chance(0.01) ? { endpointTag: 'moved' } : {}),
        ...this.makeTokens(deployment),
        ...this.makeExtras(deployment),
        ...(status ? { status } : {}),
        ...(status && status !== 'success' ? { errorCode: `${status}_${random.integer(1, 3)}` } : {}),
        ...(isNumbered ? { attempt: position + 1 } : {}),
        ...(isNamed ? { attemptId: `call-${position}-${random.integer(0, 999)}` } : {}),
        ...scope,
        ...(isTimed ? { timestamp: this.writeInstant(at) } : {}),
      }
    })
  }

  /** Mostly as the run goes on, so that old days come to rest while new ones begin; some anywhere in a year. */
  private pickInstant(): number {
    const { random } = this
    const { endMs } = this.options
    if (random.chance(0.06)) return endMs - random.integer(10 * DAY_MS, (BACKFILL_DAYS - 1) * DAY_MS)
    const progress = this.planned / this.attempts
    const jittered = this.startMs + progress * SPAN_DAYS * DAY_MS + random.integer(-DAY_MS, DAY_MS)
    return Math.floor(Math.min(endMs - 60_000, Math.max(this.startMs, jittered)))
  }

  private writeInstant(at: number): number | string {
    const { random } = this
    if (random.chance(0.5)) return at
    if (random.chance(0.5)) return new Date(at).toISOString()
    return `${new Date(at + 5.5 * HOUR_MS).toISOString().slice(0, -1)}+05:30`
  }

  private makeScope(isTimed: boolean): Pick<SentEvent, 'environment' | 'dataMode'> {
    const { random } = this
    if (!isTimed) return { environment: 'dev', dataMode: 'demo' }
    return random.weighted<Pick<SentEvent, 'environment' | 'dataMode'>>([
      [{ environment: 'prod', dataMode: 'real' }, 75],
      [{ environment: 'staging', dataMode: 'real' }, 5],
      [{ environment: 'dev', dataMode: 'test' }, 5],
      [{}, 8],
      [{ environment: 'prod' }, 4],
      [{ dataMode: 'real' }, 3],
    ])
  }

  private makeContext(): Pick<SentEvent, 'endpointTag' | 'promptVersion' | 'userId' | 'tags'> {
    const { random } = this
    const zipf = (count: number) => Math.floor(count ** random.next()) - 1
    return {
      ...(random.chance(0.95) ? { endpointTag: `endpoint-${zipf(60)}` } : {}),
      ...(random.chance(0.9) ? { promptVersion: `prompt@v${zipf(120)}` } : {}),
      ...(random.chance(0.9) ? { userId: `u${zipf(2_000).toString(36).padStart(4, '0')}x` } : {}),
      ...(random.chance(0.8)
        ? {
            tags: {
              team: `team-${random.integer(0, 7)}`,
              ...(random.chance(0.3) ? { feature: `feature-${random.integer(0, 4)}` } : {}),
            },
          }
        : {}),
    }
  }

  private makeTokens(deployment: Deployment): Partial<SentEvent> {
    const { random } = this
    if (random.chance(0.02)) return {}
    if (random.chance(0.02)) return { totalTokens: random.integer(0, 5_000) }
    if (random.chance(0.01)) return { inputTokens: random.integer(1, 900) }
    if (random.chance(0.01)) return { outputTokens: random.integer(1, 900) }
    if (random.chance(0.01)) {
      const inputTokens = random.integer(0, 900)
      return { inputTokens, totalTokens: inputTokens + random.integer(0, 300) }
    }
    if (deployment.kind === 'embedding') return { inputTokens: random.integer(1, 8_000) }
    const inputTokens = random.chance(0.03) ? random.integer(190_000, 320_000) : random.integer(0, 12_000)
    const outputTokens = random.integer(0, 3_000)
    const share = (of: number) => random.integer(0, Math.floor(of / 4))
    const cacheWriteTokens = share(inputTokens)
    return {
      inputTokens,
      outputTokens,
      ...(random.chance(0.3) ? { cacheReadTokens: share(inputTokens) } : {}),
      ...random.weighted<Partial<SentEvent>>([
        [{}, 77],
        [{ cacheWriteTokens }, 15],
        [{ cacheWriteTokens, cacheWrite1hTokens: share(cacheWriteTokens) }, 5],
        [{ cacheWrite1hTokens: cacheWriteTokens }, 3],
      ]),
      ...(random.chance(0.2) ? { reasoningTokens: share(outputTokens) } : {}),
      ...(deployment.kind === 'audio'
        ? { audioInputTokens: share(inputTokens), audioOutputTokens: share(outputTokens) }
        : {}),
      ...(random.chance(0.1) ? { totalTokens: inputTokens + outputTokens + (random.chance(0.1) ? 5 : 0) } : {}),
    }
  }

  private makeExtras(deployment: Deployment): Partial<SentEvent> {
    const { random } = this
    const latencyMs = Math.floor(100 * 400 ** random.next())
    return {
      ...(random.chance(0.05) ? { toolRequests: random.integer(1, 4) } : {}),
      ...(random.chance(0.08) ? { costUsd: `0.${String(random.integer(0, 99_999_999)).padStart(10, '0')}1` } : {}),
      ...(random.chance(0.02) ? { costUsd: random.integer(0, 4_000) / 1_000 } : {}),
      ...(random.chance(0.05) ? { serviceTier: random.pick(['batch', 'priority', 'flex', 'standard']) } : {}),
      ...(deployment.region === '' && random.chance(0.1) ? { region: random.pick(['eu-west-1', 'us-east-1']) } : {}),
      ...(random.chance(0.9) ? { latencyMs } : {}),
      ...(random.chance(0.4) ? { timeToFirstTokenMs: Math.floor(latencyMs / random.integer(2, 9)) } : {}),
    }
  }

  private deliver(attempts: readonly SentEvent[], workspace: WorkspaceName, key: KeyName): void {
    for (const event of attempts) {
      this.planned += 1
      this.deliverAttempt({ workspace, key, event })
    }
  }

  /** Something that says other than `first` did, sent when that has been acknowledged for certain. */
  private putAfter(delivery: Delivery, first: number): void {
    const batch = first + ORDER_GAP + this.random.integer(0, 30)
    if (batch < this.batches) this.put(delivery, batch)
  }

  private put(delivery: Delivery, batch: number): void {
    this.places.push({ delivery, batch: Math.max(0, Math.floor(batch)) })
  }

  private deliverAttempt(delivery: Delivery): void {
    const { random } = this
    const { event } = delivery
    const now = Math.floor(((this.planned - 1) / this.attempts) * this.batches)
    const late = random.chance(0.01) ? random.integer(1, LATE_BATCHES) : random.chance(0.1) ? random.integer(-2, 2) : 0
    const first = Math.min(this.batches - 1, Math.max(0, now + late))
    this.put(delivery, first)
    if (random.chance(0.03)) this.put(delivery, first + random.integer(1, REDELIVERY_BATCHES))
    if (random.chance(0.01)) this.put(delivery, first)
    const namesScope = event.environment !== undefined && event.dataMode !== undefined
    if (namesScope && random.chance(0.002)) {
      // Another key brings what is known: the first one stays.
      this.putAfter({ ...delivery, key: delivery.key === 'sdk' ? 'edge' : 'sdk' }, first)
    }
    if (event.attempt === undefined && event.attemptId === undefined) return
    if (random.chance(0.005)) this.correct(delivery, first)
    else if (random.chance(0.003)) {
      this.putAfter({ ...delivery, event: this.changeContent(event) }, first)
    } else if (random.chance(0.0005)) {
      const other = { ...delivery, event: this.changeContent(event) }
      if (contentHash(other.event).slice(0, 4) !== contentHash(event).slice(0, 4)) this.put(other, first)
    }
  }

  private correct(delivery: Delivery, first: number): void {
    const { random } = this
    const revised = { ...this.changeContent(delivery.event), revision: 2 }
    const at = random.chance(0.1) ? first - random.integer(0, 5) : first + random.integer(0, 60)
    this.put({ ...delivery, event: revised }, at)
    if (random.chance(0.5)) this.put(delivery, at + random.integer(1, 20))
    if (random.chance(0.2)) this.put({ ...delivery, event: revised }, at + random.integer(0, 20))
    if (random.chance(0.2)) {
      const third = { ...this.changeContent(revised), revision: 3 }
      this.put({ ...delivery, event: third }, at + random.integer(-3, 30))
    }
  }

  /** The same attempt, said otherwise: other tokens, and sometimes another instant, user, deployment or result. */
  private changeContent(event: SentEvent): SentEvent {
    const { random } = this
    const inputTokens = (event.inputTokens ?? event.totalTokens ?? 50_000) + random.integer(1, 5_000)
    const changed: SentEvent = {
      ...event,
      inputTokens,
      outputTokens: (event.outputTokens ?? 10_000) + random.integer(1, 99),
    }
    if (random.chance(0.3)) changed.userId = `u${random.integer(0, 2_000)}fix`
    if (random.chance(0.2)) changed.endpointTag = `endpoint-${random.integer(0, 60)}`
    if (random.chance(0.2)) changed.status = random.pick(['success', 'error', 'timeout'])
    if (random.chance(0.2) && event.timestamp !== undefined) {
      const deployment = random.pick(DEPLOYMENTS)
      changed.provider = deployment.rawProvider
      changed.model = deployment.rawModel
    }
    if (random.chance(0.5) && event.timestamp !== undefined) {
      const moved = new Date(event.timestamp).getTime() + random.pick([-1, 1]) * random.integer(1, 12 * DAY_MS)
      const { endMs } = this.options
      changed.timestamp = Math.max(endMs - BACKFILL_DAYS * DAY_MS, Math.min(moved, endMs - random.integer(1, 60_000)))
    }
    return changed
  }
}

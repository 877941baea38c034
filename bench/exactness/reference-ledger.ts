import { deploymentOf } from '@/bench/exactness/deployments'
import { classify, inOrder, type ReferenceAttempt, type ReferenceClass } from '@/bench/exactness/reference-classes'
import { attemptIdentity, contentHash } from '@/bench/exactness/reference-identity'
import {
  type PriceChange,
  ReferencePrices,
  readUsage,
  type Tokens,
  toUnits,
  type Usage,
} from '@/bench/exactness/reference-price'
import { type Delivery, KEY_DEFAULTS, type Workspace } from '@/bench/exactness/sent-event'

/** What the ledger says of one attempt; unattributed is `''`. */
export type LedgerAttempt = ReferenceAttempt & {
  requestId: string
  dimensions: Readonly<Record<string, string>>
  tags: Readonly<Record<string, string>>
  tokens: Tokens
  usage: Usage
  isKnownModel: boolean
  reported: bigint | null
  cost: bigint | null
  latencyMs: number | null
  timeToFirstTokenMs: number | null
  class: ReferenceClass
}

type Content = { delivery: Delivery; revision: number; receipt: number; hash: string }

type RequestEntry = {
  /** What won of each identity. */
  contents: Map<string, Content>
  /** In order and classified; null where a delivery came since. */
  attempts: LedgerAttempt[] | null
  deliveries: Delivery[]
}

/** Why a delivery must be refused, when it must. */
export type Verdict = 'stored' | 'ignored' | 'conflict' | 'erased'

/** Whom a deletion is about. */
export type Erasure = { userId: string } | { externalRequestId: string }

const NO_CLASS = classify([{ identity: '', atMs: 0, number: null, provider: '', model: '', status: '' }])[0]

/**
 * What a workspace's ledger must hold after deliveries, worked out one delivery at a time from the design's rules and
 * nothing else. Slow and plain.
 */
export class ReferenceLedger {
  private readonly requests = new Map<string, RequestEntry>()
  private readonly prices = new ReferencePrices()
  private readonly erased = new Set<string>()
  attemptCount = 0

  constructor(
    readonly workspace: Workspace,
    /** The instant that stands for the receipt of events without a timestamp. */
    private readonly receiptMs: number,
  ) {}

  /**
   * Takes a delivery.
   * @param receipt order of receipt; equal where the order cannot be known or is the same instant
   */
  take(delivery: Delivery, receipt: number): Verdict {
    const requestKey = this.requestKeyOf(delivery)
    const identity = attemptIdentity(delivery.event)
    if (this.erased.has(`${requestKey} ${identity}`)) return 'erased'
    const entry: RequestEntry = this.requests.get(requestKey) ?? { contents: new Map(), attempts: null, deliveries: [] }
    this.requests.set(requestKey, entry)
    entry.deliveries.push(delivery)
    const revision = delivery.event.revision ?? 1
    const content: Content = { delivery, revision, receipt, hash: contentHash(delivery.event) }
    const present = entry.contents.get(identity)
    if (!present) this.attemptCount += 1
    if (present && !wins(content, present)) {
      return revision === present.revision && content.hash !== present.hash ? 'conflict' : 'ignored'
    }
    entry.contents.set(identity, content)
    entry.attempts = null
    return 'stored'
  }

  /** Attempts of every request, in their order. */
  *allRequests(): Generator<LedgerAttempt[]> {
    for (const entry of this.requests.values()) {
      entry.attempts ??= this.settle(entry)
      yield entry.attempts
    }
  }

  /** All that was delivered of a request, as one text per delivery. */
  deliveriesOf(externalRequestId: string): string[] {
    return [...this.requests.values()]
      .flatMap((entry) => entry.deliveries)
      .filter(({ event }) => event.externalRequestId === externalRequestId)
      .map(({ key, event }) => `${key} ${JSON.stringify(event)}`)
  }

  changePrice(change: PriceChange): void {
    this.prices.change(change)
    for (const entry of this.requests.values()) entry.attempts = null
  }

  /** Forgets attempts for good: what is delivered again of them stays away. */
  erase(erasure: Erasure): void {
    for (const [requestKey, entry] of this.requests) {
      for (const [identity, { delivery }] of entry.contents) {
        const { event } = delivery
        const isMeant =
          'userId' in erasure ? event.userId === erasure.userId : event.externalRequestId === erasure.externalRequestId
        if (!isMeant) continue
        entry.contents.delete(identity)
        entry.attempts = null
        this.erased.add(`${requestKey} ${identity}`)
        this.attemptCount -= 1
      }
      if (entry.contents.size === 0) this.requests.delete(requestKey)
    }
  }

  private requestKeyOf({ key, event }: Delivery): string {
    const defaults = KEY_DEFAULTS[key]
    return JSON.stringify([
      event.dataMode ?? defaults.dataMode,
      event.environment ?? defaults.environment,
      event.externalRequestId,
    ])
  }

  private settle(entry: RequestEntry): LedgerAttempt[] {
    const attempts = [...entry.contents].map(([identity, content]) => this.readAttempt(identity, content.delivery))
    const ordered = inOrder(attempts)
    const classes = classify(ordered)
    return ordered.map((attempt, index) => ({ ...attempt, class: classes[index] ?? attempt.class }))
  }

  private readAttempt(identity: string, { key, event }: Delivery): LedgerAttempt {
    const deployment = deploymentOf(event.provider, event.model)
    const atMs = event.timestamp === undefined ? this.receiptMs : new Date(event.timestamp).getTime()
    const region = event.region ?? deployment.region
    const serviceTier = event.serviceTier ?? 'standard'
    const usage = readUsage(event)
    const price = this.prices.priceOf(usage, { ...deployment, serviceTier, region, atMs })
    const reported = event.costUsd === undefined ? null : toUnits(String(event.costUsd))
    const isBookFirst = this.workspace.costPreference === 'book'
    const status = event.status ?? 'unspecified'
    if (!NO_CLASS) throw new Error('no class')
    return {
      requestId: event.externalRequestId,
      identity,
      atMs,
      number: event.attempt ?? null,
      provider: deployment.provider,
      model: deployment.model,
      status,
      dimensions: {
        workspace: this.workspace.slug,
        provider: deployment.provider,
        model: deployment.model,
        endpoint: event.endpointTag ?? '',
        promptVersion: event.promptVersion ?? '',
        user: event.userId ?? '',
        environment: event.environment ?? KEY_DEFAULTS[key].environment,
        dataMode: event.dataMode ?? KEY_DEFAULTS[key].dataMode,
        status,
        errorCode: event.errorCode ?? '',
        serviceTier,
        region,
        apiKey: key,
      },
      tags: event.tags ?? {},
      tokens: usage.tokens,
      usage,
      isKnownModel: price.isKnownModel,
      reported,
      cost: isBookFirst ? (price.cost ?? reported) : (reported ?? price.cost),
      latencyMs: event.latencyMs ?? null,
      timeToFirstTokenMs: event.timeToFirstTokenMs ?? null,
      class: NO_CLASS,
    }
  }
}

/** The highest revision, then the earliest receipt, then the lowest content hash. */
function wins(challenger: Content, present: Content): boolean {
  if (challenger.revision !== present.revision) return challenger.revision > present.revision
  if (challenger.hash === present.hash) return false
  if (challenger.receipt !== present.receipt) return challenger.receipt < present.receipt
  return challenger.hash < present.hash
}

/** The stored value of a dimension or a tag; `''` is unattributed. */
export function dimensionOf(attempt: LedgerAttempt, name: string): string {
  if (name.startsWith('tag.')) return attempt.tags[name.slice(4)] ?? ''
  const value = attempt.dimensions[name]
  if (value === undefined) throw new Error(`no dimension ${name}`)
  return value
}

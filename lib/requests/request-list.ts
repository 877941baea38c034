import { z } from 'zod'

/** Orders of a list of requests: by the first attempt, by the cost of all attempts, by the time all attempts took. */
export const REQUEST_SORTS = ['newest', 'cost', 'latency'] as const
export type RequestSort = (typeof REQUEST_SORTS)[number]

/** Requests on a page unless said otherwise. */
export const REQUESTS_PER_PAGE = 50

const decimal = z.string()

const priceLine = z.object({
  /** Token class; `toolRequests` and `requests` (a fee per attempt) beside tokens. */
  priceClass: z.string(),
  /** The class whose price was taken: another one where the class has no price of its own. */
  pricedAs: z.string(),
  count: z.number(),
  unitPriceUsd: decimal,
  costUsd: decimal,
})

/** How an attempt came to its cost. */
const priceExplanation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('priced'),
    priceId: z.string(),
    /** Σ count × unit price = cost. */
    lines: z.array(priceLine),
    effectiveFrom: z.string().nullable(),
    effectiveTo: z.string().nullable(),
    source: z.string(),
  }),
  /** Priced by a row that is not known any more: the cost stands, its lines cannot be shown. */
  z.object({ kind: z.literal('unexplained'), priceId: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('unpriced'), priceId: z.string().nullable(), code: z.string(), reason: z.string() }),
])
export type PriceExplanation = z.output<typeof priceExplanation>

const listedAttempt = z.object({
  attemptKey: z.string(),
  attemptId: z.string().nullable(),
  attempt: z.number().nullable(),
  /** Place within the request, from 1. */
  seq: z.number(),
  at: z.string(),
  provider: z.string(),
  model: z.string(),
  rawProvider: z.string(),
  rawModel: z.string(),
  modelVersion: z.string().nullable(),
  status: z.string(),
  errorCode: z.string().nullable(),
  fallbackReason: z.string().nullable(),
  serviceTier: z.string().nullable(),
  region: z.string().nullable(),
  latencyMs: z.number().nullable(),
  timeToFirstTokenMs: z.number().nullable(),
  tokens: z.object({
    inputUncached: z.number(),
    cacheRead: z.number(),
    cacheWrite5m: z.number(),
    cacheWrite1h: z.number(),
    output: z.number(),
    reasoning: z.number(),
    audioInput: z.number(),
    audioOutput: z.number(),
    unsplit: z.number(),
    toolRequests: z.number(),
  }),
  /** False where input or output tokens are not known; the counts are then not all there is. */
  usageKnown: z.boolean(),
  costBasis: z.enum(['reported', 'priced', 'unpriced']),
  costUsd: decimal.nullable(),
  reportedCostUsd: decimal.nullable(),
  pricedCostUsd: decimal.nullable(),
  price: priceExplanation,
  isRetry: z.boolean(),
  isFallback: z.boolean(),
  wasteKind: z.enum(['none', 'retry', 'fallback', 'failed_request']),
  revision: z.string(),
})
export type ListedAttempt = z.output<typeof listedAttempt>

const listedRequest = z.object({
  requestKey: z.string(),
  externalRequestId: z.string(),
  /** When its first attempt was made. */
  at: z.string(),
  environment: z.string(),
  dataMode: z.string(),
  endpoint: z.string().nullable(),
  promptVersion: z.string().nullable(),
  user: z.string().nullable(),
  apiKey: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  outcome: z.enum(['success', 'failed', 'unspecified']),
  /** Cost of all attempts that have one; null where none has. */
  costUsd: decimal.nullable(),
  unpricedAttempts: z.number(),
  /** Time that all attempts took together; null where none says. */
  latencyMs: z.number().nullable(),
  attempts: z.array(listedAttempt),
})
export type ListedRequest = z.output<typeof listedRequest>

/** A page of requests; also how the browser parses it. */
export const requestListSchema = z.object({
  requests: z.array(listedRequest),
  /** Where the next page starts; null on the last one. */
  nextCursor: z.string().nullable(),
})
export type RequestList = z.output<typeof requestListSchema>

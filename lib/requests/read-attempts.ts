import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { IN_REQUESTS } from '@/db/clickhouse/statements/attempts'
import { findStoredPrices } from '@/db/postgres/queries/stored-prices'
import { compileAttempts } from '@/lib/metrics/compile-attempts'
import { displayKey, type PricedPlan, type Scope } from '@/lib/metrics/plan'
import { addDecimals, trimDecimal } from '@/lib/money'
import { currentPriceBooks, refreshPrices } from '@/lib/pricing/current-prices'
import type { PriceRow } from '@/lib/pricing/price-book'
import type { PriceBooks } from '@/lib/pricing/price-books'
import type { Usage } from '@/lib/pricing/price-usage'
import { explainPrice } from '@/lib/requests/explain-price'
import type { ListedAttempt, ListedRequest, PriceExplanation } from '@/lib/requests/request-list'

const tokens = z.coerce.number().int().nonnegative()
const decimal = z
  .string()
  .nullable()
  .transform((value) => (value === null ? null : trimDecimal(value)))
const instant = z.coerce.number().transform((ms) => new Date(ms).toISOString())
const name = z.string().transform((value) => (value === '' ? null : value))

const attemptRow = z.object({
  workspace_id: z.number(),
  request_key: z.string(),
  attempt_key: z.string(),
  ts_ms: instant,
  external_request_id: z.string(),
  attempt_id: name,
  attempt_number: z.number().transform((number) => (number === 0 ? null : number)),
  seq: z.number(),
  provider: z.string(),
  model: z.string(),
  raw_provider: z.string(),
  raw_model: z.string(),
  model_version: name,
  endpoint: name,
  prompt_version: name,
  user_id: name,
  api_key_id: z.number(),
  environment: z.string(),
  data_mode: z.string(),
  status: z.string(),
  error_code: name,
  fallback_reason: name,
  service_tier: z.string(),
  region: z.string(),
  tags: z.record(z.string(), z.string()),
  is_usage_known: z.boolean(),
  input_uncached: tokens,
  cache_read: tokens,
  cache_write_5m: tokens,
  cache_write_1h: tokens,
  output_text: tokens,
  reasoning: tokens,
  audio_input: tokens,
  audio_output: tokens,
  unsplit: tokens,
  tool_requests: tokens,
  latency_ms: z.number().nullable(),
  time_to_first_token_ms: z.number().nullable(),
  cost: decimal,
  cost_basis: z.enum(['reported', 'priced', 'unpriced']),
  reported_cost: decimal,
  book_cost: decimal,
  book_price_id: z.string(),
  book_reason: z.string(),
  is_retry: z.boolean(),
  is_fallback: z.boolean(),
  waste_kind: z.enum(['none', 'retry', 'fallback', 'failed_request']),
  request_outcome: z.enum(['success', 'failed', 'unspecified']),
  revision: z.string(),
})
type AttemptRow = z.output<typeof attemptRow>

/**
 * Requests with all their attempts in order, by `<workspace id>/<request key>`.
 * @param assumedRows prices that nobody has made, by which attempts may be priced
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readAttempts(
  requests: readonly { workspaceId: number; requestKey: string }[],
  { store, scope, priceChanges, routes }: Pick<PricedPlan, 'store' | 'scope' | 'priceChanges' | 'routes'>,
  assumedRows: readonly PriceRow[] = [],
): Promise<Map<string, ListedRequest>> {
  if (requests.length === 0) return new Map()
  const anyTime = { from: new Date(0), to: new Date(0) }
  const compiled = compileAttempts({ scope: store, range: anyTime, filters: [], priceChanges, routes })
  const { source, matching, cost, costBasis, priced, params } = compiled
  const rows = await queryRows(
    attemptRow,
    `SELECT workspace_id, request_key, attempt_key, toString(toUnixTimestamp64Milli(ts)) AS ts_ms, external_request_id,
       attempt_id, attempt_number, seq, provider, model, raw_provider, raw_model, model_version, endpoint,
       prompt_version, user_id, api_key_id, environment, data_mode, status, error_code, fallback_reason, service_tier,
       region, tags, ${priced.usageKnown} AS is_usage_known, input_uncached, cache_read, cache_write_5m,
       cache_write_1h, output_text, reasoning,
       audio_input, audio_output, unsplit, tool_requests, latency_ms, time_to_first_token_ms, ${cost} AS cost,
       ${costBasis} AS cost_basis, reported_cost,
       ${priced.pricedCost} AS book_cost, ${priced.priceId} AS book_price_id, ${priced.unpricedReason} AS book_reason,
       is_retry, is_fallback,
       waste_kind, request_outcome, revision
     FROM ${source}
     WHERE ${matching} AND ${IN_REQUESTS}
     ORDER BY workspace_id, request_key, seq, attempt_key`,
    {
      params: {
        ...params,
        workspaces: [...new Set(requests.map((request) => request.workspaceId))],
        requests: requests.map((request) => BigInt(request.requestKey)),
      },
    },
  )
  const priceRows = await findPriceRows(rows, assumedRows)
  const groups = new Map<string, AttemptRow[]>()
  for (const row of rows) {
    const key = `${row.workspace_id}/${row.request_key}`
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return new Map(
    [...groups].flatMap(([key, group]) => {
      const [first] = group
      return first ? [[key, buildRequest(first, group, scope, priceRows)] as const] : []
    }),
  )
}

function buildRequest(
  first: AttemptRow,
  rows: readonly AttemptRow[],
  scope: Scope,
  priceRows: ReadonlyMap<string, readonly PriceRow[]>,
): ListedRequest {
  const costs = rows.map((row) => row.cost).filter((cost) => cost !== null)
  const latencies = rows.map((row) => row.latency_ms).filter((latency) => latency !== null)
  return {
    requestKey: first.request_key,
    externalRequestId: first.external_request_id,
    at: first.ts_ms,
    environment: first.environment,
    dataMode: first.data_mode,
    endpoint: first.endpoint,
    promptVersion: first.prompt_version,
    user: first.user_id,
    apiKey: displayKey('apiKey', String(first.api_key_id), scope),
    tags: first.tags,
    outcome: first.request_outcome,
    costUsd: costs.length === 0 ? null : trimDecimal(addDecimals(costs)),
    unpricedAttempts: rows.length - costs.length,
    latencyMs: latencies.length === 0 ? null : latencies.reduce((sum, latency) => sum + latency, 0),
    attempts: rows.map((row) => buildAttempt(row, priceRows.get(refOfPrice(row)) ?? [])),
  }
}

function usageOf(row: AttemptRow): Usage {
  return {
    inputUncached: row.input_uncached,
    cacheRead: row.cache_read,
    cacheWrite5m: row.cache_write_5m,
    cacheWrite1h: row.cache_write_1h,
    output: row.output_text,
    reasoning: row.reasoning,
    audioInput: row.audio_input,
    audioOutput: row.audio_output,
    toolRequests: row.tool_requests,
  }
}

function explain(row: AttemptRow, priceRows: readonly PriceRow[]): PriceExplanation {
  return explainPrice(
    {
      provider: row.provider,
      model: row.model,
      serviceTier: row.service_tier,
      region: row.region,
      priceId: row.book_price_id,
      unpricedReason: row.book_reason,
      usage: usageOf(row),
      pricedCostUsd: row.book_cost,
    },
    priceRows,
  )
}

function buildAttempt(row: AttemptRow, priceRows: readonly PriceRow[]): ListedAttempt {
  return {
    attemptKey: row.attempt_key,
    attemptId: row.attempt_id,
    attempt: row.attempt_number,
    seq: row.seq,
    at: row.ts_ms,
    provider: row.provider,
    model: row.model,
    rawProvider: row.raw_provider,
    rawModel: row.raw_model,
    modelVersion: row.model_version,
    status: row.status,
    errorCode: row.error_code,
    fallbackReason: row.fallback_reason,
    serviceTier: row.service_tier === '' ? null : row.service_tier,
    region: row.region === '' ? null : row.region,
    latencyMs: row.latency_ms,
    timeToFirstTokenMs: row.time_to_first_token_ms,
    tokens: {
      inputUncached: row.input_uncached,
      cacheRead: row.cache_read,
      cacheWrite5m: row.cache_write_5m,
      cacheWrite1h: row.cache_write_1h,
      output: row.output_text,
      reasoning: row.reasoning,
      audioInput: row.audio_input,
      audioOutput: row.audio_output,
      unsplit: row.unsplit,
      toolRequests: row.tool_requests,
    },
    usageKnown: row.is_usage_known,
    costBasis: row.cost_basis,
    costUsd: row.cost,
    reportedCostUsd: row.reported_cost,
    pricedCostUsd: row.book_cost,
    price: explain(row, priceRows),
    isRetry: row.is_retry,
    isFallback: row.is_fallback,
    wasteKind: row.waste_kind,
    revision: row.revision,
  }
}

/** Workspaces may have different prices under one id: a discount of each. */
function refOfPrice(row: Pick<AttemptRow, 'workspace_id' | 'book_price_id'>): string {
  return `${row.workspace_id} ${row.book_price_id}`
}

/**
 * Price rows by {@link refOfPrice}: those assumed, the ones in force, and where these do not explain an attempt the
 * superseded ones too. This process may not have heard of the newest prices yet; they are looked up then.
 */
async function findPriceRows(
  rows: readonly AttemptRow[],
  assumedRows: readonly PriceRow[],
): Promise<Map<string, readonly PriceRow[]>> {
  const priced = rows.filter((row) => row.book_price_id !== '')
  const found = new Map<string, readonly PriceRow[]>()
  const lookUp = (books: PriceBooks, among: readonly AttemptRow[]): AttemptRow[] =>
    among.filter((row) => {
      const inForce = books.indexOf(row.workspace_id).rowsOf(row.provider, row.model)
      const named = [...assumedRows, ...inForce].filter(({ id }) => id === row.book_price_id)
      found.set(refOfPrice(row), named)
      return explain(row, named).kind === 'unexplained'
    })
  let unexplained = priced.length === 0 ? [] : lookUp(await currentPriceBooks(), priced)
  if (unexplained.length > 0) unexplained = lookUp((await refreshPrices()).books, unexplained)
  if (unexplained.length === 0) return found
  const stored = await findStoredPrices([...new Set(unexplained.map((row) => row.book_price_id))])
  const byRef = new Map(unexplained.map((row) => [refOfPrice(row), row]))
  for (const [ref, row] of byRef) {
    const superseded = stored.filter(({ id }) => id === row.book_price_id)
    found.set(ref, [...(found.get(ref) ?? []), ...superseded])
  }
  return found
}

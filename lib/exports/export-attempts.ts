import 'server-only'
import { z } from 'zod'
import { streamRows } from '@/db/clickhouse/client'
import type { CsvCell, CsvColumn } from '@/lib/exports/csv'
import type { CsvExport } from '@/lib/exports/export-rows'
import { createInstantFormatter } from '@/lib/exports/format-instant'
import { compileAttempts } from '@/lib/metrics/compile'
import type { Query } from '@/lib/metrics/query-schema'
import { displayKey, planQuery, type Scope } from '@/lib/metrics/run'
import { STREAM_SETTINGS } from '@/lib/metrics/stream'
import { trimDecimal } from '@/lib/money'

const text = z.string()
const count = z.string()
const decimal = z.string().nullable()
const milliseconds = z.number().nullable()
const instantMs = z.coerce.number()

const attemptRow = z.object({
  ts_ms: instantMs,
  external_request_id: text,
  attempt_id: text,
  attempt_number: z.number(),
  seq: z.number(),
  request_attempts: z.number(),
  provider: text,
  model: text,
  raw_provider: text,
  raw_model: text,
  endpoint: text,
  prompt_version: text,
  user_id: text,
  environment: text,
  data_mode: text,
  status: text,
  error_code: text,
  service_tier: text,
  region: text,
  api_key_id: z.number(),
  input_uncached: count,
  cache_read: count,
  cache_write_5m: count,
  cache_write_1h: count,
  output_text: count,
  reasoning: count,
  audio_input: count,
  audio_output: count,
  unsplit: count,
  tool_requests: count,
  latency_ms: milliseconds,
  time_to_first_token_ms: milliseconds,
  cost_basis: z.enum(['reported', 'priced', 'unpriced']),
  cost: decimal,
  reported_cost: decimal,
  priced_cost: decimal,
  price_id: text,
  unpriced_reason: text,
  is_retry: z.boolean(),
  is_fallback: z.boolean(),
  waste_kind: text,
  request_outcome: text,
  tags_json: text,
  received_ms: instantMs,
  revision: count,
})
type AttemptRow = z.output<typeof attemptRow>

type Column = CsvColumn & { value: (row: AttemptRow, show: Show) => CsvCell }
type Show = { instant: (ms: number) => string; apiKey: (id: number) => string | null }

const textColumn = (name: string, value: Column['value']): Column => ({ name, kind: 'text', value })
const numberColumn = (name: string, value: Column['value']): Column => ({ name, kind: 'number', value })
const named = (value: string): string | null => (value === '' ? null : value)
const money = (value: string | null): string | null => (value === null ? null : trimDecimal(value))

const COLUMNS: readonly Column[] = [
  textColumn('timestamp', (row, show) => show.instant(row.ts_ms)),
  textColumn('externalRequestId', (row) => row.external_request_id),
  textColumn('attemptId', (row) => named(row.attempt_id)),
  numberColumn('attempt', (row) => (row.attempt_number === 0 ? null : row.attempt_number)),
  numberColumn('seq', (row) => row.seq),
  numberColumn('requestAttempts', (row) => row.request_attempts),
  textColumn('provider', (row) => row.provider),
  textColumn('model', (row) => row.model),
  textColumn('rawProvider', (row) => row.raw_provider),
  textColumn('rawModel', (row) => row.raw_model),
  textColumn('endpoint', (row) => named(row.endpoint)),
  textColumn('promptVersion', (row) => named(row.prompt_version)),
  textColumn('user', (row) => named(row.user_id)),
  textColumn('environment', (row) => row.environment),
  textColumn('dataMode', (row) => row.data_mode),
  textColumn('status', (row) => row.status),
  textColumn('errorCode', (row) => named(row.error_code)),
  textColumn('serviceTier', (row) => named(row.service_tier)),
  textColumn('region', (row) => named(row.region)),
  textColumn('apiKey', (row, show) => show.apiKey(row.api_key_id)),
  numberColumn('uncachedInputTokens', (row) => row.input_uncached),
  numberColumn('cacheReadTokens', (row) => row.cache_read),
  numberColumn('cacheWrite5mTokens', (row) => row.cache_write_5m),
  numberColumn('cacheWrite1hTokens', (row) => row.cache_write_1h),
  numberColumn('outputTextTokens', (row) => row.output_text),
  numberColumn('reasoningTokens', (row) => row.reasoning),
  numberColumn('audioInputTokens', (row) => row.audio_input),
  numberColumn('audioOutputTokens', (row) => row.audio_output),
  numberColumn('unsplitTokens', (row) => row.unsplit),
  numberColumn('toolRequests', (row) => row.tool_requests),
  numberColumn('latencyMs', (row) => row.latency_ms),
  numberColumn('timeToFirstTokenMs', (row) => row.time_to_first_token_ms),
  textColumn('costBasis', (row) => row.cost_basis),
  numberColumn('costUsd', (row) => money(row.cost)),
  numberColumn('reportedCostUsd', (row) => money(row.reported_cost)),
  numberColumn('pricedCostUsd', (row) => money(row.priced_cost)),
  textColumn('priceId', (row) => named(row.price_id)),
  textColumn('unpricedReason', (row) => named(row.unpriced_reason)),
  textColumn('isRetry', (row) => row.is_retry),
  textColumn('isFallback', (row) => row.is_fallback),
  textColumn('wasteKind', (row) => row.waste_kind),
  textColumn('requestOutcome', (row) => row.request_outcome),
  textColumn('tags', (row) => (row.tags_json === '{}' ? null : row.tags_json)),
  textColumn('receivedAt', (row, show) => show.instant(row.received_ms)),
  numberColumn('revision', (row) => row.revision),
]

/** Names of the columns of an export of attempts. */
export const ATTEMPT_COLUMNS: readonly string[] = COLUMNS.map((column) => column.name)

/**
 * Every attempt of a question's range, scope and filters as a table, by time: one SELECT, one version of the data. The
 * sum of `costUsd` is the spend of the same question; it is empty where an attempt has no cost.
 * @throws AppError as `runQuery`, here and while the records are read.
 */
export function exportAttempts(query: Query, scope: Scope, now: Date, signal?: AbortSignal): CsvExport {
  const plan = planQuery(query, scope, now)
  const compiled = compileAttempts({ scope: plan.store, range: plan.current, filters: plan.filters })
  const { inRange, matching, cost, costBasis, params } = compiled
  const sql = `SELECT toString(toUnixTimestamp64Milli(ts)) AS ts_ms, external_request_id, attempt_id, attempt_number,
      seq, request_attempts, provider, model, raw_provider, raw_model, endpoint, prompt_version, user_id,
      environment, data_mode, status, error_code,
      service_tier, region, api_key_id, input_uncached, cache_read, cache_write_5m, cache_write_1h, output_text,
      reasoning, audio_input, audio_output, unsplit, tool_requests, latency_ms, time_to_first_token_ms,
      ${costBasis} AS cost_basis, ${cost} AS cost, reported_cost, priced_cost, price_id, unpriced_reason, is_retry, is_fallback,
      waste_kind, request_outcome, toJSONString(tags) AS tags_json,
      toString(toUnixTimestamp64Milli(received_at)) AS received_ms, revision
    FROM attempts WHERE ${inRange} AND ${matching} ORDER BY workspace_id, ts, attempt_key`
  const show: Show = {
    instant: createInstantFormatter(plan.calendar.timeZone),
    apiKey: (id) => displayKey('apiKey', String(id), scope),
  }
  async function* records(): AsyncGenerator<CsvCell[], void, undefined> {
    const rows = streamRows(attemptRow, sql, { params, settings: STREAM_SETTINGS, signal })
    for await (const row of rows) yield COLUMNS.map((column) => column.value(row, show))
  }
  return { columns: COLUMNS.map(({ name, kind }) => ({ name, kind })), records: records() }
}

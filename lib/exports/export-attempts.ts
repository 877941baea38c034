import 'server-only'
import { z } from 'zod'
import { streamTuples } from '@/db/clickhouse/client'
import type { CsvCell, CsvColumn } from '@/lib/exports/csv'
import type { CsvExport } from '@/lib/exports/export-rows'
import { createInstantFormatter } from '@/lib/exports/format-instant'
import { markScenario } from '@/lib/exports/mark-scenario'
import { compileAttempts } from '@/lib/metrics/compile-attempts'
import { displayKey, planQuery, type Scope } from '@/lib/metrics/plan'
import { pricePlan } from '@/lib/metrics/price-plan'
import type { Query } from '@/lib/metrics/query-schema'
import { STREAM_SETTINGS } from '@/lib/metrics/stream'

type Show = { instant: (ms: number) => string; received: (ms: number) => string; apiKey: (id: string) => string | null }

/** A column, the expression it is read by, and how its cell is parsed and shown. */
type Column = CsvColumn & { sql: string; read: (cell: unknown, show: Show) => CsvCell }

const text = z.string()
const flag = z.boolean()
const milliseconds = z.coerce.number()
/** Counts and Decimals as the store writes them: every digit, without trailing zeros. */
const digits = z.union([z.string(), z.number()]).nullable()

const textColumn = (name: string, sql: string): Column => ({
  name,
  kind: 'text',
  sql,
  read: (cell) => text.parse(cell),
})
/** Text that is empty where nothing was said. */
const namedColumn = (name: string, sql: string): Column => ({
  name,
  kind: 'text',
  sql,
  read: (cell) => text.parse(cell) || null,
})
const flagColumn = (name: string, sql: string): Column => ({
  name,
  kind: 'text',
  sql,
  read: (cell) => flag.parse(cell),
})
const numberColumn = (name: string, sql: string): Column => ({
  name,
  kind: 'number',
  sql,
  read: (cell) => digits.parse(cell),
})

const COLUMNS: readonly Column[] = [
  {
    name: 'timestamp',
    kind: 'text',
    sql: 'toUnixTimestamp64Milli(ts)',
    read: (cell, show) => show.instant(milliseconds.parse(cell)),
  },
  textColumn('externalRequestId', 'external_request_id'),
  namedColumn('attemptId', 'attempt_id'),
  numberColumn('attempt', 'nullIf(attempt_number, 0)'),
  numberColumn('seq', 'seq'),
  numberColumn('requestAttempts', 'request_attempts'),
  textColumn('provider', 'provider'),
  textColumn('model', 'model'),
  textColumn('rawProvider', 'raw_provider'),
  textColumn('rawModel', 'raw_model'),
  namedColumn('endpoint', 'endpoint'),
  namedColumn('promptVersion', 'prompt_version'),
  namedColumn('user', 'user_id'),
  textColumn('environment', 'environment'),
  textColumn('dataMode', 'data_mode'),
  textColumn('status', 'status'),
  namedColumn('errorCode', 'error_code'),
  namedColumn('serviceTier', 'service_tier'),
  namedColumn('region', 'region'),
  {
    name: 'apiKey',
    kind: 'text',
    sql: 'toString(api_key_id)',
    read: (cell, show) => show.apiKey(text.parse(cell)),
  },
  numberColumn('uncachedInputTokens', 'input_uncached'),
  numberColumn('cacheReadTokens', 'cache_read'),
  numberColumn('cacheWrite5mTokens', 'cache_write_5m'),
  numberColumn('cacheWrite1hTokens', 'cache_write_1h'),
  numberColumn('outputTextTokens', 'output_text'),
  numberColumn('reasoningTokens', 'reasoning'),
  numberColumn('audioInputTokens', 'audio_input'),
  numberColumn('audioOutputTokens', 'audio_output'),
  numberColumn('unsplitTokens', 'unsplit'),
  numberColumn('toolRequests', 'tool_requests'),
  numberColumn('latencyMs', 'latency_ms'),
  numberColumn('timeToFirstTokenMs', 'time_to_first_token_ms'),
  textColumn('costBasis', 'COST_BASIS'),
  numberColumn('costUsd', 'COST'),
  numberColumn('reportedCostUsd', 'reported_cost'),
  numberColumn('pricedCostUsd', 'PRICED_COST'),
  namedColumn('priceId', 'PRICE_ID'),
  namedColumn('unpricedReason', 'UNPRICED_REASON'),
  flagColumn('isRetry', 'is_retry'),
  flagColumn('isFallback', 'is_fallback'),
  textColumn('wasteKind', 'waste_kind'),
  textColumn('requestOutcome', 'request_outcome'),
  namedColumn('tags', `if(empty(tags), '', toJSONString(tags))`),
  {
    name: 'receivedAt',
    kind: 'text',
    sql: 'toUnixTimestamp64Milli(received_at)',
    read: (cell, show) => show.received(milliseconds.parse(cell)),
  },
  numberColumn('revision', 'revision'),
]

const attemptRow = z.array(z.unknown()).length(COLUMNS.length)

/** The digits of a Decimal as the ledger has them, without zeros at its end. */
const ATTEMPT_SETTINGS = { ...STREAM_SETTINGS, output_format_decimal_trailing_zeros: 0 } as const

/** Names of the columns of an export of attempts. */
export const ATTEMPT_COLUMNS: readonly string[] = COLUMNS.map((column) => column.name)

/**
 * Every attempt of a question's range, scope and filters as a table, by time: one SELECT, one version of the data. The
 * sum of `costUsd` is the spend of the same question; it is empty where an attempt has no cost. Under a scenario the first
 * column says its name, and what a route moved has no name that was sent.
 * @throws AppError as `runQuery`, here and while the records are read.
 */
export async function exportAttempts(query: Query, scope: Scope, now: Date, signal?: AbortSignal): Promise<CsvExport> {
  const plan = await pricePlan(planQuery(query, scope, now))
  const { source, inRange, matching, cost, costBasis, priced, params } = compileAttempts({
    scope: plan.store,
    range: plan.current,
    filters: plan.filters,
    priceChanges: plan.priceChanges,
    routes: plan.routes,
  })
  const byPrices = new Map([
    ['COST', cost],
    ['COST_BASIS', costBasis],
    ['PRICED_COST', priced.pricedCost],
    ['PRICE_ID', priced.priceId],
    ['UNPRICED_REASON', priced.unpricedReason],
  ])
  const expressions = COLUMNS.map(({ sql }) => byPrices.get(sql) ?? sql)
  const sql = `SELECT ${expressions.join(', ')}
    FROM ${source} WHERE ${inRange} AND ${matching} ORDER BY workspace_id, ts, attempt_key`
  const { timeZone } = plan.calendar
  const show: Show = {
    // Each remembers the offset of its last instant, and the two times of an attempt may lie far apart.
    instant: createInstantFormatter(timeZone),
    received: createInstantFormatter(timeZone),
    apiKey: (id) => displayKey('apiKey', id, scope),
  }
  async function* records(): AsyncGenerator<CsvCell[], void, undefined> {
    const rows = streamTuples(attemptRow, sql, { params, settings: ATTEMPT_SETTINGS, signal })
    for await (const row of rows) yield COLUMNS.map((column, index) => column.read(row[index], show))
  }
  const table = { columns: COLUMNS.map(({ name, kind }) => ({ name, kind })), records: records() }
  return plan.under ? markScenario(table, plan.under.name) : table
}

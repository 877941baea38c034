import {
  BLOCK,
  DAY_MS,
  DAYS,
  ENDPOINTS,
  FALLBACK_STEP,
  FALLBACKS_PER_BLOCK,
  FEATURES,
  MODELS,
  PROMPT_VERSIONS,
  PROMPTS_PER_ENDPOINT,
  REQUESTS_PER_BLOCK,
  RETRIES_PER_BLOCK,
  TEAMS,
  UNKNOWN_MODELS,
  USERS,
  WORKSPACE_SLUGS,
} from '@/bench/world'
import { packClassSql } from '@/db/clickhouse/pack-class-sql'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import type { PriceIndex } from '@/lib/pricing/price-book'
import { fillUnitPrices } from '@/lib/pricing/price-usage'

/** Name and structure of the table of models that {@link generateAttemptsSql} reads. */
export const MODELS_TABLE = {
  name: 'bench_models',
  structure: `model_number UInt8, model_provider String, model_name String, is_known Bool, price_id String,
    input_price Decimal(38, 18), cache_read_price Decimal(38, 18), cache_write_price Decimal(38, 18),
    output_price Decimal(38, 18), reasoning_price Decimal(38, 18)`,
}

/**
 * Rows of {@link MODELS_TABLE}.
 * @throws Error when a model is not priced by one row whatever the time and the size of the attempt, or is renamed.
 */
export function listModelRows(index: PriceIndex): Record<string, unknown>[] {
  const known = MODELS.map(({ provider, model }) => {
    const [row, ...others] = index.rowsOf(provider, model)
    const names = normaliseModel(provider, model)
    const isPlain = row && others.length === 0 && row.region === null && row.dailyFrom === null
    if (
      !row ||
      !isPlain ||
      row.effectiveFrom ||
      row.effectiveTo ||
      names.provider !== provider ||
      names.model !== model
    ) {
      throw new Error(`${provider} ${model} is not priced by one row: choose another model for the benchmark`)
    }
    const units = fillUnitPrices(row.unitPrices)
    return {
      model_provider: provider,
      model_name: model,
      is_known: true,
      price_id: row.id,
      input_price: units.inputUncached ?? '0',
      cache_read_price: units.cacheRead ?? '0',
      cache_write_price: units.cacheWrite5m ?? '0',
      output_price: units.output ?? '0',
      reasoning_price: units.reasoning ?? '0',
    }
  })
  const unknown = UNKNOWN_MODELS.map(({ provider, model }) => {
    if (index.isKnownModel(provider, model))
      throw new Error(`${provider} ${model} has a price now: choose another name`)
    const noPrice = { input_price: '0', cache_read_price: '0', cache_write_price: '0', output_price: '0' }
    return {
      model_provider: provider,
      model_name: model,
      is_known: false,
      price_id: '',
      ...noPrice,
      reasoning_price: '0',
    }
  })
  return [...known, ...unknown].map((row, at) => ({ model_number: at + 1, ...row }))
}

/** Which attempts a day has, by number: [from, to), in whole blocks, so that the attempts of a request share a day. */
export function attemptsOfDay(attempts: number, day: number): { from: number; to: number } {
  const blocks = attempts / BLOCK
  const start = (at: number) => Math.ceil((at * blocks) / DAYS) * BLOCK
  return { from: start(day), to: start(day + 1) }
}

/** Within what of a day its requests begin, and how long the second attempt of one may come after the first. */
const DAY_LENGTH_MS = 86_000_000
const MAX_SPREAD_MS = 20_500

/**
 * INSERT … SELECT of the attempts [from, to) of `attempts` in all, ending with the UTC day that begins at `lastDayMs`, and
 * on it before `endMs`.
 * Everything is drawn from hashes of an attempt's number, so equal arguments give equal rows, byte by byte, however the
 * whole is divided. A block of 100 attempts is 90 single ones, 3 that are repeated and 2 that fall back.
 */
export function generateAttemptsSql(options: {
  attempts: number
  from: number
  to: number
  lastDayMs: number
  endMs: number
  workspaces: readonly { readonly id: number; readonly apiKeyId: number }[]
}): string {
  const { attempts, from, to, lastDayMs, endMs, workspaces } = options
  if (workspaces.length !== WORKSPACE_SLUGS.length) throw new Error('the workspaces are not those of the benchmark')
  const firstDayMs = lastDayMs - (DAYS - 1) * DAY_MS
  const lastDayLengthMs = Math.min(DAY_LENGTH_MS, Math.max(1, endMs - lastDayMs - MAX_SPREAD_MS))
  const retriesFrom = BLOCK - 2 * (RETRIES_PER_BLOCK + FALLBACKS_PER_BLOCK)
  const fallbacksFrom = BLOCK - 2 * FALLBACKS_PER_BLOCK
  return `INSERT INTO attempts (${COLUMNS.map(([name]) => name).join(', ')})
WITH
  numbered AS (
    SELECT number AS n, intDiv(number, ${BLOCK}) AS block, number % ${BLOCK} AS place,
      place >= ${retriesFrom} AS has_two, place >= ${fallbacksFrom} AS falls_back,
      if(has_two, 1 + (place - ${retriesFrom}) % 2, 1) AS seq, if(has_two, 2, 1) AS count,
      block * ${REQUESTS_PER_BLOCK} + if(has_two, ${retriesFrom} + intDiv(place - ${retriesFrom}, 2), place) AS request,
      sipHash64('farthing bench', request) AS seed
    FROM numbers(${from}, ${to - from})
  ),
  drawn AS (
    SELECT *,
      if(${uniform(1)} < 1 / 3, 0, 1 + toUInt8(floor(${uniform(2)} * ${WORKSPACE_SLUGS.length - 1}))) AS workspace,
      toInt64(intDiv(block * ${DAYS}, ${attempts / BLOCK})) AS day,
      toInt64(${firstDayMs}) + day * ${DAY_MS} + toInt64(floor((${uniform(3)} + ${uniform(4)}) / 2
        * if(day = ${DAYS - 1}, ${lastDayLengthMs}, ${DAY_LENGTH_MS}))) AS first_ms,
      toUInt8(floor(${MODELS.length} * pow(${uniform(5)}, 1.7))) AS chosen,
      (chosen + ${FALLBACK_STEP}) % ${MODELS.length} AS other,
      toUInt32(floor(${ENDPOINTS} * pow(${uniform(6)}, 1.6))) AS endpoint_number,
      (intDiv(endpoint_number * ${PROMPT_VERSIONS}, ${ENDPOINTS}) + toUInt32(floor(${PROMPTS_PER_ENDPOINT} * pow(${uniform(7)}, 1.5)))) % ${PROMPT_VERSIONS} AS prompt_number,
      toUInt32(floor(pow(${USERS + 1}, ${uniform(8)}))) AS user_number,
      multiIf(${uniform(9)} < 0.95, 'prod', ${uniform(9)} < 0.99, 'staging', 'dev') AS environment,
      ${uniform(10)} < if(has_two, 0.1, 0.02) AS is_failed,
      if(seq < count OR is_failed, [${FAILURES}][1 + toUInt8(floor(4 * ${uniform('20 + seq')}))], 'success') AS status,
      multiIf(place = 0, ${MODELS.length} + 1 + chosen % ${UNKNOWN_MODELS.length}, falls_back AND seq = 2, other + 1, chosen + 1) AS model_number,
      first_ms + if(seq = 2, 500 + toInt64(floor(${uniform(11)} * ${MAX_SPREAD_MS - 500})), 0) AS ts_ms,
      toUInt64(least(120000., round(900 * exp(0.9 * ${normal('30')})))) AS input_total,
      toUInt64(least(16000., round(220 * exp(0.8 * ${normal('40 + seq')})))) AS output_total,
      ${uniform(50)} AS cache_use
    FROM numbered
  ),
  billed AS (
    SELECT *, [${workspaces.map(({ id }) => id).join(', ')}][workspace + 1] AS workspace_id,
      [${workspaces.map(({ apiKeyId }) => apiKeyId).join(', ')}][workspace + 1] AS api_key_id,
      status IN ('success', 'timeout', 'canceled') AS is_billed,
      if(is_billed AND cache_use < 0.35, intDiv(input_total * 3, 5), 0) AS cache_read,
      if(is_billed AND cache_use >= 0.35 AND cache_use < 0.4, intDiv(input_total, 2), 0) AS cache_write_5m,
      if(is_billed, input_total - cache_read - cache_write_5m, 0) AS input_uncached,
      if(is_billed, output_total, 0) AS output_billed,
      if(chosen % 4 = 0, intDiv(output_billed * 2, 5), 0) AS reasoning,
      multiIf(status = 'success', 350 * exp(0.35 * ${normal('60 + seq')}) + output_billed * (5 + model_number % 9),
        status = 'timeout', 30000., 120 + 2600 * ${uniform('80 + seq')}) AS latency,
      if(is_failed, 'failed', 'success') AS request_outcome,
      least(ts_ms + toInt64(round(latency)) + 1000, ${endMs}) AS received_ms,
      sipHash64('content', seed, seq) AS content_hash
    FROM drawn
  )
SELECT ${COLUMNS.map(([name, expression]) => `${expression} AS ${name}_`).join(',\n  ')}
FROM billed
INNER JOIN ${MODELS_TABLE.name} AS models ON models.model_number = billed.model_number
INNER JOIN ${MODELS_TABLE.name} AS earlier ON earlier.model_number = chosen + 1
INNER JOIN ${MODELS_TABLE.name} AS later ON later.model_number = other + 1`
}

const PROVIDER_CHANGES = '(falls_back AND earlier.model_provider != later.model_provider)'
const MODEL_CHANGES = '(falls_back AND earlier.model_name != later.model_name)'
const FAILURES = "'error', 'timeout', 'rate_limited', 'canceled'"

/** Columns of `attempts` and what fills them; the rest keep their defaults. */
const COLUMNS: readonly (readonly [column: string, expression: string])[] = [
  ['workspace_id', 'workspace_id'],
  ['ts', 'fromUnixTimestamp64Milli(ts_ms)'],
  ['attempt_key', "sipHash64('attempt', seed, seq)"],
  ['request_key', "sipHash64('request', seed)"],
  ['data_mode', "'real'"],
  ['environment', 'environment'],
  ['external_request_id', "lower(hex(sipHash128('id', seed)))"],
  ['attempt_id', "lower(leftPad(hex(sipHash64('span', seed, seq)), 16, '0'))"],
  ['attempt_number', 'seq'],
  ['raw_provider', 'models.model_provider'],
  ['raw_model', 'models.model_name'],
  ['provider', 'models.model_provider'],
  ['model', 'models.model_name'],
  ['endpoint', "concat('endpoint-', toString(endpoint_number + 1))"],
  ['prompt_version', "concat('prompt-', toString(prompt_number + 1))"],
  ['user_id', "concat('u_', lower(leftPad(hex(sipHash64('user', user_number)), 16, '0')))"],
  ['api_key_id', 'api_key_id'],
  ['service_tier', "'standard'"],
  ['status', 'status'],
  ['error_code', "if(status = 'success', '', concat(status, '_code'))"],
  ['fallback_reason', "if(falls_back AND seq = 2, 'provider_failed', '')"],
  [
    'tags',
    `map('team', concat('team-', toString(endpoint_number % ${TEAMS})), 'feature', concat('feature-', toString(toUInt8(floor(${FEATURES} * ${uniform(12)})))))`,
  ],
  ['usage_known', 'true'],
  ['input_uncached', 'input_uncached'],
  ['cache_read', 'cache_read'],
  ['cache_write_5m', 'cache_write_5m'],
  ['output_text', 'output_billed - reasoning'],
  ['reasoning', 'reasoning'],
  ['latency_ms', 'round(latency)'],
  ['time_to_first_token_ms', "if(status = 'success', round(latency * 0.3), NULL)"],
  ['model_known', 'models.is_known'],
  [
    'priced_cost',
    `if(models.is_known, models.input_price * input_uncached + models.cache_read_price * cache_read
    + models.cache_write_price * cache_write_5m + models.output_price * (output_billed - reasoning)
    + models.reasoning_price * reasoning, NULL)`,
  ],
  ['price_id', 'models.price_id'],
  ['unpriced_reason', "if(models.is_known, '', 'unknown_model')"],
  ['request_attempts', 'count'],
  ['seq', 'seq'],
  ['since_first_ms', 'ts_ms - first_ms'],
  ['until_last_ms', `if(seq < count, 500 + toInt64(floor(${uniform(11)} * 20000)), 0)`],
  [
    'flags',
    packClassSql({
      is_last: 'seq = count',
      is_retry: 'seq = 2 AND NOT falls_back',
      is_fallback: 'seq = 2 AND falls_back',
      request_fallback: 'falls_back',
      request_outcome: 'request_outcome',
      waste_kind: "multiIf(is_failed, 'failed_request', seq = count, 'none', falls_back, 'fallback', 'retry')",
      next_is_fallback: 'seq < count AND falls_back',
      next_provider_differs: `seq < count AND ${PROVIDER_CHANGES}`,
      next_model_differs: `seq < count AND ${MODEL_CHANGES}`,
      ...groupColumns('provider', PROVIDER_CHANGES),
      ...groupColumns('model', MODEL_CHANGES),
      ...groupColumns('deployment', 'falls_back'),
    }),
  ],
  ['revision', '1'],
  ['content_rest', 'bitAnd(bitShiftRight(content_hash, 32), 65535)'],
  [
    'version',
    `bitOr(bitShiftLeft(bitOr(bitOr(bitShiftLeft(toUInt128(1), 59),
    bitShiftLeft(toUInt128(8796093022207 - (received_ms - 1577836800000)), 16)),
    toUInt128(65535 - bitShiftRight(content_hash, 48))), 16), toUInt128(count))`,
  ],
  ['is_deleted', '0'],
]

/** Where a provider, model or deployment was first tried, how the request ended there and whether it was left. */
function groupColumns(group: string, changes: string): Record<string, string> {
  const isFirst = `(seq = 1 OR ${changes})`
  return {
    [`first_of_${group}`]: isFirst,
    [`outcome_at_${group}`]: `if(${isFirst} AND (seq = count OR NOT ${changes}), request_outcome, 'elsewhere')`,
    [`left_${group}`]: `seq < count AND ${changes}`,
  }
}

/** A number in [0, 1), drawn for the request (or, with `seq` in its salt, for the attempt). */
function uniform(salt: number | string): string {
  return `(sipHash64(seed, ${salt}) / 18446744073709551616.)`
}

function normal(salt: string): string {
  return `(sqrt(-2 * log(1 - ${uniform(salt)})) * cos(2 * pi() * ${uniform(`${salt} + 5`)}))`
}

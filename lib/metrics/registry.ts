import { quantileSql } from '@/lib/metrics/histogram'
import { divideDecimals, multiplyDecimals } from '@/lib/money'

/**
 * The registry: what can be asked. An *atom* is one aggregate over the rows of `attempts`; a *measure* is a quotient or a
 * pick of atoms, computed after aggregation, so that a total never depends on how it was grouped. A new measure is one
 * entry here and its test.
 */

/** How an atom is summed. `request` atoms count requests and depend on the row's lens, see compile.ts. */
type AtomKind = 'attempt' | 'request' | 'state'

export type Atom = {
  /** `attempt`: additive over attempts. `request`: see {@link REQUEST_ATOMS}. `state`: one value per group, not additive. */
  kind: AtomKind
  /**
   * ClickHouse aggregate over `attempts`; `COST` stands for the attempt's cost by the workspace's preference, `MODEL_KNOWN`
   * for whether its model has a price, both by the prices now in force.
   */
  sql: string
  /** No rollup has it: always read from the attempts. */
  rawOnly?: true
  /** Rollups do not keep it, but these columns of which it is the sum. */
  sumOf?: readonly string[]
  /** Of a quantile: which duration and where in it. */
  quantile?: { of: Duration; level: number }
}

/** The durations of which histograms are kept. */
export const DURATIONS = { latency: 'latency_ms', timeToFirstToken: 'time_to_first_token_ms' } as const

export type Duration = keyof typeof DURATIONS

const FAILED_STATUS = `status IN ('error', 'timeout', 'rate_limited', 'canceled')`
const INPUT_TOKENS = 'input_uncached + cache_read + cache_write_5m + cache_write_1h + audio_input'
/** Columns of rollups that the input tokens are kept in. */
const INPUT_COLUMNS = ['uncachedInputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'audioInputTokens']
const OUTPUT_TOKENS = 'output_text + reasoning + audio_output'
/** ClickHouse expression over `attempts`: the tokens of an attempt. */
export const ALL_TOKENS = `${INPUT_TOKENS} + ${OUTPUT_TOKENS} + unsplit`

/** The first attempt of a request that flags can count. */
const OVERALL = 'seq = 1 AND NOT mixed'

const quantile = (level: number, of: Duration) => ({
  kind: 'state' as const,
  sql: quantileSql(level, DURATIONS[of]),
  quantile: { of, level },
})

/** Of the attempts that report their usage; null where none does. */
const tokensP95 = (tokens: string) =>
  `if(countIf(usage_known) = 0, NULL, quantileExactHighIf(0.95)(toUInt64(${tokens}), usage_known))`

export const ATOMS = {
  attempts: { kind: 'attempt', sql: 'count()' },
  spend: { kind: 'attempt', sql: 'sum(COST)' },
  coveredAttempts: { kind: 'attempt', sql: 'countIf(COST IS NOT NULL)' },
  unpricedTokens: { kind: 'attempt', sql: `sumIf(${ALL_TOKENS}, COST IS NULL)` },
  unknownModelAttempts: { kind: 'attempt', sql: 'countIf(NOT MODEL_KNOWN)' },
  inputTokens: { kind: 'attempt', sumOf: INPUT_COLUMNS, sql: `sum(${INPUT_TOKENS})` },
  uncachedInputTokens: { kind: 'attempt', sql: 'sum(input_uncached)' },
  cacheReadTokens: { kind: 'attempt', sql: 'sum(cache_read)' },
  cacheWriteTokens: { kind: 'attempt', sql: 'sum(cache_write_5m + cache_write_1h)' },
  cacheWrite1hTokens: { kind: 'attempt', sql: 'sum(cache_write_1h)' },
  outputTokens: { kind: 'attempt', sql: `sum(${OUTPUT_TOKENS})` },
  reasoningTokens: { kind: 'attempt', sql: 'sum(reasoning)' },
  audioInputTokens: { kind: 'attempt', sql: 'sum(audio_input)' },
  audioOutputTokens: { kind: 'attempt', sql: 'sum(audio_output)' },
  totalTokens: {
    kind: 'attempt',
    sumOf: [...INPUT_COLUMNS, 'outputTokens', 'unsplitTokens'],
    sql: `sum(${ALL_TOKENS})`,
  },
  toolRequests: { kind: 'attempt', sql: 'sum(tool_requests)' },
  retries: { kind: 'attempt', sql: 'countIf(is_retry)' },
  failedAttempts: { kind: 'attempt', sql: `countIf(${FAILED_STATUS})` },
  wastedAttempts: { kind: 'attempt', sql: `countIf(waste_kind != 'none')` },
  waste: { kind: 'attempt', sql: `sumIf(COST, waste_kind != 'none')` },
  retryWastedAttempts: { kind: 'attempt', sql: `countIf(waste_kind = 'retry')` },
  wasteRetry: { kind: 'attempt', sql: `sumIf(COST, waste_kind = 'retry')` },
  fallbackWastedAttempts: { kind: 'attempt', sql: `countIf(waste_kind = 'fallback')` },
  wasteFallback: { kind: 'attempt', sql: `sumIf(COST, waste_kind = 'fallback')` },
  failedRequestWastedAttempts: { kind: 'attempt', sql: `countIf(waste_kind = 'failed_request')` },
  wasteFailedRequest: { kind: 'attempt', sql: `sumIf(COST, waste_kind = 'failed_request')` },
  requests: { kind: 'request', sql: 'requests' },
  failedRequests: { kind: 'request', sql: 'failedRequests' },
  successfulRequests: { kind: 'request', sql: 'successfulRequests' },
  fallbackRequests: { kind: 'request', sql: 'fallbackRequests' },
  // The same four as seen from the whole request, whatever the row is of: rows that split requests add up to totals by them.
  overallRequests: { kind: 'attempt', sumOf: ['requests'], sql: `countIf(${OVERALL})` },
  overallFailedRequests: {
    kind: 'attempt',
    sumOf: ['failedRequests'],
    sql: `countIf(${OVERALL} AND request_outcome = 'failed')`,
  },
  overallSuccessfulRequests: {
    kind: 'attempt',
    sumOf: ['successfulRequests'],
    sql: `countIf(${OVERALL} AND request_outcome = 'success')`,
  },
  overallFallbackRequests: {
    kind: 'attempt',
    sumOf: ['fallbackRequests'],
    sql: `countIf(${OVERALL} AND request_fallback)`,
  },
  latencyP50: quantile(0.5, 'latency'),
  latencyP95: quantile(0.95, 'latency'),
  latencyP99: quantile(0.99, 'latency'),
  timeToFirstTokenP95: quantile(0.95, 'timeToFirstToken'),
  users: { kind: 'state', sql: `uniqExactIf((workspace_id, user_id), user_id != '')` },
  unpricedInputTokens: { kind: 'state', rawOnly: true, sql: `sumIf(${INPUT_TOKENS}, COST IS NULL)` },
  unpricedOutputTokens: { kind: 'state', rawOnly: true, sql: `sumIf(${OUTPUT_TOKENS}, COST IS NULL)` },
  unknownUsageAttempts: {
    kind: 'state',
    rawOnly: true,
    sql: 'countIf(NOT usage_known AND unsplit = 0 AND COST IS NULL)',
  },
  // Whole microseconds are added, so that the order of attempts changes no digit; doubles would.
  busyMicroseconds: { kind: 'state', rawOnly: true, sql: 'sum(toUInt64(round(ifNull(latency_ms, 0) * 1000)))' },
  untimedAttempts: { kind: 'state', rawOnly: true, sql: 'countIf(latency_ms IS NULL)' },
  inputTokensP95: { kind: 'state', rawOnly: true, sql: tokensP95(INPUT_TOKENS) },
  outputTokensP95: { kind: 'state', rawOnly: true, sql: tokensP95(OUTPUT_TOKENS) },
} as const satisfies Record<string, Atom>

export type AtomName = keyof typeof ATOMS

/** Atoms that count requests as a row sees them, and those that count them as a whole. */
export const OVERALL_ATOMS = [
  ['requests', 'overallRequests'],
  ['failedRequests', 'overallFailedRequests'],
  ['successfulRequests', 'overallSuccessfulRequests'],
  ['fallbackRequests', 'overallFallbackRequests'],
] as const satisfies readonly (readonly [AtomName, AtomName])[]

export const ATOM_NAMES = Object.keys(ATOMS).filter((name): name is AtomName => name in ATOMS)

/** Values of one group: decimal strings, integers as strings, milliseconds as numbers; null = nothing to say. */
export type AtomValues = Readonly<Partial<Record<AtomName, string | null>>>

export type MeasureUnit =
  | 'money'
  | 'count'
  | 'tokens'
  | 'tokensPerRequest'
  | 'ratio'
  | 'factor'
  | 'milliseconds'
  /** A sum of durations: a decimal string of milliseconds. */
  | 'totalMilliseconds'
  | 'moneyPerMillionTokens'

export type Measure = {
  label: string
  unit: MeasureUnit
  /** What it means, with its numerator and denominator, as shown on hover. */
  definition: string
  /** Additive measures are 0 where nothing happened; the others leave a gap. */
  additive: boolean
  /** Which direction is good news; null where neither is. */
  better: 'lower' | 'higher' | null
  atoms: readonly AtomName[]
  compute: (atoms: AtomValues) => string | null
  /** ClickHouse expression over atom aliases, for ranking only. */
  orderSql: string
}

const value = (atoms: AtomValues, name: AtomName): string | null => atoms[name] ?? null

const pick = (
  label: string,
  unit: MeasureUnit,
  definition: string,
  atom: AtomName,
  better: Measure['better'] = null,
): Measure => ({
  label,
  unit,
  definition,
  additive: ATOMS[atom].kind !== 'state',
  better,
  atoms: [atom],
  compute: (atoms) => value(atoms, atom),
  orderSql: atom,
})

const quotient = (
  label: string,
  unit: MeasureUnit,
  definition: string,
  numerator: AtomName,
  denominator: AtomName,
  better: Measure['better'] = 'lower',
): Measure => ({
  label,
  unit,
  definition,
  additive: false,
  better,
  atoms: [numerator, denominator],
  compute: (atoms) => divideDecimals(value(atoms, numerator), value(atoms, denominator)),
  orderSql: `toFloat64(${numerator}) / nullIf(toFloat64(${denominator}), 0)`,
})

/** Money of some attempts: 0 where there are none, null where there are some and none of them has a cost. */
const money = (
  label: string,
  definition: string,
  atom: AtomName,
  of: AtomName,
  better: Measure['better'] = 'lower',
): Measure => ({
  label,
  unit: 'money',
  definition,
  additive: true,
  better,
  atoms: [atom, of],
  compute: (atoms) => value(atoms, atom) ?? (value(atoms, of) === '0' ? '0' : null),
  orderSql: atom,
})

const MEASURES = {
  spend: money(
    'Spend',
    'Cost of all attempts: reported by the provider where it was, else tokens × the price in force at that instant. Usage without a price is not in it and is said beside it.',
    'spend',
    'attempts',
    null,
  ),
  requests: pick(
    'Requests',
    'count',
    'Requests by externalRequestId. All attempts of one request count once, in the bucket of the first.',
    'requests',
  ),
  attempts: pick('Attempts', 'count', 'Calls to a provider, each of which may be billed.', 'attempts'),
  costPerRequest: quotient(
    'Cost per request',
    'money',
    'Cost of all attempts ÷ requests. Failed and repeated attempts are included.',
    'spend',
    'requests',
  ),
  costPerSuccess: quotient(
    'Cost per success',
    'money',
    'Cost of all attempts ÷ requests whose last attempt succeeded.',
    'spend',
    'successfulRequests',
  ),
  costPerMillionTokens: {
    label: 'Cost per 1M tokens',
    unit: 'moneyPerMillionTokens',
    definition: 'Cost of all attempts ÷ all their tokens × 1,000,000.',
    additive: false,
    better: 'lower',
    atoms: ['spend', 'totalTokens'],
    compute: (atoms) => {
      const perToken = divideDecimals(
        atoms.spend === null || atoms.spend === undefined ? null : multiplyDecimals(atoms.spend, '1000000'),
        value(atoms, 'totalTokens'),
      )
      return perToken
    },
    orderSql: 'toFloat64(spend) / nullIf(toFloat64(totalTokens), 0)',
  },
  inputTokens: pick('Input tokens', 'tokens', 'All input tokens, cached and audio ones included.', 'inputTokens'),
  uncachedInputTokens: pick(
    'Uncached input',
    'tokens',
    'Input tokens that were neither read from nor written to a cache.',
    'uncachedInputTokens',
  ),
  cacheReadTokens: pick(
    'Cache reads',
    'tokens',
    'Input tokens read from the provider’s prompt cache.',
    'cacheReadTokens',
  ),
  cacheWriteTokens: pick(
    'Cache writes',
    'tokens',
    'Input tokens written to the provider’s prompt cache, 5-minute and 1-hour together.',
    'cacheWriteTokens',
  ),
  cacheWrite1hTokens: pick(
    'Cache writes (1 h)',
    'tokens',
    'Of the cache writes, those kept for one hour.',
    'cacheWrite1hTokens',
  ),
  outputTokens: pick('Output tokens', 'tokens', 'All output tokens, reasoning and audio included.', 'outputTokens'),
  reasoningTokens: pick(
    'Reasoning tokens',
    'tokens',
    'Of the output tokens, those spent on reasoning.',
    'reasoningTokens',
  ),
  audioInputTokens: pick('Audio input', 'tokens', 'Of the input tokens, audio.', 'audioInputTokens'),
  audioOutputTokens: pick('Audio output', 'tokens', 'Of the output tokens, audio.', 'audioOutputTokens'),
  inputTokensPerRequest: quotient(
    'Input per request',
    'tokensPerRequest',
    'Input tokens of all attempts ÷ requests.',
    'inputTokens',
    'requests',
    null,
  ),
  outputTokensPerRequest: quotient(
    'Output per request',
    'tokensPerRequest',
    'Output tokens of all attempts ÷ requests.',
    'outputTokens',
    'requests',
    null,
  ),
  totalTokens: pick('Tokens', 'tokens', 'Input + output tokens, and totals that came without parts.', 'totalTokens'),
  toolRequests: pick('Tool requests', 'count', 'Provider-side tool calls, such as web searches.', 'toolRequests'),
  retries: pick(
    'Retries',
    'count',
    'Later attempts of a request on the provider and model of the attempt before.',
    'retries',
    'lower',
  ),
  retryRatio: quotient('Retry ratio', 'ratio', 'Retries ÷ attempts.', 'retries', 'attempts'),
  fallbackRequests: pick(
    'Fallback requests',
    'count',
    'Requests with at least one attempt on another provider or model than the attempt before.',
    'fallbackRequests',
    'lower',
  ),
  fallbackRatio: quotient(
    'Fallback ratio',
    'ratio',
    'Requests with at least one fallback ÷ requests. Of a provider or model: requests tried there whose next attempt went elsewhere ÷ requests tried there.',
    'fallbackRequests',
    'requests',
  ),
  amplification: quotient('Amplification', 'factor', 'Attempts ÷ requests.', 'attempts', 'requests'),
  failedRequests: pick('Failed requests', 'count', 'Requests whose last attempt failed.', 'failedRequests', 'lower'),
  successfulRequests: pick(
    'Successful requests',
    'count',
    'Requests whose last attempt succeeded.',
    'successfulRequests',
    'higher',
  ),
  errorRatio: quotient(
    'Error ratio',
    'ratio',
    'Requests whose last attempt failed ÷ requests.',
    'failedRequests',
    'requests',
  ),
  attemptErrorRatio: quotient(
    'Attempt error ratio',
    'ratio',
    'Failed attempts ÷ attempts.',
    'failedAttempts',
    'attempts',
  ),
  waste: money(
    'Waste',
    'Cost of attempts other than the one that succeeded last: repeated, fallen back from, or of a request that failed.',
    'waste',
    'wastedAttempts',
  ),
  wasteRetry: money('Waste by retry', 'Cost of attempts that a retry replaced.', 'wasteRetry', 'retryWastedAttempts'),
  wasteFallback: money(
    'Waste by fallback',
    'Cost of attempts that a fallback replaced.',
    'wasteFallback',
    'fallbackWastedAttempts',
  ),
  wasteFailedRequest: money(
    'Waste by failed requests',
    'Cost of attempts of requests that failed.',
    'wasteFailedRequest',
    'failedRequestWastedAttempts',
  ),
  latencyP50: pick(
    'Latency p50',
    'milliseconds',
    'Median latency of attempts that report one, within ±2.5 %.',
    'latencyP50',
    'lower',
  ),
  latencyP95: pick(
    'Latency p95',
    'milliseconds',
    '95th percentile of the latency of attempts that report one, within ±2.5 %.',
    'latencyP95',
    'lower',
  ),
  latencyP99: pick(
    'Latency p99',
    'milliseconds',
    '99th percentile of the latency of attempts that report one, within ±2.5 %.',
    'latencyP99',
    'lower',
  ),
  timeToFirstTokenP95: pick(
    'Time to first token p95',
    'milliseconds',
    '95th percentile of the time to the first token of attempts that report one, within ±2.5 %.',
    'timeToFirstTokenP95',
    'lower',
  ),
  busyTime: {
    label: 'Busy time',
    unit: 'totalMilliseconds',
    definition:
      'Sum of the latencies of all attempts in milliseconds, each taken to the whole microsecond. Attempts without a latency count 0; untimedAttempts says how many.',
    additive: true,
    better: null,
    atoms: ['busyMicroseconds'],
    compute: (atoms) => multiplyDecimals(atoms.busyMicroseconds ?? '0', '0.001'),
    orderSql: 'busyMicroseconds',
  },
  untimedAttempts: {
    ...pick('Attempts without latency', 'count', 'Attempts that report no latency.', 'untimedAttempts', 'lower'),
    additive: true,
    compute: (atoms) => atoms.untimedAttempts ?? '0',
  },
  unknownModelRatio: quotient(
    'Unknown-model ratio',
    'ratio',
    'Attempts whose model has no price ÷ attempts.',
    'unknownModelAttempts',
    'attempts',
  ),
  pricingCoverage: quotient(
    'Pricing coverage',
    'ratio',
    'Attempts with a cost, reported or priced ÷ attempts.',
    'coveredAttempts',
    'attempts',
    'higher',
  ),
  unpricedTokens: pick('Unpriced tokens', 'tokens', 'Tokens of attempts without any cost.', 'unpricedTokens', 'lower'),
  unpricedInputTokens: pick(
    'Unpriced input',
    'tokens',
    'Input tokens of attempts without any cost.',
    'unpricedInputTokens',
    'lower',
  ),
  unpricedOutputTokens: pick(
    'Unpriced output',
    'tokens',
    'Output tokens of attempts without any cost.',
    'unpricedOutputTokens',
    'lower',
  ),
  unknownUsageAttempts: pick(
    'Attempts of unknown usage',
    'count',
    'Attempts without any cost that do not say their tokens.',
    'unknownUsageAttempts',
    'lower',
  ),
  inputTokensP95: pick(
    'Input tokens p95',
    'tokens',
    '95th percentile of the input tokens of an attempt, exact.',
    'inputTokensP95',
  ),
  outputTokensP95: pick(
    'Output tokens p95',
    'tokens',
    '95th percentile of the output tokens of an attempt, exact.',
    'outputTokensP95',
  ),
  topNShare: {
    label: 'Share of spend',
    unit: 'ratio',
    definition: 'Of a row: its spend ÷ total spend. Of the total: spend of the rows shown by name ÷ total spend.',
    additive: false,
    better: null,
    atoms: ['spend'],
    // A share needs the total beside the row; run.ts fills it in.
    compute: () => null,
    orderSql: 'spend',
  },
  users: pick(
    'Active users',
    'count',
    'Distinct user hashes, counted exactly. Attempts without one are left out.',
    'users',
  ),
} as const satisfies Record<string, Measure>

export type MeasureName = keyof typeof MEASURES
export const MEASURE_NAMES = Object.keys(MEASURES).filter((name): name is MeasureName => name in MEASURES)

/** The registry's entry, as the general type. */
export function measureOf(name: MeasureName): Measure {
  return MEASURES[name]
}

export type Dimension = {
  label: string
  /** Attempts of one request may fall into several rows of it by its nature: the request then counts once in each. */
  level: 'request' | 'attempt'
  /** ClickHouse expression that gives a String; '' is unattributed. */
  sql: string
  /** Column that the engine compares with names by itself, faster than as text. */
  named?: string
}

const DIMENSIONS = {
  workspace: { label: 'Workspace', level: 'request', sql: 'toString(workspace_id)' },
  provider: { label: 'Provider', level: 'attempt', sql: 'provider' },
  model: { label: 'Model', level: 'attempt', sql: 'model' },
  rawProvider: { label: 'Provider as sent', level: 'attempt', sql: 'raw_provider' },
  rawModel: { label: 'Model as sent', level: 'attempt', sql: 'raw_model' },
  endpoint: { label: 'Endpoint', level: 'request', sql: 'endpoint' },
  promptVersion: { label: 'Prompt version', level: 'request', sql: 'prompt_version' },
  user: { label: 'User', level: 'request', sql: 'user_id' },
  environment: { label: 'Environment', level: 'request', sql: 'toString(environment)', named: 'environment' },
  dataMode: { label: 'Data mode', level: 'request', sql: 'toString(data_mode)', named: 'data_mode' },
  status: { label: 'Status', level: 'attempt', sql: 'toString(status)', named: 'status' },
  errorCode: { label: 'Error code', level: 'attempt', sql: 'error_code' },
  serviceTier: { label: 'Service tier', level: 'attempt', sql: 'service_tier' },
  region: { label: 'Region', level: 'attempt', sql: 'region' },
  apiKey: { label: 'API key', level: 'request', sql: 'toString(api_key_id)' },
} as const satisfies Record<string, Dimension>

export type FixedDimensionName = keyof typeof DIMENSIONS
/** `tag.<key>` is a dimension of its own for every tag key. */
export type DimensionName = FixedDimensionName | `tag.${string}`

export const FIXED_DIMENSION_NAMES = Object.keys(DIMENSIONS).filter(
  (name): name is FixedDimensionName => name in DIMENSIONS,
)

/** Whether `name` is a declared dimension (other than `time`) or a tag. */
export function isDimensionName(name: string): name is DimensionName {
  return isFixedDimensionName(name) || (name.startsWith('tag.') && name.length > 4 && name.length <= 104)
}

function isFixedDimensionName(name: string): name is FixedDimensionName {
  return Object.hasOwn(DIMENSIONS, name)
}

/** Label of a dimension for headings and filter chips. */
export function dimensionLabel(name: DimensionName | 'time'): string {
  if (name === 'time') return 'Time'
  return isFixedDimensionName(name) ? DIMENSIONS[name].label : name.slice(4)
}

/** The registry's entry of a dimension; a tag is a request-level dimension whose key is bound as a parameter. */
export function dimensionOf(name: DimensionName, bindTagKey: (key: string) => string): Dimension {
  if (isFixedDimensionName(name)) return DIMENSIONS[name]
  return { label: name.slice(4), level: 'request', sql: `tags[${bindTagKey(name.slice(4))}]` }
}

/** Whether a dimension belongs to a request as a whole or to each of its attempts. */
export function dimensionLevel(name: DimensionName): Dimension['level'] {
  return isFixedDimensionName(name) ? DIMENSIONS[name].level : 'request'
}

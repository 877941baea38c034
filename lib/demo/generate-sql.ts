import { packClassSql } from '@/db/clickhouse/pack-class-sql'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import type { PriceIndex, PriceRow } from '@/lib/pricing/price-book'
import { fillUnitPrices, type PricedClass } from '@/lib/pricing/price-usage'
import type { HourPlan } from './plan-hours'
import { storyWindow } from './stories'
import {
  DEPLOYMENTS,
  listEndpoints,
  STORY_PROMPT,
  STORY_RENAME,
  STORY_ROUTING,
  STORY_RUNAWAY,
  WORKSPACES,
} from './world'

/** A small table that a generation reads: created, filled, read by one statement and dropped. */
type StagingTable = {
  readonly name: string
  readonly structure: string
  readonly rows: readonly Record<string, unknown>[]
}

/** What the ids of generated requests look like, as a pattern of RE2. */
export const DEMO_REQUEST_ID = '^demo1-[0-9]{8}-[0-9a-f]{16}$'

/**
 * What the attempts of a request are and how they end, with its weight per 10,000 first attempts that fail: `A` the chosen
 * deployment, `B` its fallback; `+` succeeds, `-` fails in a way that is worth another try, `x` in a way that is not, `c`
 * is canceled by the caller.
 */
const FAILURE_PATHS: readonly (readonly [weight: number, path: string])[] = [
  [4_300, 'A- A+'],
  [2_800, 'A- B+'],
  [900, 'A- A- B+'],
  [400, 'A- A- A+'],
  [500, 'Ax'],
  [500, 'Ac'],
  [250, 'A- A- A-'],
  [150, 'A- B-'],
  [100, 'A- B- A+'],
  [100, 'A+ A+'],
]
const OUTAGE_PATHS: readonly (readonly [weight: number, path: string])[] = [
  [4_400, 'A- A- A- B+'],
  [2_300, 'A- A- B+'],
  [1_200, 'A- A- A- A-'],
  [900, 'A- B+'],
  [700, 'A- A- A+'],
  [300, 'A- A- A- B-'],
  [200, 'Ac'],
]
const SUCCESS_PATH = 'A+'
const ORDINARY_FAILURE_SHARE = 0.048

const PRICED: readonly PricedClass[] = [
  'inputUncached',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'toolRequests',
]

/**
 * The tables that {@link generateAttemptsSql} reads: hours, and the demo's workspaces, endpoints and models. They are tables
 * because the engine plans a statement with as many constants a hundred times slower.
 */
export function stageWorld(options: {
  readonly hours: readonly HourPlan[]
  /** In the order of the demo's workspaces. */
  readonly workspaces: readonly { readonly id: number; readonly apiKeyId: number }[]
  readonly priceIndex: PriceIndex
}): StagingTable[] {
  const endpoints = listEndpoints()
  return [
    {
      name: 'demo_hours',
      structure: 'workspace_index UInt8, hour_ms Int64, ordinary UInt32, runaway UInt32, outage Float64',
      rows: options.hours.map((hour) => ({
        workspace_index: hour.workspaceIndex,
        hour_ms: hour.hourMs,
        ordinary: hour.requests,
        runaway: hour.runawayRequests,
        outage: hour.outageFailureShare,
      })),
    },
    {
      name: 'demo_workspaces',
      structure: `workspace_index UInt8, workspace_id UInt32, api_key_id UInt32, tenants UInt32, cost_centre String,
        endpoint_ids Array(UInt8), endpoint_shares Array(Float64)`,
      rows: WORKSPACES.map((workspace, index) => {
        const ids = options.workspaces[index]
        if (!ids) throw new Error(`there is no id for the demo workspace ${workspace.slug}`)
        return {
          workspace_index: index,
          workspace_id: ids.id,
          api_key_id: ids.apiKeyId,
          tenants: workspace.tenants,
          cost_centre: workspace.costCentre,
          endpoint_ids: endpoints.flatMap(({ workspaceIndex }, at) => (workspaceIndex === index ? [at + 1] : [])),
          endpoint_shares: cumulate(workspace.endpoints.map(({ weight }) => weight)).map(Number),
        }
      }),
    },
    {
      name: 'demo_endpoints',
      structure: `endpoint_id UInt8, tag String, primary UInt8, secondary UInt8, secondary_share Float64, fallback UInt8,
        input_median Float64, output_median Float64, cacheable_share Float64, streams Bool, prompt_name String,
        first_version UInt32, release_days UInt32, team String, feature String`,
      rows: endpoints.map(({ endpoint }, index) => ({
        endpoint_id: index + 1,
        tag: endpoint.tag,
        primary: deploymentId(endpoint.primary),
        secondary: deploymentId(endpoint.secondary),
        secondary_share: endpoint.secondaryShare,
        fallback: deploymentId(endpoint.fallback),
        input_median: endpoint.inputTokens,
        output_median: endpoint.outputTokens,
        cacheable_share: endpoint.cacheableShare,
        streams: endpoint.streams,
        prompt_name: endpoint.prompt?.name ?? '',
        first_version: endpoint.prompt?.version ?? 0,
        release_days: endpoint.prompt?.releaseDays ?? 1,
        team: endpoint.team,
        feature: endpoint.feature,
      })),
    },
    {
      name: 'demo_deployments',
      structure: `deployment UInt8, raw_provider String, raw_model String, provider String, model String,
        model_version String, region String, first_token_ms Float64, ms_per_output_token Float64, reads_cache Bool,
        writes_cache Bool, reasons Bool, has_tools Bool, model_known Bool,
        prices Array(Tuple(from_ms Int64, to_ms Int64, above Int64, id String, ${PRICED.map((name) => `${name} Decimal(38, 18)`).join(', ')}))`,
      rows: DEPLOYMENTS.map((deployment, index) => {
        const names = normaliseModel(deployment.rawProvider, deployment.rawModel)
        const prices = pricesOf(names, options.priceIndex)
        return {
          deployment: index + 1,
          raw_provider: deployment.rawProvider,
          raw_model: deployment.rawModel,
          provider: names.provider,
          model: names.model,
          model_version: names.modelVersion ?? '',
          region: names.region ?? '',
          first_token_ms: deployment.firstTokenMs,
          ms_per_output_token: deployment.msPerOutputToken,
          reads_cache: deployment.cache !== 'none',
          writes_cache: deployment.cache === 'reads-and-writes',
          reasons: deployment.reasons,
          has_tools: deployment.hasTools,
          model_known: prices.length > 0,
          prices: prices.map(priceFields),
        }
      }),
    },
  ]
}

function deploymentId(key: string): number {
  const index = DEPLOYMENTS.findIndex((deployment) => deployment.key === key)
  if (index === -1) throw new Error(`there is no demo deployment ${key}`)
  return index + 1
}

/**
 * INSERT … SELECT that generates the attempts of the staged hours inside ClickHouse. Everything is drawn from hashes of
 * (workspace, hour, number of the request), so the same hours give the same rows, byte by byte, in any division into
 * statements. Attempts of an hour begin within it. `anchorMs` is the UTC midnight from which the stories count, and part
 * of every request id.
 */
export function generateAttemptsSql(anchorMs: number): string {
  const endpoints = listEndpoints()
  const endpointId = (tag: string): number => endpoints.findIndex(({ endpoint }) => endpoint.tag === tag) + 1
  const names = DEPLOYMENTS.map(({ rawProvider, rawModel }) => normaliseModel(rawProvider, rawModel))
  const providers = `[${names.map(({ provider }) => text(provider))}]`
  const models = `[${names.map(({ model }) => text(model))}]`
  const deploymentNames = `[${names.map(({ provider, model }) => text(`${provider} ${model}`))}]`
  const openAi = names.flatMap(({ provider }, index) => (provider === 'openai' ? [index + 1] : []))
  const routing = storyWindow('routing-change', anchorMs).fromMs
  const renamed = storyWindow('renamed-model', anchorMs).fromMs
  const longer = storyWindow('longer-answers', anchorMs).fromMs
  const dayOfAnchor = new Date(anchorMs).toISOString().slice(0, 10).replaceAll('-', '')

  return `INSERT INTO attempts (${COLUMNS.map(([name]) => name).join(', ')})
WITH
  placed AS (
    SELECT *, sipHash64('farthing demo', workspace_index, hour_ms, number) AS seed
    FROM (SELECT *, arrayJoin(range(ordinary + runaway)) AS number FROM demo_hours) AS numbered
    INNER JOIN demo_workspaces AS workspaces USING (workspace_index)
  ),
  drawn AS (
    SELECT *, number >= ordinary AS is_runaway, concat('demo1-${dayOfAnchor}-', lower(leftPad(hex(seed), 16, '0'))) AS external_request_id,
      if(number >= ordinary, ${endpointId(STORY_RUNAWAY.endpoint)}, endpoint_ids[arrayFirstIndex(share -> ${uniform(1)} < share, endpoint_shares)]) AS endpoint_id,
      hour_ms + toInt64(floor(${uniform(2)} * 3360000)) AS first_ms
    FROM placed
  ),
  routed AS (
    SELECT *,
      multiIf(
        endpoint_id = ${endpointId(STORY_ROUTING.endpoint)} AND first_ms < ${routing}, ${deploymentId(STORY_ROUTING.before)},
        endpoint_id = ${endpointId(STORY_RENAME.endpoint)} AND first_ms >= ${renamed}, ${deploymentId(STORY_RENAME.after)},
        ${uniform(3)} < secondary_share, secondary, primary) AS chosen,
      tag = ${text(STORY_PROMPT.endpoint)} AND (first_ms >= ${longer + DAY_MS} OR (first_ms >= ${longer} AND ${uniform(4)} < 0.3)) AS is_longer,
      if(is_runaway, 1000000, least(toUInt32(floor(pow(tenants, ${uniform(5)}))), tenants) - 1) AS tenant,
      multiIf(${uniform(7)} < 0.93, 'prod', ${uniform(7)} < 0.98, 'staging', 'dev') AS environment,
      toUInt64(least(180000., round(input_median * if(is_runaway, 2.6, 1) * exp(0.55 * ${normal(8)})))) AS input_tokens
    FROM drawn
    INNER JOIN demo_endpoints AS endpoints USING (endpoint_id)
  ),
  doomed AS (
    SELECT *, outage > 0 AND chosen IN (${openAi}) AND ${uniform(10)} < outage AS in_outage,
      multiIf(
        prompt_name = '', '',
        tag = ${text(STORY_PROMPT.endpoint)}, if(is_longer, ${text(STORY_PROMPT.after)}, ${text(STORY_PROMPT.before)}),
        concat(prompt_name, '@v', toString(first_version + intDiv(intDiv(first_ms - ${anchorMs}, ${DAY_MS}) + 120 + endpoint_id * 3, release_days)))) AS prompt,
      if(NOT is_runaway AND ${uniform(6)} < 0.02, '', concat('t_', lower(leftPad(hex(sipHash64('tenant', workspace_index, tenant)), 16, '0')))) AS user_id,
      map('team', team, 'feature', feature, 'cost_centre', cost_centre, 'plan', multiIf(is_runaway, 'pro', tenant < 40, 'enterprise', tenant < 260, 'pro', 'free')) AS tags
    FROM routed
  ),
  pathed AS (
    SELECT *, splitByChar(' ', multiIf(
        in_outage, ${pick(OUTAGE_PATHS, 11)},
        ${uniform(12)} < ${ORDINARY_FAILURE_SHARE}, ${pick(FAILURE_PATHS, 11)},
        '${SUCCESS_PATH}')) AS path
    FROM doomed
  ),
  chained AS (
    SELECT *, length(path) AS count, arrayEnumerate(path) AS places,
      arrayMap(step -> if(startsWith(step, 'A'), chosen, fallback), path) AS chain,
      arrayMap((step, place) -> multiIf(
        endsWith(step, '+'), 'success',
        endsWith(step, 'c'), 'canceled',
        endsWith(step, 'x'), 'error',
        ${drawStatus}), path, arrayEnumerate(path)) AS statuses
    FROM pathed
  ),
  timed AS (
    SELECT *,
      arrayMap(each -> ${providers}[each], chain) AS chain_providers,
      arrayMap(each -> ${models}[each], chain) AS chain_models,
      arrayMap(each -> ${deploymentNames}[each], chain) AS chain_deployments,
      if(statuses[count] = 'success', 'success', 'failed') AS request_outcome,
      arrayLastIndex(status -> status = 'success', statuses) AS served,
      arrayMap((status, place) -> toInt64(multiIf(
        status = 'timeout', 30000,
        status = 'success', 20000,
        status = 'rate_limited', 90 + ${uniformAt('place', 40)} * 300,
        status = 'canceled', 1500 + ${uniformAt('place', 40)} * 6000,
        300 + ${uniformAt('place', 40)} * 2600)), statuses, places) AS spent_ms,
      arrayMap(place -> toInt64(250 * pow(2, place) * (0.7 + 0.6 * ${uniformAt('place', 50)})), places) AS waited_ms
    FROM chained
  ),
  ordered AS (
    SELECT *,
      arrayMap(place -> first_ms + arraySum(arraySlice(spent_ms, 1, place - 1)) + arraySum(arraySlice(waited_ms, 1, place - 1)), places) AS begins_ms,
      arrayMap(place -> place > 1 AND chain_deployments[place] != chain_deployments[place - 1], places) AS falls_back
    FROM timed
  ),
  attempts_of_requests AS (
    SELECT *, arrayJoin(places) AS place FROM ordered
  ),
  tried AS (
    SELECT *, chain[place] AS deployment, statuses[place] AS status, begins_ms[place] AS ts_ms,
      statuses[place] IN ('timeout', 'canceled') OR (statuses[place] = 'error' AND ${uniformAt('place', 60)} < 0.25) AS is_partial,
      NOT (statuses[place] = 'success' AND ${uniformAt('place', 70)} < 0.002) AS has_usage
    FROM attempts_of_requests
  ),
  billed AS (
    SELECT *, (status = 'success' OR is_partial) AND has_usage AS is_counted
    FROM tried
    INNER JOIN demo_deployments AS deployments USING (deployment)
  ),
  sized AS (
    SELECT *, if(is_counted, input_tokens, 0) AS input_total,
      multiIf(NOT is_counted OR cacheable_share = 0, 'none', reads_cache AND ${uniform(80)} < 0.72, 'hit', writes_cache, 'fill', 'none') AS cache_use,
      if(is_counted, toUInt64(greatest(if(output_median > 0, 1., 0.), round(output_median * if(is_longer, 2, 1)
        * exp(0.45 * ${normalAt('place', 90)}) * if(is_partial, ${uniformAt('place', 110)}, 1)))), 0) AS output_total,
      if(is_counted AND has_tools AND feature IN ('research', 'run'), toUInt64(floor(${uniformAt('place', 130)} * 3)), 0) AS tool_requests,
      if(status = 'success', first_token_ms * exp(0.35 * ${normalAt('place', 140)}) * if(in_outage, 1.8, 1), NULL) AS to_first_token_ms
    FROM billed
  ),
  split AS (
    SELECT *, toUInt64(floor(input_total * cacheable_share)) AS cacheable,
      if(reasons, toUInt64(floor(output_total * (0.25 + 0.4 * ${uniformAt('place', 120)}))), 0) AS reasoning,
      arrayFirst(price -> price.from_ms <= ts_ms AND ts_ms < price.to_ms AND toInt64(input_total) > price.above, prices) AS price,
      if(status = 'success', to_first_token_ms + output_total * ms_per_output_token * exp(0.2 * ${normalAt('place', 160)}), spent_ms[place]) AS latency
    FROM sized
  ),
  counted AS (
    SELECT *, if(cache_use = 'hit', cacheable, 0) AS cache_read,
      if(cache_use = 'fill' AND cacheable_share < 0.8, cacheable, 0) AS cache_write_5m,
      if(cache_use = 'fill' AND cacheable_share >= 0.8, cacheable, 0) AS cache_write_1h,
      input_total - if(cache_use = 'none', 0, cacheable) AS input_uncached,
      ts_ms + toInt64(round(latency)) + 1000 AS received_ms,
      sipHash64('content', seed, place) AS content_hash
    FROM split
  )
SELECT ${COLUMNS.map(([name, expression]) => `${expression} AS ${name}_`).join(',\n  ')}
FROM counted`
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Columns of `attempts` and what fills them; the rest keep their defaults. */
const COLUMNS: readonly (readonly [column: string, expression: string])[] = [
  ['workspace_id', 'workspace_id'],
  ['ts', 'fromUnixTimestamp64Milli(ts_ms)'],
  ['attempt_key', "sipHash64('attempt', seed, place)"],
  ['request_key', "sipHash64('request', seed)"],
  ['data_mode', "'demo'"],
  ['environment', 'environment'],
  ['external_request_id', 'external_request_id'],
  ['attempt_number', 'place'],
  ['raw_provider', 'raw_provider'],
  ['raw_model', 'raw_model'],
  ['provider', 'provider'],
  ['model', 'model'],
  ['model_version', 'model_version'],
  ['endpoint', 'tag'],
  ['prompt_version', 'prompt'],
  ['user_id', 'user_id'],
  ['api_key_id', 'api_key_id'],
  ['region', 'region'],
  ['service_tier', "'standard'"],
  ['status', 'status'],
  [
    'error_code',
    `multiIf(status = 'success', '', status = 'canceled', 'canceled', status = 'timeout', 'timeout',
    status = 'rate_limited', 'rate_limit_exceeded', endsWith(path[place], 'x'), if(${uniform(170)} < 0.5, 'content_filter', 'context_length_exceeded'),
    in_outage, 'service_unavailable', ${uniform(171)} < 0.6, 'overloaded', 'server_error')`,
  ],
  ['fallback_reason', "if(falls_back[place], statuses[place - 1], '')"],
  ['tags', 'tags'],
  ['usage_known', 'has_usage'],
  ['input_uncached', 'input_uncached'],
  ['cache_read', 'cache_read'],
  ['cache_write_5m', 'cache_write_5m'],
  ['cache_write_1h', 'cache_write_1h'],
  ['output_text', 'output_total - reasoning'],
  ['reasoning', 'reasoning'],
  ['tool_requests', 'tool_requests'],
  ['latency_ms', 'round(latency)'],
  ['time_to_first_token_ms', 'if(streams, round(to_first_token_ms), NULL)'],
  ['model_known', 'model_known'],
  [
    'priced_cost',
    `if(model_known AND has_usage AND price.id != '',
    price.inputUncached * input_uncached + price.cacheRead * cache_read
      + price.cacheWrite5m * cache_write_5m + price.cacheWrite1h * cache_write_1h + price.output * (output_total - reasoning)
      + price.reasoning * reasoning + price.toolRequests * tool_requests, NULL)`,
  ],
  ['price_id', 'price.id'],
  [
    'unpriced_reason',
    "multiIf(NOT model_known, 'unknown_model', price.id = '', 'not_yet_priced', NOT has_usage, 'unknown_usage', '')",
  ],
  ['request_attempts', 'count'],
  ['seq', 'place'],
  ['since_first_ms', 'ts_ms - first_ms'],
  ['until_last_ms', 'begins_ms[count] - ts_ms'],
  [
    'flags',
    packClassSql({
      is_last: 'place = count',
      is_retry: 'place > 1 AND NOT falls_back[place]',
      is_fallback: 'falls_back[place]',
      request_fallback: 'has(falls_back, 1)',
      request_outcome: 'request_outcome',
      waste_kind: `multiIf(place = served, 'none', request_outcome = 'failed', 'failed_request', place = count, 'none',
        falls_back[place + 1], 'fallback', 'retry')`,
      next_is_fallback: 'place < count AND falls_back[place + 1]',
      next_provider_differs: 'place < count AND chain_providers[place + 1] != chain_providers[place]',
      next_model_differs: 'place < count AND chain_models[place + 1] != chain_models[place]',
      ...groupColumns('provider', 'chain_providers'),
      ...groupColumns('model', 'chain_models'),
      ...groupColumns('deployment', 'chain_deployments'),
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
function groupColumns(group: string, chain: string): Record<string, string> {
  const isFirst = `indexOf(${chain}, ${chain}[place]) = place`
  return {
    [`first_of_${group}`]: isFirst,
    [`outcome_at_${group}`]: `if(${isFirst} AND ${chain}[place] = ${chain}[count], request_outcome, 'elsewhere')`,
    [`left_${group}`]: `${isFirst} AND arrayExists(at -> at < count AND ${chain}[at] = ${chain}[place] AND ${chain}[at + 1] != ${chain}[at], places)`,
  }
}

const drawStatus = `multiIf(
        ${uniformAt('place', 30)} < if(in_outage, 0.62, 0.34), 'error',
        ${uniformAt('place', 30)} < if(in_outage, 0.88, 0.5), 'timeout',
        'rate_limited')`

/** A number in [0, 1), drawn for the request. */
function uniform(salt: number): string {
  return `(sipHash64(seed, ${salt}) / 18446744073709551616.)`
}

/** A number in [0, 1), drawn for one attempt. */
function uniformAt(place: string, salt: number): string {
  return `(sipHash64(seed, ${salt} + ${place}) / 18446744073709551616.)`
}

function normal(salt: number): string {
  return `(sqrt(-2 * log(1 - ${uniform(salt)})) * cos(2 * pi() * ${uniform(salt + 1)}))`
}

function normalAt(place: string, salt: number): string {
  return `(sqrt(-2 * log(1 - ${uniformAt(place, salt)})) * cos(2 * pi() * ${uniformAt(place, salt + 10)}))`
}

function pick(paths: readonly (readonly [number, string])[], salt: number): string {
  const shares = cumulate(paths.map(([weight]) => weight))
  return `[${paths.map(([, path]) => text(path))}][arrayFirstIndex(share -> ${uniform(salt)} < share, [${shares}])]`
}

/** Running sums scaled to end at 1, as float literals. */
function cumulate(weights: readonly number[]): string[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let running = 0
  return weights.map((weight) => {
    running += weight
    return running === total ? '1.0' : (running / total).toFixed(6)
  })
}

function pricesOf(
  names: { provider: string; model: string; region: string | null },
  priceIndex: PriceIndex,
): PriceRow[] {
  const regionClass = names.region === 'global' ? 'global' : 'regional'
  const rows = priceIndex
    .rowsOf(names.provider, names.model)
    .filter((row) => row.serviceTier === 'standard' && (row.region === null || row.region === regionClass))
  if (rows.some((row) => row.dailyFrom !== null)) throw new Error(`${names.model} is priced by the time of day`)
  return rows.sort((a, b) => bandStart(b) - bandStart(a))
}

function bandStart(row: PriceRow): number {
  return row.contextBand === 'base' ? -1 : Number(row.contextBand.slice(1))
}

const FOREVER_MS = 9_000_000_000_000_000

function priceFields(row: PriceRow): Record<string, unknown> {
  const units = fillUnitPrices(row.unitPrices)
  return {
    from_ms: row.effectiveFrom?.getTime() ?? 0,
    to_ms: row.effectiveTo?.getTime() ?? FOREVER_MS,
    above: bandStart(row),
    id: row.id,
    ...Object.fromEntries(PRICED.map((name) => [name, units[name] ?? '0'])),
  }
}

function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

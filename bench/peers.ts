import 'server-only'
import { z } from 'zod'
import type { QuestionName } from '@/bench/questions'
import { DAY_MS } from '@/bench/world'
import { queryRows, runCommand } from '@/db/clickhouse/client'

/**
 * A layout of the kind that a peer keeps its data in, in the same engine. Where a peer has no grain of requests its
 * attempts are counted, which is the cheaper of the two. Parameters: `workspace`, `from`, `to`.
 */
export type Peer = {
  readonly name: string
  readonly tables: readonly { readonly name: string; readonly create: string; readonly fill: string }[]
  /** Null where the layout cannot tell. */
  readonly questions: Readonly<Record<QuestionName, string | null>>
  /** Spend and attempts of a range, to be compared. */
  readonly totals: string
}

const IN_RANGE = 'ts >= {from:DateTime64(3)} AND ts < {to:DateTime64(3)}'
const ATTEMPTS = `FROM attempts FINAL WHERE ${IN_RANGE}`

/** The settings of a plain reader of these tables. */
export const PEER_SETTINGS = { final: 0, max_execution_time: 120 } as const

function askWide(select: string, rest: string): string {
  return `SELECT ${select} FROM peer_wide WHERE project_id = {workspace:String} AND environment = 'prod'
    AND start_time >= {from:DateTime64(3)} AND start_time < {to:DateTime64(3)} ${rest}`
}

function askLog(select: string, rest: string): string {
  return `SELECT ${select} FROM peer_requests WHERE organization_id = {workspace:String} AND properties['environment'] = 'prod'
    AND request_created_at >= {from:DateTime64(3)} AND request_created_at < {to:DateTime64(3)} ${rest}`
}

function askDaily(table: string, select: string, rest: string): string {
  return `SELECT ${select}, sum(spend) AS cost, sum(api_requests) AS requests FROM ${table}
    WHERE team_id = {workspace:String} AND environment = 'prod' AND date >= toDate({from:DateTime64(3)})
    AND date < toDate({to:DateTime64(3)}) ${rest}`
}

const WIDE: Peer = {
  name: 'one wide table',
  tables: [
    {
      name: 'peer_wide',
      create: `CREATE TABLE peer_wide (
        project_id String, trace_id String, span_id String, start_time DateTime64(6, 'UTC'), end_time DateTime64(6, 'UTC'),
        name String, type LowCardinality(String), environment LowCardinality(String), level LowCardinality(String),
        user_id String, session_id String, provided_model_name String, prompt_name String,
        metadata_names Array(String), metadata_values Array(String), usage_details Map(LowCardinality(String), UInt64),
        cost_details Map(LowCardinality(String), Decimal(18, 12)), total_cost Decimal(18, 12), event_ts DateTime64(3, 'UTC'),
        is_deleted UInt8
      ) ENGINE = ReplacingMergeTree(event_ts, is_deleted) PARTITION BY toYYYYMM(start_time)
      ORDER BY (project_id, toStartOfMinute(start_time), xxHash32(trace_id), span_id, start_time)`,
      fill: `INSERT INTO peer_wide SELECT toString(workspace_id), external_request_id, attempt_id, ts,
        ts + toIntervalMillisecond(toInt64(ifNull(latency_ms, 0))), endpoint, 'GENERATION', toString(environment),
        if(status = 'success', 'DEFAULT', 'ERROR'), user_id, '', model, prompt_version, mapKeys(tags), mapValues(tags),
        map('input', input_uncached, 'input_cached', cache_read, 'output', output_text + reasoning),
        map('total', toDecimal64(ifNull(priced_cost, 0), 12)), toDecimal64(ifNull(priced_cost, 0), 12), received_at, 0
        ${ATTEMPTS}`,
    },
  ],
  questions: {
    'spend + requests by day': askWide(
      'toDate(start_time) AS day, sum(total_cost), count()',
      'GROUP BY day ORDER BY day',
    ),
    'top 20 endpoints': askWide('name, sum(total_cost) AS cost, count()', 'GROUP BY name ORDER BY cost DESC LIMIT 20'),
    'top 20 users': askWide(
      'user_id, sum(total_cost) AS cost, count()',
      'GROUP BY user_id ORDER BY cost DESC LIMIT 20',
    ),
    'model by day': askWide(
      'toDate(start_time) AS day, provided_model_name AS model, sum(total_cost) AS cost, count()',
      'GROUP BY day, model ORDER BY day, cost DESC',
    ),
    'p95 by model': askWide(
      "provided_model_name AS model, quantile(0.95)(dateDiff('millisecond', start_time, end_time)), count()",
      'GROUP BY model',
    ),
    'prompt versions': askWide(
      'prompt_name, sum(total_cost) AS cost, count()',
      'GROUP BY prompt_name ORDER BY cost DESC',
    ),
  },
  totals: askWide('sum(total_cost) AS cost, count() AS attempts', ''),
}

const LOG: Peer = {
  name: 'request log',
  tables: [
    {
      name: 'peer_requests',
      create: `CREATE TABLE peer_requests (
        organization_id String, request_id String, request_created_at DateTime64(3, 'UTC'), provider LowCardinality(String),
        model String, user_id String, status Int32, latency UInt32, time_to_first_token UInt32, prompt_tokens UInt32,
        completion_tokens UInt32, prompt_cache_read_tokens UInt32, cost Int64, prompt_id String, prompt_version String,
        properties Map(LowCardinality(String), String)
      ) ENGINE = MergeTree PARTITION BY toYYYYMM(request_created_at)
      ORDER BY (organization_id, toStartOfHour(request_created_at), request_created_at, request_id)`,
      fill: `INSERT INTO peer_requests SELECT toString(workspace_id), attempt_id, ts, provider, model, user_id,
        if(status = 'success', 200, 500), toUInt32(ifNull(latency_ms, 0)), toUInt32(ifNull(time_to_first_token_ms, 0)),
        input_uncached + cache_read + cache_write_5m, output_text + reasoning, cache_read,
        toInt64(ifNull(priced_cost, 0) * 1000000000000), '', prompt_version,
        mapUpdate(tags, map('environment', toString(environment), 'endpoint', toString(endpoint), 'request', external_request_id))
        ${ATTEMPTS}`,
    },
  ],
  questions: {
    'spend + requests by day': askLog(
      'toDate(request_created_at) AS day, sum(cost), count()',
      'GROUP BY day ORDER BY day',
    ),
    'top 20 endpoints': askLog(
      "properties['endpoint'] AS endpoint, sum(cost) AS spend, count()",
      'GROUP BY endpoint ORDER BY spend DESC LIMIT 20',
    ),
    'top 20 users': askLog('user_id, sum(cost) AS spend, count()', 'GROUP BY user_id ORDER BY spend DESC LIMIT 20'),
    'model by day': askLog(
      'toDate(request_created_at) AS day, model, sum(cost) AS spend, count()',
      'GROUP BY day, model ORDER BY day, spend DESC',
    ),
    'p95 by model': askLog('model, quantile(0.95)(latency), count()', 'GROUP BY model'),
    'prompt versions': askLog(
      'prompt_version, sum(cost) AS spend, count()',
      'GROUP BY prompt_version ORDER BY spend DESC',
    ),
  },
  totals: askLog('toDecimal128(sum(cost), 12) / 1000000000000 AS cost, count() AS attempts', ''),
}

const DAILY_COUNTS = `prompt_tokens UInt64, completion_tokens UInt64, spend Decimal(38, 12), api_requests UInt64,
        successful_requests UInt64, failed_requests UInt64`
const DAILY_SUMS = `sum(input_uncached + cache_read + cache_write_5m), sum(output_text + reasoning),
        sum(toDecimal128(ifNull(priced_cost, 0), 12)), count(), countIf(status = 'success'), countIf(status != 'success')`

function dailyTable(name: string, keys: readonly (readonly [name: string, sql: string])[]): Peer['tables'][number] {
  const names = keys.map(([key]) => key).join(', ')
  return {
    name,
    create: `CREATE TABLE ${name} (team_id String, date Date, environment LowCardinality(String),
        ${keys.map(([key]) => `${key} String`).join(', ')}, ${DAILY_COUNTS})
      ENGINE = SummingMergeTree PARTITION BY toYYYYMM(date) ORDER BY (team_id, date, environment, ${names})`,
    fill: `INSERT INTO ${name} SELECT toString(workspace_id) AS team_id, toDate(ts) AS date, toString(environment) AS env,
        ${keys.map(([key, sql]) => `${sql} AS ${key}_`).join(', ')}, ${DAILY_SUMS} ${ATTEMPTS}
        GROUP BY team_id, date, env, ${keys.map(([key]) => `${key}_`).join(', ')}`,
  }
}

const DAILY: Peer = {
  name: 'daily tables',
  tables: [
    dailyTable('peer_daily_team', [
      ['endpoint', 'endpoint'],
      ['model', 'model'],
      ['custom_llm_provider', 'provider'],
      ['api_key', 'toString(api_key_id)'],
    ]),
    dailyTable('peer_daily_user', [
      ['user_id', 'user_id'],
      ['model', 'model'],
      ['custom_llm_provider', 'provider'],
      ['api_key', 'toString(api_key_id)'],
    ]),
    dailyTable('peer_daily_tag', [
      ['tag', 'prompt_version'],
      ['model', 'model'],
      ['custom_llm_provider', 'provider'],
      ['api_key', 'toString(api_key_id)'],
    ]),
  ],
  questions: {
    'spend + requests by day': askDaily('peer_daily_team', 'date', 'GROUP BY date ORDER BY date'),
    'top 20 endpoints': askDaily('peer_daily_team', 'endpoint', 'GROUP BY endpoint ORDER BY cost DESC LIMIT 20'),
    'top 20 users': askDaily('peer_daily_user', 'user_id', 'GROUP BY user_id ORDER BY cost DESC LIMIT 20'),
    'model by day': askDaily('peer_daily_team', 'date, model', 'GROUP BY date, model ORDER BY date, cost DESC'),
    'p95 by model': null,
    'prompt versions': askDaily('peer_daily_tag', 'tag', 'GROUP BY tag ORDER BY cost DESC'),
  },
  totals: `SELECT sum(spend) AS cost, sum(api_requests) AS attempts FROM peer_daily_team
    WHERE team_id = {workspace:String} AND environment = 'prod' AND date >= toDate({from:DateTime64(3)})
    AND date < toDate({to:DateTime64(3)})`,
}

export const PEERS: readonly Peer[] = [WIDE, LOG, DAILY]

/** Creates and fills the tables of a layout from `attempts`, some days at a time. Answers how long the inserts took. */
export async function fillPeer(
  peer: Peer,
  range: { from: Date; to: Date },
  daysAtOnce: number,
): Promise<{ durationMs: number }> {
  const stepMs = daysAtOnce * DAY_MS
  const startedMs = performance.now()
  for (const { name, create, fill } of peer.tables) {
    await runCommand(`DROP TABLE IF EXISTS ${name}`)
    await runCommand(create)
    for (let fromMs = range.from.getTime(); fromMs < range.to.getTime(); fromMs += stepMs) {
      const to = new Date(Math.min(fromMs + stepMs, range.to.getTime()))
      await runCommand(fill, { params: { from: new Date(fromMs), to } })
    }
  }
  return { durationMs: performance.now() - startedMs }
}

const totalsRow = z.object({ cost: z.coerce.number(), attempts: z.coerce.number() })

/** What a layout says that a workspace spent, in USD, and how many attempts it counts. */
export async function readPeerTotals(
  peer: Peer,
  params: { workspace: string; from: Date; to: Date },
): Promise<z.infer<typeof totalsRow>> {
  const [row] = await queryRows(totalsRow, peer.totals, { params, settings: PEER_SETTINGS })
  if (!row) throw new Error(`the layout "${peer.name}" has no totals`)
  return row
}

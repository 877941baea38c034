import 'server-only'
import type { ClickHouseSettings } from '@clickhouse/client'
import { z } from 'zod'
import { insertBlock, insertRows, queryRows, runCommand } from '@/db/clickhouse/client'
import { formatInstant } from '@/db/clickhouse/format-instant'
import type { NativeColumn, NativeType } from '@/db/clickhouse/native-block'
import { markStoredAttempts } from '@/db/clickhouse/statements/slot-marks'

type Sent = NativeType | { type?: NativeType; missing: string }

/**
 * Columns of `attempts` in their order, without `tags`, which is read as two arrays, and as what they are sent: the engine
 * reads enumerations and Decimals from text. Rows that delete leave most of them out.
 */
const COLUMNS = {
  workspace_id: 'UInt32',
  ts: "DateTime64(3, 'UTC')",
  attempt_key: 'UInt64',
  request_key: 'UInt64',
  data_mode: { type: 'LowCardinality(String)', missing: 'unspecified' },
  environment: { type: 'LowCardinality(String)', missing: 'unspecified' },
  external_request_id: 'String',
  attempt_id: 'String',
  attempt_number: 'UInt32',
  raw_provider: 'LowCardinality(String)',
  raw_model: 'LowCardinality(String)',
  provider: 'LowCardinality(String)',
  model: 'LowCardinality(String)',
  model_version: 'LowCardinality(String)',
  endpoint: 'LowCardinality(String)',
  prompt_version: 'LowCardinality(String)',
  user_id: 'String',
  api_key_id: 'UInt32',
  region: 'LowCardinality(String)',
  service_tier: 'LowCardinality(String)',
  status: { type: 'LowCardinality(String)', missing: 'unspecified' },
  error_code: 'LowCardinality(String)',
  fallback_reason: 'LowCardinality(String)',
  usage_known: 'Bool',
  usage_knowledge: { type: 'LowCardinality(String)', missing: 'unknown' },
  input_uncached: 'UInt64',
  cache_read: 'UInt64',
  cache_write_5m: 'UInt64',
  cache_write_1h: 'UInt64',
  output_text: 'UInt64',
  reasoning: 'UInt64',
  audio_input: 'UInt64',
  audio_output: 'UInt64',
  unsplit: 'UInt64',
  tool_requests: 'UInt64',
  latency_ms: 'Nullable(Float64)',
  time_to_first_token_ms: 'Nullable(Float64)',
  outcome: 'LowCardinality(String)',
  quality_score: 'Nullable(Float64)',
  model_known: 'Bool',
  reported_cost: 'Nullable(String)',
  priced_cost: 'Nullable(String)',
  price_id: 'LowCardinality(String)',
  unpriced_reason: 'LowCardinality(String)',
  request_attempts: 'UInt32',
  seq: 'UInt32',
  since_first_ms: 'UInt64',
  until_last_ms: 'UInt64',
  flags: 'UInt32',
  revision: 'UInt64',
  content_rest: 'UInt16',
  version: 'UInt128',
  is_deleted: 'UInt8',
} as const satisfies Record<string, Sent>

type ColumnName = keyof typeof COLUMNS

const PLAIN_COLUMNS = Object.keys(COLUMNS)

const NATIVE_COLUMNS: readonly NativeColumn[] = [
  ...Object.entries<Sent>(COLUMNS).map(
    ([name, sent]): NativeColumn =>
      typeof sent === 'string' ? { name, type: sent } : { name, type: 'String', ...sent },
  ),
  { name: 'tags', type: 'Map(String, String)' },
]

/** Every column of `attempts`, to insert rows of it again. */
export const ATTEMPT_COLUMNS: readonly string[] = [...PLAIN_COLUMNS, 'tags']

type Scalar = string | number | bigint | boolean | null

/** A row of `attempts` by column name: instants in milliseconds, 64-bit integers and Decimals as strings. */
export type AttemptRow = Record<ColumnName, Scalar> & { tags: Record<string, string> }

/** A row as it was read: every column of {@link AttemptRow}, to be changed and inserted again. */
export type StoredAttemptRow = { columns: Record<string, Scalar>; tags: Record<string, string> }

const UNSIGNED = /^\d{1,20}$/

function assertUnsigned(value: string): string {
  if (!UNSIGNED.test(value)) throw new Error('a key must be an unsigned decimal')
  return value
}

/** The older analyser plans plain statements, and what views make of an insert, in less time. */
const PLAIN: ClickHouseSettings = { enable_analyzer: 0 }

/** Long key lists are part of the statement (they would not fit into an address), so the statement may be long. */
const LOOKUP_SETTINGS: ClickHouseSettings = {
  max_query_size: '16777216',
  max_ast_elements: '1000000',
  max_expanded_ast_elements: '1000000',
  max_execution_time: 10,
  max_threads: 2,
}

const attemptStatus = z.enum(['unspecified', 'success', 'error', 'timeout', 'rate_limited', 'canceled'])

const attemptKeyRow = z
  .object({
    workspace_id: z.number(),
    request_key: z.string(),
    attempt_key: z.string(),
    ts_ms: z.coerce.number(),
    has_attempt_id: z.coerce.boolean(),
    attempt_number: z.number(),
    provider: z.string(),
    model: z.string(),
    status: attemptStatus,
    endpoint: z.string(),
    prompt_version: z.string(),
    user_id: z.string(),
    api_key_id: z.number(),
    tag_list: z.array(z.tuple([z.string(), z.string()])),
    request_attempts: z.number(),
    seq: z.number(),
    since_first_ms: z.coerce.number(),
    until_last_ms: z.coerce.number(),
    flags: z.number(),
    revision: z.coerce.number(),
    content_hash: z.number(),
    version_text: z.string().transform((version) => BigInt(version)),
    is_deleted: z.number(),
  })
  .transform((row) => ({
    workspaceId: row.workspace_id,
    requestKey: row.request_key,
    attemptKey: row.attempt_key,
    tsMs: row.ts_ms,
    hasAttemptId: row.has_attempt_id,
    attemptNumber: row.attempt_number === 0 ? null : row.attempt_number,
    provider: row.provider,
    model: row.model,
    status: row.status,
    endpoint: row.endpoint,
    promptVersion: row.prompt_version,
    userId: row.user_id,
    apiKeyId: row.api_key_id,
    tags: row.tag_list,
    requestAttempts: row.request_attempts,
    seq: row.seq,
    sinceFirstMs: row.since_first_ms,
    untilLastMs: row.until_last_ms,
    flags: row.flags,
    revision: row.revision,
    contentHash: row.content_hash,
    version: row.version_text,
    isDeleted: row.is_deleted === 1,
  }))

type AttemptKeyRow = z.output<typeof attemptKeyRow>

export type RequestRef = { workspaceId: number; requestKey: string }

/** A request, and instants at which attempts of it are known to be, whatever `attempt_times` says by now. */
export type SoughtRequest = RequestRef & { knownAtMs?: readonly number[] }

/** The keys of requests; each is of one workspace, environment and data mode. */
function listKeys(requests: readonly RequestRef[]): string[] {
  return [...new Set(requests.map(({ requestKey }) => assertUnsigned(requestKey)))]
}

/**
 * SQL: an attempt was first received at this instant or later. A version holds the receipt so that an earlier one ranks
 * higher (lib/events/row-version.ts). The index `recent_versions` is of the same expression and type, or it would not serve.
 */
export function receivedSince(instant: string): string {
  return `toUInt64(bitAnd(bitShiftRight(version, 32), 8796093022207)) <= toUInt64(10373929822207 - toUnixTimestamp64Milli(${instant}))`
}

/** By which `attempt_times` knows a request: the first half of its key. */
const REQUEST_HASH = 'toUInt32(bitShiftRight(request_key, 32))'

function requestHashOf(requestKey: string): string {
  return (BigInt(requestKey) >> 32n).toString()
}

const timeRow = z.object({ request_hash: z.number(), ts_ms: z.coerce.number() })

/**
 * Of these requests the ones that may have attempts, and when those are. Most requests are new, and this is a narrow table:
 * a statement over the attempts takes longer to be planned than this one takes.
 */
async function findTimes(
  requests: readonly SoughtRequest[],
  signal?: AbortSignal,
): Promise<{ requests: SoughtRequest[]; atMs: number[] }> {
  const found = await queryRows(
    timeRow,
    `SELECT request_hash, toUnixTimestamp64Milli(ts) AS ts_ms FROM attempt_times
     PREWHERE request_hash IN (${listKeys(requests).map(requestHashOf).join(',')})`,
    { role: 'write', settings: { ...LOOKUP_SETTINGS, ...PLAIN, final: 0 }, signal },
  )
  const hashes = new Set(found.map(({ request_hash }) => String(request_hash)))
  const known = requests.flatMap(({ knownAtMs }) => knownAtMs ?? []).map((atMs) => Math.trunc(atMs))
  return {
    requests: requests.filter((each) => each.knownAtMs || hashes.has(requestHashOf(each.requestKey))),
    atMs: [...new Set([...found.map(({ ts_ms }) => ts_ms), ...known])],
  }
}

/** Picks the attempts of requests: by their times, as the table is sorted, and among those by their keys. */
function matchTimes(requests: readonly RequestRef[], atMs: readonly number[]): string {
  const workspaces = [...new Set(requests.map(({ workspaceId }) => assertUnsigned(String(workspaceId))))]
  const times = `SELECT fromUnixTimestamp64Milli(arrayJoin([${atMs.join(',')}]::Array(Int64)), 'UTC')`
  return `workspace_id IN (${workspaces.join(',')}) AND ts IN (${times}) AND request_key IN (${listKeys(requests).join(',')})`
}

/** A condition that picks the attempts of these requests, or null where there are none. */
export async function matchRequests(requests: readonly SoughtRequest[], signal?: AbortSignal): Promise<string | null> {
  if (requests.length === 0) return null
  const sought = await findTimes(requests, signal)
  return sought.requests.length === 0 ? null : matchTimes(sought.requests, sought.atMs)
}

/** Picks attempts of `{workspaces:Array(UInt32)}` whose request is one of `{requests:Array(UInt64)}`. */
export const IN_REQUESTS = `workspace_id IN {workspaces:Array(UInt32)} AND ts IN (
    SELECT ts FROM attempt_times
    WHERE request_hash IN (SELECT toUInt32(bitShiftRight(arrayJoin({requests:Array(UInt64)}), 32))))
  AND request_key IN {requests:Array(UInt64)}`

/**
 * Everything stored of these requests: for every attempt and timestamp the newest row, tombstones included.
 * @throws AppError `unavailable` when the engine does not answer in time.
 */
export async function findAttemptsOfRequests(
  requests: readonly SoughtRequest[],
  signal?: AbortSignal,
): Promise<AttemptKeyRow[]> {
  const matched = await matchRequests(requests, signal)
  if (matched === null) return []
  return await queryRows(
    attemptKeyRow,
    `SELECT workspace_id, request_key, attempt_key, toUnixTimestamp64Milli(ts) AS ts_ms,
       attempt_id != '' AS has_attempt_id, attempt_number, provider, model, status, endpoint, prompt_version, user_id, api_key_id,
       CAST(tags, 'Array(Tuple(String, String))') AS tag_list, request_attempts, seq, since_first_ms, until_last_ms, flags,
       revision, content_hash, toString(version) AS version_text, is_deleted
     FROM attempts
     PREWHERE ${matched}
     ORDER BY version DESC
     LIMIT 1 BY workspace_id, request_key, attempt_key, ts`,
    { role: 'write', settings: { ...LOOKUP_SETTINGS, ...PLAIN, final: 0 }, signal },
  )
}

export const requestRow = z
  .object({ workspace_id: z.number(), request_key: z.string() })
  .transform((row) => ({ workspaceId: row.workspace_id, requestKey: row.request_key }))

/**
 * Those of these requests that somebody else has written to: of which a row with none of these versions was received within
 * `windowMs` by the engine's clock. Neither writer may have seen the other's row.
 * @throws AppError `unavailable` when the engine does not answer in time.
 */
export async function findRequestsOfOthers(
  requests: readonly RequestRef[],
  ownVersions: readonly bigint[],
  windowMs: number,
): Promise<RequestRef[]> {
  if (requests.length === 0) return []
  const own = ownVersions.map((version) => `'${version}'`).join(',')
  return await queryRows(
    requestRow,
    `SELECT DISTINCT workspace_id, request_key FROM attempts
     WHERE ${receivedSince(`now64(3) - toIntervalMillisecond(${Math.ceil(windowMs)})`)}
       AND request_key IN (${listKeys(requests).join(',')}) AND toString(version) NOT IN (${own})`,
    { role: 'write', settings: { ...LOOKUP_SETTINGS, final: 0 } },
  )
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

const storedRow: z.ZodType<StoredAttemptRow> = z
  .object({ tag_keys: z.array(z.string()), tag_values: z.array(z.string()), version_text: z.string() })
  .catchall(scalar)
  .transform(({ tag_keys, tag_values, version_text, ...columns }) => {
    // Without a prototype, so that a tag of any name is only a key.
    const tags: Record<string, string> = Object.create(null)
    for (const [index, key] of tag_keys.entries()) tags[key] = tag_values[index] ?? ''
    return { columns: { ...columns, version: version_text }, tags }
  })

const refOfColumns = z
  .object({ workspace_id: z.number(), attempt_key: z.string(), ts: z.string() })
  .transform((row) => `${row.workspace_id}/${row.attempt_key}/${row.ts}`)

/** Key of the map that {@link fetchAttemptRows} answers. */
export function attemptRowRef(row: { workspaceId: number; attemptKey: string; tsMs: number }): string {
  return `${row.workspaceId}/${row.attemptKey}/${formatInstant(row.tsMs)}`
}

type AttemptSlot = { workspaceId: number; attemptKey: string; tsMs: number }

/** Picks the rows of these attempts where they are. */
function matchSlots(slots: readonly AttemptSlot[]): string {
  const tuples = slots.map(
    ({ workspaceId, tsMs, attemptKey }) =>
      `(${assertUnsigned(String(workspaceId))},'${formatInstant(tsMs)}',${assertUnsigned(attemptKey)})`,
  )
  return `(workspace_id, ts, attempt_key) IN (${tuples.join(',')})`
}

/** Copies of an attempt are of one instant, so of one partition. */
export const STANDING_SETTINGS: ClickHouseSettings = {
  ...LOOKUP_SETTINGS,
  do_not_merge_across_partitions_select_final: 1,
}

const standingRow = z
  .object({
    workspace_id: z.number(),
    attempt_key: z.string(),
    ts_ms: z.coerce.number(),
    provider: z.string(),
    model: z.string(),
    request_attempts: z.number(),
    seq: z.number(),
    since_first_ms: z.coerce.number(),
    until_last_ms: z.coerce.number(),
    flags: z.number(),
  })
  .transform((row) => ({
    workspaceId: row.workspace_id,
    attemptKey: row.attempt_key,
    tsMs: row.ts_ms,
    provider: row.provider,
    model: row.model,
    requestAttempts: row.request_attempts,
    seq: row.seq,
    sinceFirstMs: row.since_first_ms,
    untilLastMs: row.until_last_ms,
    flags: row.flags,
  }))

/** What the rows that stand say of the names and classes of attempts, by {@link attemptRowRef}. */
export async function fetchStanding(
  slots: readonly AttemptSlot[],
  signal?: AbortSignal,
): Promise<Map<string, z.output<typeof standingRow>>> {
  if (slots.length === 0) return new Map()
  const found = await queryRows(
    standingRow,
    `SELECT workspace_id, attempt_key, toUnixTimestamp64Milli(ts) AS ts_ms, provider, model, request_attempts, seq,
       since_first_ms, until_last_ms, flags
     FROM attempts FINAL WHERE ${matchSlots(slots)}`,
    { role: 'write', settings: STANDING_SETTINGS, signal },
  )
  return new Map(found.map((row) => [attemptRowRef(row), row]))
}

/** Whole rows of `attempts` by {@link attemptRowRef}. */
export async function fetchAttemptRows(
  slots: readonly AttemptSlot[],
  signal?: AbortSignal,
): Promise<Map<string, StoredAttemptRow>> {
  if (slots.length === 0) return new Map()
  const found = await queryRows(
    storedRow,
    `SELECT ${PLAIN_COLUMNS.map((name) => (name === 'version' ? 'toString(version) AS version_text' : name)).join(', ')},
       mapKeys(tags) AS tag_keys, mapValues(tags) AS tag_values
     FROM attempts FINAL WHERE ${matchSlots(slots)}`,
    { role: 'write', settings: STANDING_SETTINGS, signal },
  )
  return new Map(found.map((row) => [refOfColumns.parse(row.columns), row]))
}

/** Stores rows; returns when the engine has them on disk. All of them are one insert. */
export async function insertAttempts(rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  await insertBlock('attempts', NATIVE_COLUMNS, rows, {
    ...PLAIN,
    max_insert_block_size: '1048576',
    max_execution_time: 10,
    // A batch writes an attempt once, so there is nothing to replace within it.
    optimize_on_insert: 0,
  })
}

export type FindingRow = {
  workspace_id: number
  found_at: string
  kind: string
  external_request_id: string
  attempt_identity: string
  message: string
}

/** Stores what ingest found odd, for data health. */
export async function insertFindings(rows: readonly FindingRow[]): Promise<void> {
  await insertRows('ingest_findings', rows)
}

/** Rows received since the last minutes before the newest receipt: those that a crash may have cut in two. */
const RECENT = receivedSince(
  'least(now64(3), (SELECT max(last_received_at) FROM workspace_activity)) - INTERVAL 10 MINUTE',
)

/** Of those, the ones that are not alone in their request. */
const SHARED = `${RECENT} AND request_attempts > 1`

/**
 * Inserts recent attempts again whose time is missing (the engine died between an attempt and what a view makes of it), so
 * that the view writes it. The same rows again change nothing in `attempts`. Their slots are marked, whatever the crash left
 * of the marks.
 */
export async function restoreRequestTimes(): Promise<void> {
  // A write that was cut off may have ended after its marks ran out, so that a build may have missed it: what it added, and
  // what it changed or removed of the same requests.
  await markStoredAttempts(RECENT)
  await markStoredAttempts(`is_deleted = 1 AND request_key IN (SELECT request_key FROM attempts WHERE ${RECENT})`)
  await markStoredAttempts(`workspace_id IN (SELECT workspace_id FROM workspace_activity)
    AND ts IN (SELECT ts FROM attempt_times WHERE request_hash IN (SELECT ${REQUEST_HASH} FROM attempts WHERE ${SHARED}))
    AND request_key IN (SELECT request_key FROM attempts WHERE ${SHARED})`)
  await runCommand(
    `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')}) SELECT ${ATTEMPT_COLUMNS.join(', ')} FROM attempts
     WHERE ${RECENT} AND (${REQUEST_HASH}, ts) NOT IN (
       SELECT request_hash, ts FROM attempt_times
       WHERE request_hash IN (SELECT ${REQUEST_HASH} FROM attempts WHERE ${RECENT}))`,
    { settings: { max_execution_time: 30 } },
  )
}

import 'server-only'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client'
import { z } from 'zod'
import { CLUSTER_SETTINGS, localTable } from '@/db/clickhouse/cluster'
import { encodeNativeBlock, type NativeColumn } from '@/db/clickhouse/native-block'
import { readEnv } from '@/lib/env'
import { AppError, unavailable } from '@/lib/errors'

/** `read` may select only; `write` inserts and migrates. */
type ClickHouseRole = 'read' | 'write'

export type QueryOptions = {
  role?: ClickHouseRole
  params?: Record<string, unknown>
  settings?: ClickHouseSettings
  queryId?: string
  signal?: AbortSignal
  /** One host of a cluster, from {@link listHosts}; takes the role `write`. */
  host?: string
}

/** 64-bit integers and Decimals come as strings, or JSON would cost them digits. */
const SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
  // What an attempt is within its request is unpacked on reading.
  asterisk_include_alias_columns: 1,
}

const READ_LIMITS: ClickHouseSettings = {
  max_execution_time: 50,
  max_memory_usage: '4000000000',
  max_rows_to_read: '10000000000',
  final: 1,
  do_not_merge_across_partitions_select_final: 1,
  // While prices are changing, the books are part of the statement.
  max_query_size: '16777216',
  max_ast_elements: '1000000',
  max_expanded_ast_elements: '1000000',
}

/** By role, and those of single hosts of a cluster by address. */
const clients = new Map<string, ClickHouseClient>()

function clientFor(role: ClickHouseRole, host?: string): ClickHouseClient {
  const existing = clients.get(host ?? role)
  if (existing) return existing
  const env = readEnv()
  const settings = env.CLICKHOUSE_CLUSTER ? { ...SETTINGS, ...CLUSTER_SETTINGS } : SETTINGS
  const client = createClient({
    url: host ?? (role === 'read' ? (env.CLICKHOUSE_READ_URL ?? env.CLICKHOUSE_URL) : env.CLICKHOUSE_URL),
    application: 'farthing',
    // Failures are typed here and logged by whoever answers for them.
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: 60_000,
    max_open_connections: 32,
    compression: { request: false, response: false },
    use_multipart_params_auto: true,
    clickhouse_settings: role === 'read' ? { ...settings, ...READ_LIMITS } : settings,
  })
  clients.set(host ?? role, client)
  return client
}

const engineError = z.object({ type: z.string().optional(), code: z.string().optional(), message: z.string() })

/** Engine errors that mean "not now" rather than "wrong": restarting, overloaded, read-only replica, keeper away. */
const TRANSIENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'TIMEOUT_EXCEEDED',
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'TOO_MANY_PARTS',
  'MEMORY_LIMIT_EXCEEDED',
  'TABLE_IS_READ_ONLY',
  'KEEPER_EXCEPTION',
  'NETWORK_ERROR',
  'SOCKET_TIMEOUT',
  'ABORTED',
])

function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error
  const parsed = engineError.safeParse(error)
  if (!parsed.success) return error
  const { type, code, message } = parsed.data
  if (type === 'TOO_MANY_ROWS') {
    return new AppError('invalid_query', 'This question reads too many rows. Narrow its range or its filters.', {
      cause: error,
    })
  }
  const transient =
    TRANSIENT.has(type ?? '') || TRANSIENT.has(code ?? '') || /timeout|socket hang up|aborted/i.test(message)
  return transient ? unavailable('The event store (ClickHouse)', error) : error
}

/**
 * Rows of a SELECT, each parsed by `schema`.
 * @throws AppError `unavailable` when the engine does not answer; ZodError when a row is not what was declared.
 */
export async function queryRows<T>(schema: z.ZodType<T>, sql: string, options: QueryOptions = {}): Promise<T[]> {
  try {
    const result = await clientFor(options.role ?? 'read', options.host).query({
      query: sql,
      format: 'JSONEachRow',
      query_params: options.params,
      clickhouse_settings: options.settings,
      query_id: options.queryId,
      abort_signal: options.signal,
    })
    return z.array(schema).parse(await result.json())
  } catch (error) {
    throw toAppError(error)
  }
}

/** As {@link queryRows}, but row by row and never whole in memory; see {@link streamTuples} for how it ends. */
export function streamRows<T>(
  schema: z.ZodType<T>,
  sql: string,
  options: QueryOptions = {},
): AsyncGenerator<T, void, undefined> {
  return streamJson(schema, 'JSONEachRow', sql, options)
}

/**
 * Rows of a SELECT as tuples of its columns, each parsed by `schema`, never whole in memory. When the signal aborts or
 * the reader leaves, the connection is cut at once, upon which the engine ends the query.
 * @throws AppError `unavailable` when the engine does not answer; the signal's reason when it aborts; ZodError when a row
 *   is not what was declared.
 */
export function streamTuples<T>(
  schema: z.ZodType<T>,
  sql: string,
  options: QueryOptions = {},
): AsyncGenerator<T, void, undefined> {
  return streamJson(schema, 'JSONCompactEachRow', sql, options)
}

async function* streamJson<T>(
  schema: z.ZodType<T>,
  format: 'JSONEachRow' | 'JSONCompactEachRow',
  sql: string,
  options: QueryOptions,
): AsyncGenerator<T, void, undefined> {
  const { signal } = options
  let stop = () => {}
  try {
    const result = await clientFor(options.role ?? 'read').query({
      query: sql,
      format,
      query_params: options.params,
      clickhouse_settings: {
        max_execution_time: 3600,
        cancel_http_readonly_queries_on_client_close: 1,
        ...options.settings,
      },
      query_id: options.queryId,
      abort_signal: signal,
    })
    const stream = result.stream()
    stop = () => stream.destroy()
    // Also while nobody reads: a reader that has gone does not come back for its next row.
    signal?.addEventListener('abort', stop, { once: true })
    for await (const chunk of stream) {
      for (const row of chunk) yield schema.parse(row.json())
    }
    // A destroyed stream ends like a whole one.
    signal?.throwIfAborted()
  } catch (error) {
    signal?.throwIfAborted()
    throw toAppError(error)
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

/** Inserts rows as JSONEachRow and returns when the engine has stored them. Column names are the object's keys. */
export async function insertRows(
  table: string,
  rows: readonly Record<string, unknown>[],
  settings: ClickHouseSettings = {},
): Promise<void> {
  if (rows.length === 0) return
  try {
    await clientFor('write').insert({
      table,
      values: rows,
      format: 'JSONEachRow',
      clickhouse_settings: { max_partitions_per_insert_block: '0', async_insert: 0, ...settings },
    })
  } catch (error) {
    throw toAppError(error)
  }
}

/**
 * Inserts rows as one block of the format `Native` and returns when the engine has stored them: for the tables that take most.
 * @throws TypeError, RangeError for a value that its column cannot hold; AppError `unavailable`.
 */
export async function insertBlock(
  table: string,
  columns: readonly NativeColumn[],
  rows: readonly Readonly<Record<string, unknown>>[],
  settings: ClickHouseSettings = {},
): Promise<void> {
  if (rows.length === 0) return
  const block = encodeNativeBlock(columns, rows)
  try {
    const { stream } = await clientFor('write').exec({
      query: `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) FORMAT Native`,
      values: Readable.from([block], { objectMode: false }),
      clickhouse_settings: { max_partitions_per_insert_block: '0', async_insert: 0, wait_end_of_query: 1, ...settings },
    })
    await finished(stream.resume())
  } catch (error) {
    throw toAppError(error)
  }
}

/** A statement without rows: DDL, INSERT … SELECT. */
export async function runCommand(
  sql: string,
  options: Pick<QueryOptions, 'params' | 'settings' | 'host'> = {},
): Promise<void> {
  try {
    await clientFor('write', options.host).command({
      query: sql,
      query_params: options.params,
      clickhouse_settings: { wait_end_of_query: 1, max_partitions_per_insert_block: '0', ...options.settings },
    })
  } catch (error) {
    throw toAppError(error)
  }
}

const hostRow = z.object({ host_name: z.string() })

/**
 * Addresses of all hosts of the cluster, with the writer's name and password; null without a cluster. They are those of
 * CLICKHOUSE_CLUSTER_URLS, else the hosts that the engine knows, at the port of CLICKHOUSE_URL.
 * @throws AppError `unavailable` when the engine does not answer; Error when it knows no such cluster.
 */
export async function listHosts(): Promise<string[] | null> {
  const { CLICKHOUSE_CLUSTER: cluster, CLICKHOUSE_CLUSTER_URLS: named, CLICKHOUSE_URL: main } = readEnv()
  if (!cluster) return null
  if (named) return named.map((address) => at(main, new URL(address)))
  const rows = await queryRows(
    hostRow,
    'SELECT DISTINCT host_name FROM system.clusters WHERE cluster = {cluster:String} ORDER BY host_name',
    { role: 'write', params: { cluster } },
  )
  if (rows.length === 0) throw new Error(`Settings: ClickHouse knows no cluster "${cluster}" (CLICKHOUSE_CLUSTER).`)
  return rows.map(({ host_name }) => {
    const address = new URL(main)
    address.hostname = host_name
    return address.href
  })
}

function at(main: string, address: URL): string {
  const there = new URL(main)
  there.protocol = address.protocol
  there.host = address.host
  return there.href
}

/**
 * A statement that changes one table in place (a mutation, OPTIMIZE): on every shard's own part of it with a cluster.
 * @param statement makes it for the name of the table there
 * @throws AppError `unavailable` when a shard does not answer; others may have run it.
 */
export async function changeTable(
  table: string,
  statement: (table: string) => string,
  options: Pick<QueryOptions, 'params' | 'settings'> = {},
): Promise<void> {
  const hosts = await listHosts()
  if (!hosts) return await runCommand(statement(table), options)
  const sql = statement(localTable(table))
  // Of replicas each would refuse a subquery, whose answer may differ between them.
  const settings = { ...options.settings, allow_nondeterministic_mutations: 1 } as const
  await Promise.all(hosts.map((host) => runCommand(sql, { ...options, settings, host })))
}

/** Closes the connections of this process. */
export async function closeClickHouse(): Promise<void> {
  await Promise.all([...clients.values()].map((client) => client.close()))
  clients.clear()
}

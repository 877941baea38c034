import { createHash } from 'node:crypto'

export const APP_DATABASE = 'farthing'
export const WRITER = 'farthing'
export const READER = 'farthing_reader'

const MIB = 1024 * 1024
const MAX_MEMORY_BYTES = 8192 * MIB

/**
 * One row for each query, when it has ended, without the key lists of look-ups: about 1 kB of disk. Two rows of whole texts
 * would be most of what an ingesting instance writes.
 */
const QUERY_LOG_LIMITS =
  '<log_queries_min_type>QUERY_FINISH</log_queries_min_type><log_queries_cut_to_length>8192</log_queries_cut_to_length>'

/** Several engines on loopback that know each other as shards, by the ports at which they talk to each other. */
export type EngineCluster = { name: string; tcpPort: number; shardPorts: readonly number[]; writerPassword: string }

/** How much memory the engine may take: half of what there is, at most 8 GiB. */
export function engineMemoryBytes(machineBytes: number): number {
  return Math.min(Math.floor(machineBytes / 2), MAX_MEMORY_BYTES)
}

/**
 * The server's settings: one listener on loopback, few threads and no internal logs but the query log, for a machine
 * that runs everything else too; the log begins anew with each start and keeps the last day. Only requests with the name of one of our users are answered: the user of the local
 * session has no password.
 */
export function renderServerConfig(options: {
  port: number
  usersFile: string
  memoryBytes: number
  cluster?: EngineCluster
}): string {
  const ourUsers = Buffer.from(WRITER).toString('base64').slice(0, -2)
  return `<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${options.port}</http_port>${options.cluster ? renderCluster(options.cluster) : ''}
  <users_config>${escapeXml(options.usersFile)}</users_config>
  <shutdown_wait_unfinished>2</shutdown_wait_unfinished>
  <timezone>UTC</timezone>
  <max_server_memory_usage>${options.memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${256 * MIB}</mark_cache_size>
  <primary_index_cache_size>${256 * MIB}</primary_index_cache_size>
  <background_pool_size>4</background_pool_size>
  <background_schedule_pool_size>16</background_schedule_pool_size>
  <merge_tree>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>2</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>2</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>2</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <partition_by>event_date</partition_by>
    <ttl>event_date + INTERVAL 1 DAY DELETE</ttl>
    <settings>ttl_only_drop_parts = 1</settings>
    <flush_interval_milliseconds>7500</flush_interval_milliseconds>
  </query_log>
  <http_handlers>
    <rule>
      <url>/ping</url>
      <methods>GET,HEAD</methods>
      <handler><type>static</type><status>200</status><response_content>Ok.</response_content></handler>
    </rule>
    <rule>
      <headers><Authorization>regex:^Basic ${ourUsers}.*$</Authorization></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
  </http_handlers>
</clickhouse>
`
}

function renderCluster({ name, tcpPort, shardPorts, writerPassword }: EngineCluster): string {
  const shards = shardPorts.map(
    (port) => `
      <shard>
        <replica>
          <host>127.0.0.1</host><port>${port}</port><user>${WRITER}</user><password>${escapeXml(writerPassword)}</password>
        </replica>
      </shard>`,
  )
  return `
  <tcp_port>${tcpPort}</tcp_port>
  <remote_servers>
    <${name}>${shards.join('')}
    </${name}>
  </remote_servers>`
}

/**
 * The users file. The writer owns the application's database; the reader selects from it and cannot write, define
 * tables, or reach files and other servers, though it may set limits for each request; `default` is the engine's own
 * session and may open the listener and wait.
 */
export function renderUsersConfig(options: { writerPassword: string; readerPassword: string }): string {
  const writer = [
    `GRANT ALL ON ${APP_DATABASE}.*`,
    'GRANT SELECT ON system.*',
    'GRANT CREATE TEMPORARY TABLE, KILL QUERY ON *.*',
    'GRANT SYSTEM FLUSH, SYSTEM RELOAD DICTIONARY, SYSTEM DROP CACHE, SYSTEM MERGES, SYSTEM VIEWS ON *.*',
    'GRANT TABLE ENGINE ON *',
    `GRANT SET DEFINER ON ${WRITER}`,
  ]
  const reader = [
    `GRANT SELECT, dictGet ON ${APP_DATABASE}.*`,
    'GRANT SELECT ON system.one',
    'GRANT SELECT ON system.query_log',
    'GRANT SELECT(database, table, active, name, partition_id, min_block_number, max_block_number) ON system.parts',
    'GRANT CREATE TEMPORARY TABLE ON *.*',
  ]
  return `<clickhouse>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      ${renderGrants(['GRANT SYSTEM LISTEN ON *.*', 'GRANT SELECT ON system.numbers'])}
    </default>
    ${renderUser(WRITER, options.writerPassword, 'default', writer)}
    ${renderUser(READER, options.readerPassword, 'reader', reader)}
  </users>
  <profiles>
    <default>${QUERY_LOG_LIMITS}</default>
    <reader><readonly>2</readonly><allow_ddl>0</allow_ddl>${QUERY_LOG_LIMITS}</reader>
  </profiles>
  <quotas><default></default></quotas>
</clickhouse>
`
}

function renderUser(name: string, password: string, profile: string, grants: readonly string[]): string {
  return `<${name}>
      <password_sha256_hex>${createHash('sha256').update(password).digest('hex')}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>${profile}</profile>
      <quota>default</quota>
      ${renderGrants(grants)}
    </${name}>`
}

function renderGrants(grants: readonly string[]): string {
  return `<grants>${grants.map((grant) => `<query>${grant}</query>`).join('')}</grants>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

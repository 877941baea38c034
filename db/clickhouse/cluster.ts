import type { ClickHouseSettings } from '@clickhouse/client'

/**
 * With a cluster, every table is kept in parts on its shards, as `<table>_local`, behind a `Distributed` table of its own
 * name. All statements read and write the latter; what it cannot do (mutations, OPTIMIZE) is done on each shard.
 */

/** By what the rows of a table are spread: the attempts of a request and the copies of an attempt meet on one shard. */
const SHARDING: Readonly<Record<string, string>> = {
  attempts: 'cityHash64(workspace_id, request_key)',
  attempt_keys: 'cityHash64(workspace_id, request_key)',
  // Filled on its shard alone, by a view or from the attempts there.
  request_times: 'request_hash',
  attempt_times: 'request_hash',
  workspace_activity: 'workspace_id',
  ingest_findings: 'workspace_id',
  slot_marks: 'workspace_id',
  rollup_days: 'workspace_id',
  user_names: 'cityHash64(workspace_id, user_hash)',
  price_changes: 'workspace_id',
  closed_attempts: 'cityHash64(workspace_id, request_key)',
}

const ROLLUP_SHARDING = 'cityHash64(workspace_id, day)'

/** Settings of every query over `Distributed` tables. */
export const CLUSTER_SETTINGS: ClickHouseSettings = {
  // An insert is acknowledged when it is on its shards, not when it is queued for them.
  distributed_foreground_insert: 1,
  // A subquery reads all shards, wherever it runs.
  distributed_product_mode: 'allow',
  // INSERT … SELECT adds up over all shards and spreads its rows anew.
  parallel_distributed_insert_select: '0',
  // Of several replicas the same one is read that was written to, while it is there.
  load_balancing: 'in_order',
}

/** A shard's own part of a table. */
export function localTable(table: string): string {
  return `${table}_local`
}

const CREATE_TABLE = /^CREATE TABLE IF NOT EXISTS (\w+)/
const CREATE_VIEW = /^(CREATE MATERIALIZED VIEW IF NOT EXISTS \w+) TO (\w+) AS/
const ALTER_VIEW = /^ALTER TABLE \w+\s+MODIFY QUERY\b/
const COPY = /^INSERT INTO (\w+)\s+SELECT\b/
const DROP_VIEW = /^DROP VIEW IF EXISTS \w+/
const DROP_TABLE = /^DROP TABLE IF EXISTS (\w+)/
const ALTER_TABLE = /^ALTER TABLE (\w+)\s+(ADD COLUMN|MODIFY COLUMN|DROP COLUMN)?/
const ENGINE = /ENGINE = (\w*MergeTree)(?:\(([^)]*)\))?/

/**
 * The statements that one host of a cluster runs in place of one of the schema.
 * @throws Error for a table of which nobody said by what it is spread, and for statements of other kinds
 */
export function clusterStatements(sql: string, cluster: { name: string; isReplicated: boolean }): string[] {
  const statement = sql.trim()
  const [, created] = CREATE_TABLE.exec(statement) ?? []
  if (created !== undefined) {
    const sharding = SHARDING[created] ?? (created.startsWith('rollup_') ? ROLLUP_SHARDING : undefined)
    if (sharding === undefined) throw new Error(`the table ${created} has no sharding key`)
    const local = statement.replace(created, localTable(created))
    return [
      cluster.isReplicated ? replicate(local) : local,
      `CREATE TABLE IF NOT EXISTS ${created} AS ${localTable(created)}
       ENGINE = Distributed('${cluster.name}', currentDatabase(), '${localTable(created)}', ${sharding})`,
    ]
  }
  const [, view, target] = CREATE_VIEW.exec(statement) ?? []
  if (view !== undefined && target !== undefined) {
    return [
      statement
        .replace(` TO ${target} AS`, ` TO ${localTable(target)} AS`)
        .replace(/\bFROM (\w+)/, (_, table: string) => `FROM ${localTable(table)}`),
    ]
  }
  if (ALTER_VIEW.test(statement)) {
    return [statement.replace(/\bFROM (\w+)/, (_, table: string) => `FROM ${localTable(table)}`)]
  }
  const [, filled] = COPY.exec(statement) ?? []
  if (filled !== undefined) {
    return [
      statement
        .replace(filled, localTable(filled))
        .replace(/\bFROM (\w+)/, (_, table: string) => `FROM ${localTable(table)}`),
    ]
  }
  if (DROP_VIEW.test(statement)) return [statement]
  const [, dropped] = DROP_TABLE.exec(statement) ?? []
  if (dropped !== undefined) return [statement, statement.replace(dropped, localTable(dropped))]
  const [, altered, ofColumns] = ALTER_TABLE.exec(statement) ?? []
  if (altered !== undefined) {
    const local = statement.replace(altered, localTable(altered))
    // A Distributed table has the columns alone: no codecs that count, no indices, no data.
    return ofColumns === undefined || statement.includes(' CODEC(') ? [local] : [local, statement]
  }
  throw new Error(`this statement cannot be run on a cluster: ${statement.slice(0, 80)}`)
}

/** Kept by all replicas of its shard. Blocks are not compared with earlier ones: equal ones are stored again. */
function replicate(sql: string): string {
  const engine = sql.replace(ENGINE, (_, name: string, options: string | undefined) => {
    const rest = options ? `, ${options}` : ''
    return `ENGINE = Replicated${name}('/clickhouse/tables/{shard}/{database}/{table}', '{replica}'${rest})`
  })
  const window = 'replicated_deduplication_window = 0'
  return /\bSETTINGS\b/.test(engine) ? `${engine}, ${window}` : `${engine} SETTINGS ${window}`
}

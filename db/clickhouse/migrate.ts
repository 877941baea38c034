import 'server-only'
import { z } from 'zod'
import { listHosts, queryRows, runCommand } from '@/db/clickhouse/client'
import { clusterStatements } from '@/db/clickhouse/cluster'
import { migrations } from '@/db/clickhouse/migrations'
import { readEnv } from '@/lib/env'

/** What is rewritten may be much: the engine then says that it is at it, so that nobody hangs up. */
const KEEP_ALIVE = { send_progress_in_http_headers: 1, http_headers_progress_interval_ms: '20000' } as const

const doneRow = z.object({ name: z.string(), step: z.coerce.number() })

/**
 * Applies what is missing of the ClickHouse schema, statement by statement, and records each, so that a run that was
 * killed half-way is completed by the next one. With a cluster, on each of its hosts.
 * @throws AppError `unavailable` when a host does not answer.
 */
export async function migrateClickhouse(onProgress: (line: string) => void = () => {}): Promise<void> {
  const { CLICKHOUSE_CLUSTER: name } = readEnv()
  const hosts = await listHosts()
  if (!hosts || !name) return await migrateHost(undefined, (statement) => [statement], onProgress)
  for (const host of hosts) {
    const cluster = { name, isReplicated: await isReplicated(host) }
    await migrateHost(host, (statement) => clusterStatements(statement, cluster), onProgress)
  }
}

const macroRow = z.object({ macros: z.coerce.number() })

/** Tables are replicated where a host has a name as a replica of its shard. */
async function isReplicated(host: string): Promise<boolean> {
  const [row] = await queryRows(
    macroRow,
    `SELECT count() AS macros FROM system.macros WHERE macro IN ('shard', 'replica')`,
    { role: 'write', host },
  )
  return row?.macros === 2
}

async function migrateHost(
  host: string | undefined,
  expand: (statement: string) => readonly string[],
  onProgress: (line: string) => void,
): Promise<void> {
  await runCommand(
    `CREATE TABLE IF NOT EXISTS schema_migrations (name String, step UInt16, applied_at DateTime64(3, 'UTC'))
     ENGINE = ReplacingMergeTree ORDER BY (name, step)`,
    { host },
  )
  const rows = await queryRows(doneRow, 'SELECT name, step FROM schema_migrations FINAL', { role: 'write', host })
  const done = new Set(rows.map((row) => `${row.name}/${row.step}`))
  for (const migration of migrations) {
    for (const [step, statement] of migration.statements.entries()) {
      if (done.has(`${migration.name}/${step}`)) continue
      for (const each of expand(statement)) await runCommand(each, { host, settings: KEEP_ALIVE })
      await runCommand('INSERT INTO schema_migrations VALUES ({name:String}, {step:UInt16}, now64(3))', {
        params: { name: migration.name, step },
        host,
      })
      onProgress(`ClickHouse: ${migration.name} ${step + 1}/${migration.statements.length}`)
    }
  }
}

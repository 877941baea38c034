import 'server-only'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { migrations } from '@/db/clickhouse/migrations'

const doneRow = z.object({ name: z.string(), step: z.coerce.number() })

/**
 * Applies what is missing of the ClickHouse schema, statement by statement, and records each, so that a run that was
 * killed half-way is completed by the next one.
 */
export async function migrateClickhouse(onProgress: (line: string) => void = () => {}): Promise<void> {
  await runCommand(
    `CREATE TABLE IF NOT EXISTS schema_migrations (name String, step UInt16, applied_at DateTime64(3, 'UTC'))
     ENGINE = ReplacingMergeTree ORDER BY (name, step)`,
  )
  const rows = await queryRows(doneRow, 'SELECT name, step FROM schema_migrations FINAL', { role: 'write' })
  const done = new Set(rows.map((row) => `${row.name}/${row.step}`))
  for (const migration of migrations) {
    for (const [step, statement] of migration.statements.entries()) {
      if (done.has(`${migration.name}/${step}`)) continue
      await runCommand(statement)
      await runCommand('INSERT INTO schema_migrations VALUES ({name:String}, {step:UInt16}, now64(3))', {
        params: { name: migration.name, step },
      })
      onProgress(`ClickHouse: ${migration.name} ${step + 1}/${migration.statements.length}`)
    }
  }
}

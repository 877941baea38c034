import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { migrations } from '@/db/clickhouse/migrations'

const tableRow = z.object({ found: z.coerce.number().int() })
const stepRow = z.object({ name: z.string(), step: z.coerce.number().int() })

/**
 * Whether every ClickHouse migration of this version is applied.
 * @throws AppError `unavailable` when ClickHouse does not answer.
 */
export async function isClickHouseMigrated(signal?: AbortSignal): Promise<boolean> {
  const tables = await queryRows(
    tableRow,
    `SELECT count() AS found FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'`,
    { signal },
  )
  if (tables[0]?.found !== 1) return false
  const rows = await queryRows(stepRow, 'SELECT DISTINCT name, step FROM schema_migrations', { signal })
  const done = new Set(rows.map(({ name, step }) => `${name}/${step}`))
  return migrations.every(({ name, statements }) => statements.every((_, step) => done.has(`${name}/${step}`)))
}

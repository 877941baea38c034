import 'server-only'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'

export type TableSize = { name: string; rows: number; bytes: number; parts: number }

const sizeRow = z.object({
  name: z.string(),
  row_count: z.coerce.number(),
  bytes: z.coerce.number(),
  parts: z.coerce.number(),
})

/** Rows, bytes on disk and parts of every table that has any, those of the app's database and the engine's log. */
export async function measureStorage(): Promise<{ ledger: TableSize[]; peers: TableSize[]; log: TableSize | null }> {
  await runCommand('SYSTEM FLUSH LOGS query_log')
  const rows = await queryRows(
    sizeRow,
    `SELECT table AS name, sum(rows) AS row_count, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts
     WHERE active AND (database = currentDatabase() OR (database = 'system' AND table = 'query_log'))
     GROUP BY database, table HAVING row_count > 0 ORDER BY bytes DESC`,
    { role: 'write' },
  )
  const sizes = rows.map(({ name, row_count, bytes, parts }) => ({ name, rows: row_count, bytes, parts }))
  const isPeer = ({ name }: TableSize) => name.startsWith('peer_')
  const log = sizes.find(({ name }) => name === 'query_log') ?? null
  return { ledger: sizes.filter((size) => !isPeer(size) && size !== log), peers: sizes.filter(isPeer), log }
}

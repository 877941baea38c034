import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { readEnv } from '@/lib/env'

const partsRow = z.object({ parts: z.string() })

/**
 * SQL over system.parts: of each part the inserts that it holds, which a merge adds up, and the last mutation of its
 * partition that it has seen, the fifth piece of its name.
 */
const CONTENT = `(toUInt64(max_block_number - min_block_number) + 1) * cityHash64(partition_id, splitByChar('_', name)[5])`

/**
 * Names what the table of attempts holds at this moment: equal only where nothing was stored, changed or removed in between,
 * whether or not it was acknowledged. Merges leave it as it is, as they do what is read with FINAL. Null with a cluster,
 * where each shard has its own.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readStoredParts(): Promise<string | null> {
  if (readEnv().CLICKHOUSE_CLUSTER) return null
  const [row] = await queryRows(
    partsRow,
    `SELECT toString(sum(${CONTENT})) AS parts FROM system.parts
     WHERE database = currentDatabase() AND table = 'attempts' AND active`,
    { settings: { max_threads: 1, enable_analyzer: 0 } },
  )
  return row?.parts ?? null
}

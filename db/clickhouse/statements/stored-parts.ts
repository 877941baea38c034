import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { readEnv } from '@/lib/env'

const partsRow = z.object({ parts: z.string() })

/**
 * Names what the table of attempts holds at this moment: equal only where nothing was stored, changed or removed in between,
 * whether or not it was acknowledged. Merges of what is stored change it too. Null with a cluster, where each shard has
 * its own.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readStoredParts(): Promise<string | null> {
  if (readEnv().CLICKHOUSE_CLUSTER) return null
  const [row] = await queryRows(
    partsRow,
    `SELECT concat(toString(sum(cityHash64(name))), ' ', toString(count())) AS parts FROM system.parts
     WHERE database = currentDatabase() AND table = 'attempts' AND active`,
    { settings: { max_threads: 1, enable_analyzer: 0 } },
  )
  return row?.parts ?? null
}

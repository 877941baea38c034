import 'server-only'
import { cpus, loadavg, release, type as systemType, totalmem } from 'node:os'
import { z } from 'zod'
import { showBytes } from '@/bench/format-figures'
import { queryRows } from '@/db/clickhouse/client'

/** Processes that want a core, on average of the last minute. */
export function readLoad(): number {
  return loadavg()[0] ?? 0
}

/** The machine and the versions that figures were measured with, as lines of name and value. */
export async function describeMachine(): Promise<readonly (readonly [name: string, value: string])[]> {
  const [row] = await queryRows(z.object({ version: z.string() }), 'SELECT version() AS version')
  const processors = cpus()
  return [
    ['Processor', `${processors.length} × ${processors[0]?.model.trim() || 'unknown'}`],
    ['Memory', showBytes(totalmem())],
    ['System', `${systemType()} ${release()}`],
    ['Node.js', process.versions.node],
    ['ClickHouse', row?.version ?? 'unknown'],
  ]
}

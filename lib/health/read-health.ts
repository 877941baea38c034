import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import type { FINDING_KINDS } from '@/lib/health/finding-kinds'
import { Parameters } from '@/lib/metrics/compile-filters'
import { pricedAttempts, repricedColumns } from '@/lib/pricing/price-sql'
import { readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'
import type { Range } from '@/lib/time'

/** How many requests are named as examples of a kind. */
const EXAMPLES = 3

export type FindingSummary = {
  kind: keyof typeof FINDING_KINDS
  count: string
  requests: string
  lastSeenIso: string
  /** externalRequestIds, newest first. */
  examples: string[]
}

export type Health = {
  /** One per kind of finding, also where there is none. */
  findings: (FindingSummary | { kind: FindingSummary['kind']; count: '0' })[]
  /** Attempts in the range whatever their environment and data mode, and those whose usage is unknown. */
  attempts: string
  unknownUsageAttempts: string
}

const KINDS = [
  'conflict',
  'double_reporting',
  'personal_data',
  'total_mismatch',
] as const satisfies readonly (keyof typeof FINDING_KINDS)[]

const findingRow = z.object({
  kind: z.enum(KINDS),
  count: z.string(),
  requests: z.string(),
  last_seen_ms: z.coerce.number(),
  examples: z.array(z.string()),
})

/**
 * What ingest found odd while the range went by (when it was received), and how much of what happened in the range has no
 * known usage. Ids that retention or an erasure removed are not among the examples.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readHealth(workspaceId: number, range: Range): Promise<Health> {
  const params = { workspaceId, fromMs: String(range.from.getTime()), toMs: String(range.to.getTime()) }
  const bind = new Parameters('price')
  const changes = await readOpenPriceChanges([workspaceId])
  const priced = repricedColumns(changes, (type, value) => bind.add(type, value))
  const within = (column: string) =>
    `workspace_id = {workspaceId:UInt32} AND ${column} >= fromUnixTimestamp64Milli({fromMs:Int64})
       AND ${column} < fromUnixTimestamp64Milli({toMs:Int64})`
  const [rows, usage] = await Promise.all([
    queryRows(
      findingRow,
      `SELECT kind, count() AS count, uniqExact(external_request_id) AS requests,
         toUnixTimestamp64Milli(max(found_at)) AS last_seen_ms,
         arraySlice(arrayDistinct(arrayMap(found -> found.2,
           arrayReverseSort(found -> found.1, groupArrayLast(50)((found_at, external_request_id))))), 1, ${EXAMPLES}) AS examples
       FROM ingest_findings WHERE ${within('found_at')} AND kind IN (${KINDS.map((kind) => `'${kind}'`).join(',')})
       GROUP BY kind`,
      { params, settings: { final: 0 } },
    ),
    queryRows(
      z.object({ attempts: z.string(), unknown: z.string() }),
      `SELECT count() AS attempts, countIf(NOT ${priced.usageKnown}) AS unknown
       FROM ${pricedAttempts(priced, 'attempts')} WHERE ${within('ts')}`,
      { params: { ...params, ...bind.params } },
    ),
  ])
  return {
    findings: KINDS.map((kind) => {
      const row = rows.find((each) => each.kind === kind)
      if (!row) return { kind, count: '0' }
      return {
        kind,
        count: row.count,
        requests: row.requests,
        lastSeenIso: new Date(row.last_seen_ms).toISOString(),
        examples: row.examples.filter((id) => id !== ''),
      }
    }),
    attempts: usage[0]?.attempts ?? '0',
    unknownUsageAttempts: usage[0]?.unknown ?? '0',
  }
}

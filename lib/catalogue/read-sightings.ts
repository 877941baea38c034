import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { Parameters } from '@/lib/metrics/compile-filters'
import { attemptsSource, repricedColumns } from '@/lib/pricing/price-sql'
import { readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'

/** A name that was sent, what it stands for, and when it was first and last used. */
export type Sighting = {
  provider: string
  model: string
  rawProvider: string
  rawModel: string
  /** Of the attempts' own time, whatever their environment and data mode. */
  firstSeenIso: string
  lastSeenIso: string
}

const milliseconds = z.coerce.number().transform((ms) => new Date(ms).toISOString())

const sightingRow = z
  .object({
    provider: z.string(),
    model: z.string(),
    raw_provider: z.string(),
    raw_model: z.string(),
    first_ms: milliseconds,
    last_ms: milliseconds,
  })
  .transform((row) => ({
    provider: row.provider,
    model: row.model,
    rawProvider: row.raw_provider,
    rawModel: row.raw_model,
    firstSeenIso: row.first_ms,
    lastSeenIso: row.last_ms,
  }))

/**
 * Every name under which a workspace ever called a model.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readSightings(workspaceId: number): Promise<Sighting[]> {
  const bind = new Parameters('name')
  const columns = repricedColumns(await readOpenPriceChanges([workspaceId]), (type, value) => bind.add(type, value))
  return await queryRows(
    sightingRow,
    `SELECT provider, model, raw_provider, raw_model, toString(toUnixTimestamp64Milli(min(ts))) AS first_ms,
       toString(toUnixTimestamp64Milli(max(ts))) AS last_ms
     FROM ${attemptsSource(columns)} WHERE workspace_id = {workspaceId:UInt32}
     GROUP BY provider, model, raw_provider, raw_model ORDER BY provider, model, raw_provider, raw_model`,
    { params: { ...bind.params, workspaceId } },
  )
}

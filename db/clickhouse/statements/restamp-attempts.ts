import 'server-only'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS } from '@/db/clickhouse/statements/attempts'

/** What takes the place of the stored columns, as SQL over what `from` makes of `attempts`, and its parameters. */
export type Restamp = {
  /** Adds the columns that the others are made of to a table of attempts. */
  from: (attempts: string) => string
  /** Which attempts may differ. */
  touched: string
  /** Which attempts may have other names; `0` where none may. */
  renamed: string
  provider: string
  model: string
  priced_cost: string
  model_known: string
  usage_known: string
  price_id: string
  unpriced_reason: string
  params: Record<string, unknown>
}

const STAMPED = [
  'provider',
  'model',
  'priced_cost',
  'model_known',
  'usage_known',
  'price_id',
  'unpriced_reason',
] as const

/** Statements are sent whole: the books in them may be long. */
const SETTINGS = { max_query_size: '16777216', max_ast_elements: '1000000', max_expanded_ast_elements: '1000000' }

/** Attempts whose stored stamp differs. `IS DISTINCT FROM` compares a cost that is absent as a value. */
function differs(restamp: Restamp): string {
  return `(${restamp.touched}) AND (${STAMPED.map((column) => `(${restamp[column]}) IS DISTINCT FROM ${column}`).join(' OR ')})`
}

const hourRow = z.object({
  provider: z.string(),
  model: z.string(),
  hour: z.coerce.number(),
  attempts: z.coerce.number(),
})

/** How many attempts of each model (as it is named now) and hour (its start in seconds) differ, in the order of time. */
export async function countUnstamped(
  restamp: Restamp,
): Promise<{ provider: string; model: string; hour: number; attempts: number }[]> {
  return await queryRows(
    hourRow,
    `SELECT new_provider AS provider, new_model AS model, hour, count() AS attempts
     FROM (
       SELECT ${restamp.provider} AS new_provider, ${restamp.model} AS new_model,
         intDiv(toUnixTimestamp64Milli(ts), 3600000) * 3600 AS hour
       FROM ${restamp.from('attempts FINAL')} WHERE ${differs(restamp)})
     GROUP BY new_provider, new_model, hour ORDER BY hour`,
    {
      role: 'write',
      params: restamp.params,
      settings: { ...SETTINGS, max_execution_time: 60, do_not_merge_across_partitions_select_final: 1 },
    },
  )
}

/** Some of the attempts within [fromMs, toMs): those whose key leaves `part` when divided by `parts`. */
export type RestampStep = { fromMs: number; toMs: number; parts: number; part: number }

/** The condition of the attempts of a step that differ. */
export function unstampedOf(restamp: Restamp, { fromMs, toMs, parts, part }: RestampStep): string {
  const instant = (atMs: number) => `fromUnixTimestamp64Milli(toInt64(${atMs}), 'UTC')`
  const share = parts === 1 ? '' : ` AND attempt_key % ${parts} = ${part}`
  return `ts >= ${instant(fromMs)} AND ts < ${instant(toMs)}${share} AND ${differs(restamp)}`
}

/** The highest version of the same content, see lib/events/row-version.ts: its last 16 bits count up to here. */
const LAST_VERSION = 65_534

/**
 * Inserts the attempts that `where` picks again with their new stamp. Same key, same version: of rows of one version the
 * one inserted last stands. Those that get other names get the next version, since whoever reads an attempt's keys takes
 * the row of the highest one without asking which came last. The engine gives up after 10 seconds, within what a mark made before covers.
 */
export async function insertRestamped(restamp: Restamp, where: string): Promise<void> {
  const stamps = STAMPED.map((column) => `${restamp[column]} AS new_${column}`)
  const stamped = new Set<string>(STAMPED)
  const isRenamed = `(new_provider != provider OR new_model != model) AND version % 65536 < ${LAST_VERSION}`
  const values = ATTEMPT_COLUMNS.map((column) => {
    if (column === 'version') return `CAST(if(${isRenamed}, version + 1, version) AS UInt128)`
    return stamped.has(column) ? `new_${column}` : column
  })
  await runCommand(
    `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')})
     SELECT ${values.join(', ')}
     FROM (SELECT *, ${stamps.join(', ')} FROM ${restamp.from('attempts FINAL')} WHERE ${where})`,
    {
      params: restamp.params,
      settings: { ...SETTINGS, max_execution_time: 10, do_not_merge_across_partitions_select_final: 1 },
    },
  )
}

const touchedRow = z
  .object({ workspace_id: z.number(), request_key: z.string() })
  .transform((row) => ({ workspaceId: row.workspace_id, requestKey: row.request_key }))

const spanRow = z.object({ from_ms: z.coerce.number(), requests: z.coerce.number() })

/** Days (their start in milliseconds, UTC) that have attempts which may be renamed and are not alone in their request. */
export async function countRenamedRequests(restamp: Restamp): Promise<{ fromMs: number; requests: number }[]> {
  if (restamp.renamed === '0') return []
  const rows = await queryRows(
    spanRow,
    `SELECT intDiv(toUnixTimestamp64Milli(ts), 86400000) * 86400000 AS from_ms, uniqExact(request_key) AS requests
     FROM attempts FINAL WHERE (${restamp.renamed}) AND request_attempts > 1 GROUP BY from_ms ORDER BY from_ms`,
    {
      role: 'write',
      params: restamp.params,
      settings: { ...SETTINGS, max_execution_time: 60, do_not_merge_across_partitions_select_final: 1 },
    },
  )
  return rows.map(({ from_ms, requests }) => ({ fromMs: from_ms, requests }))
}

/** Requests with other attempts beside one within [fromMs, toMs) that may be renamed, from the one after a key on. */
export async function listRenamedRequests(
  restamp: Restamp,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  after: { workspaceId: number; requestKey: string } | null,
  limit: number,
): Promise<{ workspaceId: number; requestKey: string }[]> {
  const instant = (atMs: number) => `fromUnixTimestamp64Milli(toInt64(${atMs}), 'UTC')`
  const from = after ? 'AND (workspace_id, request_key) > ({afterWorkspace:UInt32}, {afterRequest:UInt64})' : ''
  return await queryRows(
    touchedRow,
    `SELECT DISTINCT workspace_id, request_key FROM attempts FINAL
     WHERE ts >= ${instant(fromMs)} AND ts < ${instant(toMs)} AND (${restamp.renamed}) AND request_attempts > 1 ${from}
     ORDER BY workspace_id, request_key LIMIT ${Math.trunc(limit)}`,
    {
      role: 'write',
      params: {
        ...restamp.params,
        ...(after ? { afterWorkspace: after.workspaceId, afterRequest: BigInt(after.requestKey) } : {}),
      },
      settings: { ...SETTINGS, max_execution_time: 60, do_not_merge_across_partitions_select_final: 1 },
    },
  )
}

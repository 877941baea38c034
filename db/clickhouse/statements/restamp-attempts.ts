import 'server-only'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS } from '@/db/clickhouse/statements/attempts'

/** What takes the place of the stored columns, as SQL over `attempts`, and its parameters. */
export type Restamp = {
  /** Which attempts may differ. */
  touched: string
  priced_cost: string
  model_known: string
  usage_known: string
  price_id: string
  unpriced_reason: string
  params: Record<string, unknown>
}

const STAMPED = ['priced_cost', 'model_known', 'usage_known', 'price_id', 'unpriced_reason'] as const

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

/** How many attempts of each model and hour (its start in seconds) differ, in the order of time. */
export async function countUnstamped(
  restamp: Restamp,
): Promise<{ provider: string; model: string; hour: number; attempts: number }[]> {
  return await queryRows(
    hourRow,
    `SELECT provider, model, intDiv(toUnixTimestamp64Milli(ts), 3600000) * 3600 AS hour, count() AS attempts
     FROM attempts FINAL WHERE ${differs(restamp)} GROUP BY provider, model, hour ORDER BY hour`,
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

/**
 * Inserts the attempts that `where` picks again with their new stamp. Same key, same version: of rows of one version the
 * one inserted last stands. The engine gives up after 10 seconds, within what a mark made before covers.
 */
export async function insertRestamped(restamp: Restamp, where: string): Promise<void> {
  const stamps = STAMPED.map((column) => `${restamp[column]} AS new_${column}`)
  const stamped = new Set<string>(STAMPED)
  const values = ATTEMPT_COLUMNS.map((column) => (stamped.has(column) ? `new_${column}` : column))
  await runCommand(
    `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')})
     SELECT ${values.join(', ')}
     FROM (SELECT *, ${stamps.join(', ')} FROM attempts FINAL WHERE ${where})`,
    {
      params: restamp.params,
      settings: { ...SETTINGS, max_execution_time: 10, do_not_merge_across_partitions_select_final: 1 },
    },
  )
}

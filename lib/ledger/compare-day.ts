import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { rollupColumns, selectRollup } from '@/lib/ledger/build-sql'
import type { CleanDay } from '@/lib/metrics/clean-days'
import { DURATIONS } from '@/lib/metrics/registry'
import { type Rollup, USER_HASH_SQL } from '@/lib/metrics/rollups'

/** A value of a rollup that is not what the attempts say; values as text, '' where there is none. */
export type CellDifference = { key: string; column: string; stored: string; expected: string }

/** What a comparison of one table and day found; `differences` holds the first few of `differing`. */
export type Comparison = { cells: number; differing: number; differences: CellDifference[] }

/** Differences that are told one by one. */
const MAX_TOLD = 5

const KEY_COLUMNS = ['environment', 'data_mode'] as const
/** Columns of every rollup that are no cells: they say which build a row is of. */
const BUILD_COLUMNS = ['workspace_id', 'day', 'build']

/** A day is compared beside everything else that the engine does, and spills rather than grow. */
const COMPARE_SETTINGS = {
  final: 1,
  do_not_merge_across_partitions_select_final: 1,
  max_threads: 1,
  max_execution_time: 600,
  max_bytes_before_external_group_by: '500000000',
} as const

const comparisonRow = z
  .object({
    cells: z.coerce.number(),
    differing: z.coerce.number(),
    told: z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), z.string(), z.string()]))])),
  })
  .transform(
    ({ cells, differing, told }): Comparison => ({
      cells,
      differing,
      differences: told
        .flatMap(([key, found]) => found.map(([column, stored, expected]) => ({ key, column, stored, expected })))
        .slice(0, MAX_TOLD),
    }),
  )

/** Buckets of a histogram that hold something, as text. */
function shownCounts(column: string): string {
  return `arrayStringConcat(arrayMap(i -> concat(toString(i - 1), ':', toString(${column}[i])),
    arrayFilter(i -> ${column}[i] > 0, arrayEnumerate(${column}))), ' ')`
}

/** One side of a cell as text, and whether both sides are equal. */
function cellSql(column: string): string {
  const isHistogram = column in DURATIONS
  const [stored, expected] = isHistogram
    ? [`sumForEachIf(${column}, side = 0)`, `sumForEachIf(${column}, side = 1)`]
    : [`sumIf(${column}, side = 0)`, `sumIf(${column}, side = 1)`]
  const shown = (sql: string) => (isHistogram ? shownCounts(sql) : `ifNull(toString(${sql}), '')`)
  return `('${column}', ${shown(stored)}, ${shown(expected)})`
}

/**
 * Compares all cells of a rollup on one day with what the attempts give, in one statement. A key that only one side has
 * differs as a whole, and one whose row is there twice counts as a differing cell `rows`.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function compareRollup(
  rollup: Rollup,
  day: CleanDay,
  costPreference: 'reported' | 'book',
): Promise<Comparison> {
  const columns = rollupColumns(rollup).filter((name) => !BUILD_COLUMNS.includes(name))
  const keys = [...KEY_COLUMNS, ...rollup.keys.map(({ column }) => column)]
  const values = columns.filter((name) => !keys.includes(name))
  const expected = selectRollup(rollup, {
    workspaceId: day.workspaceId,
    costPreference,
    days: [{ fromS: day.fromMs / 1_000, toS: day.toMs / 1_000, build: BigInt(day.build) }],
  })
  const names = columns.join(', ')
  const [found] = await queryRows(
    comparisonRow,
    `SELECT count() * ${values.length + 1} AS cells, sum(length(different)) AS differing,
       groupArrayIf(${MAX_TOLD})((key, arraySlice(different, 1, ${MAX_TOLD})), notEmpty(different)) AS told
     FROM (
       SELECT concat(${keys.map((key) => `toString(${key})`).join(`, ' / ', `)}) AS key,
         arrayFilter(cell -> cell.2 != cell.3, [
           ('rows', toString(countIf(side = 0)), toString(countIf(side = 1))),
           ${values.map(cellSql).join(',\n           ')}
         ]) AS different
       FROM (
         SELECT 0 AS side, ${names} FROM ${rollup.table}
         WHERE workspace_id = ${day.workspaceId} AND day = toDateTime(${day.fromMs / 1_000}, 'UTC') AND build = ${BigInt(day.build)}
         UNION ALL
         SELECT 1 AS side, ${names} FROM (${expected})
       )
       GROUP BY ${keys.join(', ')}
     )`,
    { role: 'write', settings: COMPARE_SETTINGS },
  )
  return found ?? { cells: 0, differing: 0, differences: [] }
}

/**
 * Compares the names of the users of one day with the table in which rollups look them up.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function compareUserNames({ workspaceId, fromMs, toMs }: CleanDay): Promise<Comparison> {
  const instant = (atMs: number) => `fromUnixTimestamp64Milli(toInt64(${atMs}), 'UTC')`
  const [found] = await queryRows(
    comparisonRow,
    `SELECT count() AS cells, countIf(stored != expected) AS differing,
       groupArrayIf(${MAX_TOLD})((key, [('user_id', stored, expected)]), stored != expected) AS told
     FROM (
       SELECT toString(user_hash) AS key, maxIf(user_id, side = 0) AS stored, maxIf(user_id, side = 1) AS expected
       FROM (
         SELECT 0 AS side, user_hash, user_id FROM user_names WHERE workspace_id = ${workspaceId}
         UNION ALL
         SELECT DISTINCT 1 AS side, ${USER_HASH_SQL} AS user_hash, user_id FROM attempts
         WHERE workspace_id = ${workspaceId} AND ts >= ${instant(fromMs)} AND ts < ${instant(toMs)} AND user_id != ''
       )
       GROUP BY user_hash HAVING countIf(side = 1) > 0
     )`,
    { role: 'write', settings: COMPARE_SETTINGS },
  )
  return found ?? { cells: 0, differing: 0, differences: [] }
}

/**
 * Compares how many attempts of mixed requests a day is said to have with the attempts.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function compareMixed({ workspaceId, fromMs, toMs, build }: CleanDay): Promise<Comparison> {
  const instant = (atMs: number) => `fromUnixTimestamp64Milli(toInt64(${atMs}), 'UTC')`
  const [found] = await queryRows(
    comparisonRow,
    `SELECT 1 AS cells, toUInt8(stored != expected) AS differing,
       if(stored != expected, [('', [('mixed_attempts', stored, expected)])], []) AS told
     FROM (
       SELECT
         (SELECT toString(sum(mixed_attempts)) FROM rollup_days
          WHERE workspace_id = ${workspaceId} AND build = ${BigInt(build)}) AS stored,
         (SELECT toString(countIf(mixed)) FROM attempts
          WHERE workspace_id = ${workspaceId} AND ts >= ${instant(fromMs)} AND ts < ${instant(toMs)}) AS expected
     )`,
    { role: 'write', settings: COMPARE_SETTINGS },
  )
  return found ?? { cells: 0, differing: 0, differences: [] }
}

import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { rollupColumns, selectRollup, spans } from '@/lib/ledger/build-sql'
import type { LedgerWorkspace } from '@/lib/ledger/reconcile'
import type { CleanDay } from '@/lib/metrics/clean-days'
import { DURATIONS } from '@/lib/metrics/registry'
import { type Rollup, USER_HASH_SQL } from '@/lib/metrics/rollups'

/** A value of a rollup that is not what the attempts say; values as text, '' where there is none. */
type CellDifference = { key: string; column: string; stored: string; expected: string }

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
    from_s: z.coerce.number(),
    cells: z.coerce.number(),
    differing: z.coerce.number(),
    told: z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), z.string(), z.string()]))])),
  })
  .transform(({ from_s, cells, differing, told }) => ({
    fromMs: from_s * 1_000,
    comparison: {
      cells,
      differing,
      differences: told
        .flatMap(([key, found]) => found.map(([column, stored, expected]) => ({ key, column, stored, expected })))
        .slice(0, MAX_TOLD),
    },
  }))

const NOTHING: Comparison = { cells: 0, differing: 0, differences: [] }

/** Runs a statement that answers a row for each day that has something to compare; one comparison per day, in order. */
async function compareBy(days: readonly CleanDay[], sql: string): Promise<Comparison[]> {
  const rows = await queryRows(comparisonRow, sql, { role: 'write', settings: COMPARE_SETTINGS })
  const byDay = new Map(rows.map(({ fromMs, comparison }) => [fromMs, comparison]))
  return days.map(({ fromMs }) => byDay.get(fromMs) ?? NOTHING)
}

/** Days as builds are made of them; `start` is the SQL of the start of a row's day in seconds. */
function dayBuilds(days: readonly CleanDay[]) {
  const builds = days.map(({ fromMs, toMs, build }) => ({
    fromS: fromMs / 1_000,
    toS: toMs / 1_000,
    build: BigInt(build),
  }))
  const starts = `[${builds.map(({ fromS }) => fromS).join(', ')}]::Array(Int64)`
  const numbers = builds.map(({ build }) => build).join(', ')
  return { builds, numbers, start: `roundDown(toInt64(toUnixTimestamp(ts)), ${starts})` }
}

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
 * Compares all cells of a rollup on some days of one workspace, ascending, with what the attempts give, in one statement. A
 * key that only one side has differs as a whole, and one whose row is there twice counts as a differing cell `rows`.
 * @returns a comparison for each day
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function compareRollup(
  rollup: Rollup,
  workspace: LedgerWorkspace,
  days: readonly CleanDay[],
): Promise<Comparison[]> {
  const columns = rollupColumns(rollup).filter((name) => !BUILD_COLUMNS.includes(name))
  const keys = [...KEY_COLUMNS, ...rollup.keys.map(({ column }) => column)]
  const values = columns.filter((name) => !keys.includes(name))
  const { builds, numbers } = dayBuilds(days)
  const expected = selectRollup(rollup, {
    workspaceId: workspace.id,
    costPreference: workspace.costPreference,
    days: builds,
  })
  const names = ['day', ...columns].join(', ')
  return await compareBy(
    days,
    `SELECT toUnixTimestamp(day) AS from_s, count() * ${values.length + 1} AS cells, sum(length(different)) AS differing,
       groupArrayIf(${MAX_TOLD})((key, arraySlice(different, 1, ${MAX_TOLD})), notEmpty(different)) AS told
     FROM (
       SELECT day, concat(${keys.map((key) => `toString(${key})`).join(`, ' / ', `)}) AS key,
         arrayFilter(cell -> cell.2 != cell.3, [
           ('rows', toString(countIf(side = 0)), toString(countIf(side = 1))),
           ${values.map(cellSql).join(',\n           ')}
         ]) AS different
       FROM (
         SELECT 0 AS side, ${names} FROM ${rollup.table}
         WHERE workspace_id = ${workspace.id} AND build IN (${numbers})
           AND day >= toDateTime(${builds[0]?.fromS ?? 0}, 'UTC') AND day <= toDateTime(${builds.at(-1)?.fromS ?? 0}, 'UTC')
         UNION ALL
         SELECT 1 AS side, ${names} FROM (${expected})
       )
       GROUP BY day, ${keys.join(', ')}
     ) GROUP BY day`,
  )
}

/**
 * Compares the names of the users of some days with the table in which rollups look them up.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function compareUserNames(workspace: LedgerWorkspace, days: readonly CleanDay[]): Promise<Comparison[]> {
  const { builds, start } = dayBuilds(days)
  return await compareBy(
    days,
    `SELECT day_start AS from_s, count() AS cells, countIf(stored != expected) AS differing,
       groupArrayIf(${MAX_TOLD})((toString(user_hash), [('user_id', stored, expected)]), stored != expected) AS told
     FROM (
       SELECT days.day_start AS day_start, days.user_hash AS user_hash, names.user_id AS stored, days.user_id AS expected
       FROM (
         SELECT DISTINCT ${start} AS day_start, ${USER_HASH_SQL} AS user_hash, user_id FROM attempts
         WHERE workspace_id = ${workspace.id} AND (${spans(builds)}) AND user_id != ''
       ) AS days
       LEFT JOIN (SELECT user_hash, user_id FROM user_names WHERE workspace_id = ${workspace.id}) AS names
         ON days.user_hash = names.user_hash
     )
     GROUP BY day_start`,
  )
}

/**
 * Compares how many attempts of mixed requests some days are said to have with the attempts.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function compareMixed(workspace: LedgerWorkspace, days: readonly CleanDay[]): Promise<Comparison[]> {
  const { builds, numbers, start } = dayBuilds(days)
  return await compareBy(
    days,
    `SELECT day_start AS from_s, 1 AS cells, toUInt8(sum(stored) != sum(counted)) AS differing,
       if(sum(stored) != sum(counted),
         [('', [('mixed_attempts', toString(sum(stored)), toString(sum(counted)))])], []) AS told
     FROM (
       SELECT toInt64(toUnixTimestamp(day)) AS day_start, mixed_attempts AS stored, toUInt64(0) AS counted FROM rollup_days
       WHERE workspace_id = ${workspace.id} AND build IN (${numbers})
       UNION ALL
       SELECT ${start} AS day_start, toUInt64(0) AS stored, countIf(mixed) AS counted FROM attempts
       WHERE workspace_id = ${workspace.id} AND (${spans(builds)}) GROUP BY day_start
     ) GROUP BY day_start`,
  )
}

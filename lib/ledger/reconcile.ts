import 'server-only'
import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { changeTable, insertRows, queryRows, runCommand } from '@/db/clickhouse/client'
import { listWorkspaces } from '@/db/postgres/queries/workspaces'
import { type DayBuilds, rollupColumns, selectRollup, spans } from '@/lib/ledger/build-sql'
import { QUIET_MS, SLOT_MS, startOfSlotMs } from '@/lib/ledger/slot'
import { isRepriced } from '@/lib/metrics/clean-days'
import { readLedger } from '@/lib/metrics/read-ledger'
import { ROLLUPS, rollupSettings, USER_HASH_SQL } from '@/lib/metrics/rollups'
import { readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'
import { listBuckets } from '@/lib/time'

/** A workspace as far as its rollups depend on it. */
export type LedgerWorkspace = { id: number; timeZone: string; costPreference: 'reported' | 'book' }

export type ReconcileOptions = {
  now: Date
  /** How long after its last mark a slot is left alone; only a test that writes nothing meanwhile may lower it. */
  quietMs?: number
  /** How long nothing must have been written into a day that has not ended until it is built whole; as for a slot. */
  openQuietMs?: number
}

/** A day that has not ended is built whole when nothing was written into it for so long, else up to its last full slot. */
const OPEN_DAY_QUIET_MS = 60_000

/** Most days, and about the most rows of `attempts`, that one statement builds. */
const DAYS_AT_ONCE = 31
const ROWS_AT_ONCE = 400_000

/** The background leaves a core to readers and spills rather than crowd them out. */
const BUILD_SETTINGS = {
  final: 1,
  do_not_merge_across_partitions_select_final: 1,
  max_threads: 1,
  max_execution_time: 600,
  max_bytes_before_external_group_by: '500000000',
} as const

type Day = { fromMs: number; toMs: number }

const activityRow = z.object({
  workspace_id: z.number(),
  first_ms: z.coerce.number(),
  last_ms: z.coerce.number(),
})

/**
 * Brings the rollups of all workspaces up to what their attempts say, the newest days first. Safe to be cut off anywhere
 * and to run twice at once: a build counts only when its days name it, and only while nothing is marked in them later.
 * @returns days built
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function reconcile(options: ReconcileOptions): Promise<{ days: number }> {
  const [workspaces, active] = await Promise.all([
    listWorkspaces(),
    queryRows(
      activityRow,
      `SELECT workspace_id, toString(toUnixTimestamp64Milli(min(first_ts))) AS first_ms,
         toString(toUnixTimestamp64Milli(max(last_ts))) AS last_ms
       FROM workspace_activity GROUP BY workspace_id HAVING sum(rows_written) > 0`,
    ),
  ])
  let days = 0
  for (const workspace of workspaces) {
    const activity = active.find(({ workspace_id }) => workspace_id === workspace.id)
    if (!activity) continue
    days += await reconcileWorkspace(workspace, { fromMs: activity.first_ms, toMs: activity.last_ms + 1 }, options)
  }
  return { days }
}

/** As {@link reconcile}, for the days of one workspace that touch a span of instants. */
export async function reconcileWorkspace(
  workspace: LedgerWorkspace,
  span: { fromMs: number; toMs: number },
  options: ReconcileOptions,
): Promise<number> {
  const due = await listDueDays(workspace, span, options)
  for (const days of await groupDays(workspace, due)) {
    await buildDays(workspace, days, options.quietMs ?? QUIET_MS)
  }
  return due.length
}

const rowsRow = z.object({ day_s: z.coerce.number(), rows: z.coerce.number() })

/** Days in the order given, put together until they make a statement of a good size; each group ascending. */
async function groupDays(workspace: LedgerWorkspace, due: readonly Day[]): Promise<Day[][]> {
  const ascending = [...due].sort((a, b) => a.fromMs - b.fromMs)
  const [first, newest] = [ascending[0], ascending.at(-1)]
  if (!first || !newest || due.length === 1) return first ? [[first]] : []
  const starts = `[${ascending.map(({ fromMs }) => fromMs / 1_000).join(', ')}]::Array(Int64)`
  const span = spans([{ fromS: first.fromMs / 1_000, toS: newest.toMs / 1_000, build: 0n }])
  const counted = await queryRows(
    rowsRow,
    `SELECT toString(roundDown(toInt64(toUnixTimestamp(ts)), ${starts})) AS day_s, toString(count()) AS rows
     FROM attempts WHERE workspace_id = {id:UInt32} AND (${span}) GROUP BY day_s`,
    { role: 'write', params: { id: workspace.id }, settings: { final: 0, max_threads: 1 } },
  )
  const rowsOf = new Map(counted.map(({ day_s, rows }) => [day_s * 1_000, rows]))
  const groups: { days: Day[]; rows: number }[] = []
  for (const day of due) {
    const rows = rowsOf.get(day.fromMs) ?? 0
    const last = groups.at(-1)
    if (last && last.days.length < DAYS_AT_ONCE && last.rows + rows <= ROWS_AT_ONCE) {
      last.days.push(day)
      last.rows += rows
    } else groups.push({ days: [day], rows })
  }
  return groups.map(({ days }) => days.sort((a, b) => a.fromMs - b.fromMs))
}

/** Days of a zone that begin and end at slots; others (old local mean times) stay with the attempts. */
export function listDays(timeZone: string, span: { fromMs: number; toMs: number }): Day[] {
  const calendar = { timeZone, fiscalYearStartMonth: 1 }
  const to = new Date(span.toMs + 50 * 3_600_000)
  const starts = listBuckets({ from: new Date(span.fromMs), to }, 'day', calendar, 200_000).map((start) =>
    start.getTime(),
  )
  return starts.flatMap((fromMs, index) => {
    const toMs = starts[index + 1]
    if (toMs === undefined || fromMs >= span.toMs || fromMs % SLOT_MS !== 0 || toMs % SLOT_MS !== 0) return []
    return [{ fromMs, toMs }]
  })
}

const slotRow = z.object({ slot_ms: z.coerce.number(), age_ms: z.coerce.number() })

/**
 * Days that are not clean, in which nobody writes and whose stored prices are those in force, the newest first. Of a day
 * that is still written to, the slots before this one. What an open change of prices touches is stamped first and built
 * after.
 */
async function listDueDays(workspace: LedgerWorkspace, span: Day, options: ReconcileOptions): Promise<Day[]> {
  const { now, quietMs = QUIET_MS } = options
  const openQuietMs = options.openQuietMs ?? options.quietMs ?? OPEN_DAY_QUIET_MS
  const days = listDays(workspace.timeZone, span)
  const [first, last] = [days[0], days.at(-1)]
  if (!first || !last) return []
  const { cleanDays, priceChanges } = await readLedger([workspace], { fromMs: first.fromMs, toMs: last.toMs })
  const cleanTo = new Map(cleanDays.map(({ fromMs, toMs }) => [fromMs, toMs]))
  const isDue = ({ fromMs, toMs }: Day) => (cleanTo.get(fromMs) ?? fromMs) < toMs
  if (!days.some(isDue)) return []
  const loud = await queryRows(
    slotRow,
    `SELECT toString(toUnixTimestamp(slot) * 1000) AS slot_ms,
       toString(dateDiff('millisecond', max(marked_at), now64(3))) AS age_ms
     FROM slot_marks WHERE workspace_id = {id:UInt32} AND marked_at > now64(3) - toIntervalMillisecond({quiet:Int64})
     GROUP BY slot HAVING toInt64(age_ms) < {quiet:Int64}`,
    { params: { id: workspace.id, quiet: openQuietMs } },
  )
  const isQuiet = ({ fromMs, toMs }: Day, limitMs: number) =>
    !loud.some(({ slot_ms, age_ms }) => age_ms < limitMs && slot_ms >= fromMs && slot_ms < toMs)
  const slotMs = startOfSlotMs(now.getTime())
  return days
    .map((day) => {
      const isOpen = day.toMs > now.getTime() && day.fromMs < slotMs
      return isOpen && !isQuiet(day, openQuietMs) ? { ...day, toMs: slotMs } : day
    })
    .filter((day) => {
      const limitMs = day.toMs > now.getTime() ? openQuietMs : quietMs
      return isDue(day) && !isRepriced(workspace.id, day, priceChanges) && isQuiet(day, limitMs)
    })
    .reverse()
}

const dayRow = z.object({ day_s: z.coerce.number(), value: z.string() })

/**
 * Builds one day again, whether or not it is clean; names of its users that are wrong are written again. Safe while it is
 * written: then it is not clean afterwards.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function rebuildDay(workspace: LedgerWorkspace, day: Day, quietMs = QUIET_MS): Promise<void> {
  const days = [{ fromS: day.fromMs / 1_000, toS: day.toMs / 1_000, build: 0n }]
  await runCommand(
    `INSERT INTO user_names SELECT DISTINCT workspace_id, ${USER_HASH_SQL} AS user_hash, user_id FROM attempts
     WHERE workspace_id = ${workspace.id} AND (${spans(days)}) AND user_id != ''
       AND (user_hash, user_id) NOT IN (SELECT user_hash, user_id FROM user_names WHERE workspace_id = ${workspace.id})`,
    { settings: BUILD_SETTINGS },
  )
  await buildDays(workspace, [day], quietMs)
}

/**
 * Builds all rollups of these days (ascending), then lets them stand for the days. Marks that are not older than `quietMs`
 * count as unseen: what they announced may be stored only after the build has read.
 */
async function buildDays(workspace: LedgerWorkspace, days: readonly Day[], quietMs: number): Promise<void> {
  const first = nextBuild()
  const builds: DayBuilds = {
    workspaceId: workspace.id,
    costPreference: workspace.costPreference,
    days: days.map((day, index) => ({
      fromS: day.fromMs / 1_000,
      toS: day.toMs / 1_000,
      build: first + BigInt(index),
    })),
  }
  const starts = `[${builds.days.map(({ fromS }) => fromS).join(', ')}]::Array(Int64)`
  // What is marked from here on is not known to be in the build.
  const seen = await queryRows(
    dayRow,
    `SELECT toString(roundDown(toInt64(toUnixTimestamp(slot)), ${starts})) AS day_s, toString(max(marked)) AS value
     FROM (
       SELECT slot, max(marked_at) AS marked FROM slot_marks
       WHERE workspace_id = ${workspace.id} AND (${spans(builds.days).replaceAll('ts ', 'slot ')})
       GROUP BY slot HAVING marked <= now64(3) - toIntervalMillisecond({quiet:Int64})
     ) GROUP BY day_s`,
    { role: 'write', params: { quiet: quietMs } },
  )
  await runCommand(
    `INSERT INTO user_names SELECT DISTINCT workspace_id, ${USER_HASH_SQL} AS user_hash, user_id FROM attempts
     WHERE workspace_id = ${workspace.id} AND (${spans(builds.days)}) AND user_id != '' AND user_hash NOT IN (
       SELECT user_hash FROM user_names WHERE workspace_id = ${workspace.id})`,
    { settings: BUILD_SETTINGS },
  )
  for (const rollup of ROLLUPS) {
    await runCommand(
      `INSERT INTO ${rollup.table} (${rollupColumns(rollup).join(', ')}) ${selectRollup(rollup, builds)}`,
      { settings: BUILD_SETTINGS },
    )
  }
  const mixed = await queryRows(
    dayRow,
    `SELECT toString(roundDown(toInt64(toUnixTimestamp(ts)), ${starts})) AS day_s, toString(countIf(mixed)) AS value
     FROM attempts WHERE workspace_id = ${workspace.id} AND (${spans(builds.days)}) GROUP BY day_s`,
    { role: 'write', settings: BUILD_SETTINGS },
  )
  const valueAt = (rows: readonly z.output<typeof dayRow>[], fromS: number) =>
    rows.find(({ day_s }) => day_s === fromS)?.value
  // A stamp may come later than its mark covers, but never before its change is open: of days that one touches by now nobody
  // knows by which prices they were built.
  const changes = await readOpenPriceChanges([workspace.id])
  const standing = builds.days.filter(
    ({ fromS, toS }) => !isRepriced(workspace.id, { fromMs: fromS * 1_000, toMs: toS * 1_000 }, changes),
  )
  await insertRows(
    'rollup_days',
    standing.map(({ fromS, toS, build }) => ({
      workspace_id: workspace.id,
      day: fromS,
      day_end: toS,
      settings: rollupSettings(workspace),
      build: build.toString(),
      seen_mark: valueAt(seen, fromS) ?? 0,
      mixed_attempts: valueAt(mixed, fromS) ?? '0',
    })),
  )
}

/** The first of a few hundred numbers that no other build has, growing with time: of two builds of a day the later wins. */
function nextBuild(): bigint {
  return buildsBefore(Date.now()) + BigInt(randomInt(2 ** 19))
}

/** All builds that began before an instant have lower numbers. */
function buildsBefore(atMs: number): bigint {
  return BigInt(atMs) << 20n
}

const buildRow = z.object({ number: z.string() })

/** No question that was compiled with an older build still runs after so long. */
const STALE_AFTER_MS = 10 * 60_000

/**
 * Removes the rows of builds that stand for no day: replaced ones, and those that were cut off.
 * @returns how many builds were removed
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function removeStaleBuilds(now: Date, staleAfterMs = STALE_AFTER_MS): Promise<number> {
  const rows = await queryRows(
    buildRow,
    `SELECT DISTINCT toString(build) AS number FROM rollup_totals
     WHERE build < {before:UInt64} AND build NOT IN (SELECT build FROM rollup_days) LIMIT 20000`,
    { params: { before: buildsBefore(now.getTime() - staleAfterMs).toString() } },
  )
  if (rows.length === 0) return 0
  const builds = rows.map(({ number }) => BigInt(number)).join(', ')
  // The totals go last: by them a removal that was cut off is found again.
  for (const { table } of [...ROLLUPS].reverse()) {
    await changeTable(table, (name) => `DELETE FROM ${name} WHERE build IN (${builds})`, {
      settings: { max_execution_time: 300, max_query_size: '16777216' },
    })
  }
  return rows.length
}

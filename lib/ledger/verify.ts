import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { listWorkspaces } from '@/db/postgres/queries/workspaces'
import { type Comparison, compareMixed, compareRollup, compareUserNames } from '@/lib/ledger/compare-day'
import { type LedgerWorkspace, listDays, rebuildDay } from '@/lib/ledger/reconcile'
import type { CleanDay } from '@/lib/metrics/clean-days'
import { readLedger } from '@/lib/metrics/read-ledger'
import { ROLLUPS } from '@/lib/metrics/rollups'

export type VerifiedWorkspace = LedgerWorkspace & { slug: string }

/**
 * What was found of one table and day. `repaired`: the day was built anew and then agreed. `moving`: the day was written
 * while it was compared, so that questions read it from the attempts and there is nothing to compare.
 */
export type TableReport = Comparison & {
  workspace: string
  /** The day in its workspace's zone, `2026-10-05`. */
  day: string
  table: string
  state: 'agrees' | 'differs' | 'repaired' | 'moving'
}

export type VerifySummary = {
  days: number
  /** Days that are read from the attempts, since they are being written or are yet to be built. */
  unbuiltDays: number
  cells: number
  differing: number
  /** Differing cells that are still there. */
  left: number
}

export type VerifyOptions = {
  repair: boolean
  onTable: (report: TableReport) => void
  /** As that of `reconcile`, for tests. */
  quietMs?: number
}

const activityRow = z.object({ workspace_id: z.number(), first_ms: z.coerce.number(), last_ms: z.coerce.number() })

/** Days that one statement compares: what the engine holds at once grows with them. */
const DAYS_AT_ONCE = 8

/** Comparisons of days: the rollups, and what is kept beside them. */
const TABLES: readonly {
  table: string
  compare(workspace: LedgerWorkspace, days: readonly CleanDay[]): Promise<Comparison[]>
}[] = [
  ...ROLLUPS.map((rollup) => ({
    table: rollup.table,
    compare: (workspace: LedgerWorkspace, days: readonly CleanDay[]) => compareRollup(rollup, workspace, days),
  })),
  { table: 'rollup_days', compare: compareMixed },
  { table: 'user_names', compare: compareUserNames },
]

/**
 * Compares every cell of the rollups that questions may read with what the attempts give, table by table and day by day.
 * Beside a running instance: a day that is written meanwhile is told as such.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function verifyLedger(options: VerifyOptions): Promise<VerifySummary> {
  const [workspaces, active] = await Promise.all([
    listWorkspaces(),
    queryRows(
      activityRow,
      `SELECT workspace_id, toString(toUnixTimestamp64Milli(min(first_ts))) AS first_ms,
         toString(toUnixTimestamp64Milli(max(last_ts))) AS last_ms
       FROM workspace_activity GROUP BY workspace_id HAVING sum(rows_written) > 0`,
      { role: 'write' },
    ),
  ])
  const summary: VerifySummary = { days: 0, unbuiltDays: 0, cells: 0, differing: 0, left: 0 }
  for (const workspace of workspaces) {
    const activity = active.find(({ workspace_id }) => workspace_id === workspace.id)
    if (!activity) continue
    const found = await verifyWorkspace(workspace, { fromMs: activity.first_ms, toMs: activity.last_ms + 1 }, options)
    for (const name of ['days', 'unbuiltDays', 'cells', 'differing', 'left'] as const) summary[name] += found[name]
  }
  return summary
}

/** As {@link verifyLedger}, for the days of one workspace that touch a span of instants. */
export async function verifyWorkspace(
  workspace: VerifiedWorkspace,
  span: { fromMs: number; toMs: number },
  options: VerifyOptions,
): Promise<VerifySummary> {
  const days = listDays(workspace.timeZone, span)
  const [first, last] = [days[0], days.at(-1)]
  const summary: VerifySummary = { days: 0, unbuiltDays: days.length, cells: 0, differing: 0, left: 0 }
  if (!first || !last) return summary
  const { cleanDays } = await readLedger([workspace], { fromMs: first.fromMs, toMs: last.toMs })
  const known = new Set(days.map(({ fromMs }) => fromMs))
  const clean = cleanDays.filter(({ fromMs }) => known.has(fromMs)).sort((a, b) => a.fromMs - b.fromMs)
  summary.days = clean.length
  summary.unbuiltDays -= clean.length
  for (let from = 0; from < clean.length; from += DAYS_AT_ONCE) {
    const together = clean.slice(from, from + DAYS_AT_ONCE)
    const compared = await compareDays(workspace, together)
    for (const [index, day] of together.entries()) {
      for (const report of await settleDay(workspace, day, compared[index] ?? [], options)) {
        summary.cells += report.cells
        if (report.state === 'differs' || report.state === 'repaired') summary.differing += report.differing
        if (report.state === 'differs') summary.left += report.differing
        options.onTable(report)
      }
    }
  }
  return summary
}

/** Repairs a day in which something differs and says what came of it. */
async function settleDay(
  workspace: VerifiedWorkspace,
  day: CleanDay,
  found: readonly TableReport[],
  { repair, quietMs }: VerifyOptions,
): Promise<readonly TableReport[]> {
  if (found.every(({ differing }) => differing === 0)) return found
  // A rebuild of the day before may have mended a name for this one too.
  const reports = (await compareDays(workspace, [day]))[0] ?? []
  if (reports.every(({ differing }) => differing === 0)) return reports
  // What is written marks the day first: still clean means that both sides of the comparison stood still.
  if (!(await isStill(workspace, day))) return reports.map(asMoving)
  if (!repair) return reports
  await rebuildDay(workspace, day, quietMs)
  const { cleanDays } = await readLedger([workspace], day)
  const rebuilt = cleanDays.find(({ fromMs }) => fromMs === day.fromMs)
  // Written again already: it is read from the attempts, and the reconciler builds it.
  if (!rebuilt) return reports.map(asRepaired)
  const again = (await compareDays(workspace, [rebuilt]))[0] ?? []
  const stillDiffers = again.some(({ differing }) => differing > 0) && (await isStill(workspace, rebuilt))
  return reports.map((report, index) => {
    const left = again[index]
    if (stillDiffers && left && left.differing > 0) return left
    return asRepaired(report)
  })
}

const asMoving = (report: TableReport): TableReport => (report.differing > 0 ? { ...report, state: 'moving' } : report)
const asRepaired = (report: TableReport): TableReport =>
  report.differing > 0 ? { ...report, state: 'repaired' } : report

/** Reports of all tables for each of these days. */
async function compareDays(workspace: VerifiedWorkspace, days: readonly CleanDay[]): Promise<TableReport[][]> {
  const reports: TableReport[][] = days.map(() => [])
  for (const { table, compare } of TABLES) {
    for (const [index, comparison] of (await compare(workspace, days)).entries()) {
      reports[index]?.push({
        ...comparison,
        workspace: workspace.slug,
        day: dayName(days[index]?.fromMs ?? 0, workspace.timeZone),
        table,
        state: comparison.differing === 0 ? 'agrees' : 'differs',
      })
    }
  }
  return reports
}

async function isStill(workspace: VerifiedWorkspace, day: CleanDay): Promise<boolean> {
  const { cleanDays } = await readLedger([workspace], day)
  return cleanDays.some(({ fromMs, build }) => fromMs === day.fromMs && build === day.build)
}

function dayName(atMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(atMs)
}

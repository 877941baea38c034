import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { PRESENT_GRAINS, SLOT_MS } from '@/lib/ledger/slot'
import { type CleanDay, isRepriced, type Span } from '@/lib/metrics/clean-days'
import { rollupSettings } from '@/lib/metrics/rollups'
import { listSettledSpans, type SettledSpan, type SlotMark } from '@/lib/metrics/settled-span'
import { OPEN_PRICE_CHANGES_JSON_SQL, type OpenPriceChange, openPriceChanges } from '@/lib/pricing/open-price-change'
import { listBuckets } from '@/lib/time'

/** Which days of some workspaces may be read from rollups, and by which changes of prices attempts are priced on reading. */
export type LedgerState = {
  cleanDays: CleanDay[]
  /** Behind the last of them. */
  settled: SettledSpan[]
  /** No clean day has an attempt that one touches. */
  priceChanges: OpenPriceChange[]
}

const KINDS = ['day', 'mark', 'clock', 'changes'] as const

const stateRow = z.object({
  kind: z.enum(KINDS),
  workspace_id: z.number(),
  from_s: z.coerce.number(),
  to_s: z.coerce.number(),
  text: z.string(),
  at_ms: z.coerce.number().nullable(),
  has_mixed: z.number(),
})

type StateRow = z.output<typeof stateRow>

/**
 * Days, marks, the engine's clock and changes of prices in one statement of small and simple parts. Marks come by the days
 * of the workspaces' zones, later ones by slots, the last by less; these starts are a parameter. FINAL is said where it
 * is meant.
 */
const stateSql = (
  changes: string,
): string => `SELECT 'day' AS kind, workspace_id, toInt64(toUnixTimestamp(day)) AS from_s,
    toInt64(toUnixTimestamp(day_end)) AS to_s, toString(build) AS text,
    CAST(toUnixTimestamp64Milli(seen_mark) AS Nullable(Int64)) AS at_ms, toUInt8(mixed_attempts > 0) AS has_mixed
  FROM rollup_days FINAL
  WHERE workspace_id IN {ids:Array(UInt32)} AND concat(toString(workspace_id), ' ', settings) IN {settings:Array(String)}
    AND day < toDateTime({to:Int64}, 'UTC') AND day_end > toDateTime({from:Int64}, 'UTC')
  UNION ALL
  SELECT 'mark', workspace_id, roundDown(toInt64(toUnixTimestamp(slot)), {starts:Array(Int64)}) AS start, 0, '',
    CAST(toUnixTimestamp64Milli(max(marked_at)) AS Nullable(Int64)), 0
  FROM slot_marks
  WHERE workspace_id IN {ids:Array(UInt32)}
    AND slot >= toDateTime({first:Int64}, 'UTC') AND slot < toDateTime({to:Int64} + 100000, 'UTC')
  GROUP BY workspace_id, start
  UNION ALL
  SELECT 'clock', 0, 0, 0, '', CAST(toUnixTimestamp64Milli(now64(3)) AS Nullable(Int64)), 0
  UNION ALL
  SELECT 'changes', 0, 0, 0, ${changes}`

/** While no price changes, which is nearly always, it is enough to know that. */
const HAS_CHANGES_SQL = stateSql(`'', toInt64(count()), 0 FROM price_changes FINAL
  WHERE NOT restamped AND (workspace_id = 0 OR workspace_id IN {priceWorkspaces:Array(UInt32)})`)
const LIST_CHANGES_SQL = stateSql(`(${OPEN_PRICE_CHANGES_JSON_SQL}), NULL, 0`)

const DAY_MS = 86_400_000
/** Days that may be built up to a slot of theirs: those that are not over anywhere. */
const OPEN_DAYS_MS = 2 * DAY_MS
/** Of a span that is longer, the last days may be read from rollups; what lies before comes from the attempts. */
const MAX_DAYS = 1_500
const MAX_CALENDARS = 200

const calendars = new Map<string, readonly number[]>()

/** Starts of the last days of a zone that touch a span of UTC days, in seconds. */
function dayStarts(timeZone: string, fromDay: number, toDay: number): readonly number[] {
  const key = `${timeZone} ${fromDay} ${toDay}`
  const known = calendars.get(key)
  if (known) return known
  const firstDay = Math.max(fromDay - 1, toDay - MAX_DAYS)
  const range = { from: new Date(firstDay * DAY_MS), to: new Date((toDay + 1) * DAY_MS) }
  const days = listBuckets(range, 'day', { timeZone, fiscalYearStartMonth: 1 })
  const starts = days.map((start) => start.getTime() / 1_000)
  if (calendars.size >= MAX_CALENDARS) calendars.clear()
  calendars.set(key, starts)
  return starts
}

/** Starts of the slots of the last days, in seconds, and of the grains of the present, as far as a span ends after them. */
function openStarts(nowMs: number, toMs: number): number[] {
  const endMs = Math.min(toMs, nowMs)
  const present = PRESENT_GRAINS.flatMap(({ stepMs, forMs }) => steps(nowMs - forMs, endMs, stepMs))
  return [...steps(nowMs - OPEN_DAYS_MS, endMs, SLOT_MS), ...present].sort((a, b) => a - b)
}

/** Starts of the steps that touch a span, in seconds. */
function steps(fromMs: number, toMs: number, stepMs: number): number[] {
  const [first, end] = [Math.floor(fromMs / stepMs), Math.ceil(toMs / stepMs)]
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => ((first + index) * stepMs) / 1_000)
}

/** Marks by workspace. */
function listMarks(rows: readonly StateRow[]): Map<number, SlotMark[]> {
  const marks = new Map<number, SlotMark[]>()
  for (const { kind, workspace_id, from_s, at_ms } of rows) {
    if (kind !== 'mark' || at_ms === null) continue
    const own = marks.get(workspace_id) ?? []
    own.push({ startMs: from_s * 1_000, atMs: at_ms })
    marks.set(workspace_id, own)
  }
  return marks
}

/**
 * Days that were built by the workspace's present settings and in which nothing was marked since.
 * @param starts of the days of all these workspaces: marks are grouped by them, at least
 */
function listCleanDays(
  rows: readonly StateRow[],
  marks: ReadonlyMap<number, readonly SlotMark[]>,
  starts: ReadonlySet<number>,
): CleanDay[] {
  return rows.flatMap(({ kind, workspace_id, from_s, to_s, text, at_ms, has_mixed }) => {
    if (kind !== 'day') return []
    const [fromMs, toMs] = [from_s * 1_000, to_s * 1_000]
    const isMarked = (marks.get(workspace_id) ?? []).some(
      ({ startMs, atMs }) => startMs >= fromMs && startMs < toMs && atMs > (at_ms ?? 0),
    )
    // Where a day does not begin with one of the calendar, marks in it may be counted with the one before. Where it ends
    // within a slot of the list, marks beyond may be counted with it, at worst.
    if (isMarked || !starts.has(from_s)) return []
    return { workspaceId: workspace_id, fromMs, toMs, build: text, hasMixed: has_mixed === 1 }
  })
}

/**
 * Reads the state of the ledger over a span.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readLedger(
  workspaces: readonly { id: number; timeZone: string; costPreference: string }[],
  span: Span,
): Promise<LedgerState> {
  const [from, to] = [Math.floor(span.fromMs / 1_000), Math.ceil(span.toMs / 1_000)]
  // Nothing is stored of the time beyond.
  const endMs = Math.min(span.toMs, Date.now() + DAY_MS)
  const [fromDay, toDay] = [Math.floor(span.fromMs / DAY_MS), Math.ceil(Math.max(endMs, span.fromMs) / DAY_MS)]
  const zones = new Set(workspaces.map(({ timeZone }) => timeZone))
  const starts = new Set([...zones].flatMap((zone) => dayStarts(zone, fromDay, toDay)))
  const open = openStarts(Date.now(), endMs)
  const bounds = [...new Set([...starts, ...open])].sort((a, b) => a - b)
  const options = {
    params: {
      ids: workspaces.map(({ id }) => id),
      priceWorkspaces: workspaces.map(({ id }) => id),
      settings: workspaces.map((each) => `${each.id} ${rollupSettings(each)}`),
      from,
      to,
      first: bounds[0] ?? from,
      starts: bounds,
    },
    settings: { final: 0 },
  } as const
  const brief = await queryRows(stateRow, HAS_CHANGES_SQL, options)
  const hasChanges = brief.some(({ kind, at_ms }) => kind === 'changes' && at_ms !== 0)
  const rows = hasChanges ? await queryRows(stateRow, LIST_CHANGES_SQL, options) : brief
  const changes = hasChanges ? rows.find(({ kind }) => kind === 'changes')?.text : undefined
  const priceChanges = openPriceChanges.parse(changes ?? '[]')
  const marks = listMarks(rows)
  const cleanDays = await leaveRepriced(listCleanDays(rows, marks, starts), priceChanges)
  const nowMs = rows.find(({ kind }) => kind === 'clock')?.at_ms ?? 0
  const settled = listSettledSpans(cleanDays, marks, { endMs: (open.at(-1) ?? 0) * 1_000, nowMs })
  return { cleanDays, settled, priceChanges }
}

const modelBuild = z.object({ provider: z.string(), model: z.string(), build: z.string() })

/**
 * The days of which no attempt has another price by these changes. A build tells which models its day has, so a change of
 * a model that a day has not leaves the day as it is; which attempts were sent under a raw name it does not tell.
 */
async function leaveRepriced(days: readonly CleanDay[], changes: readonly OpenPriceChange[]): Promise<CleanDay[]> {
  const ofNames = changes.filter(({ raw }) => raw)
  const ofModels = changes.filter(({ raw }) => !raw)
  const named = days.filter((day) => !isRepriced(day.workspaceId, day, ofNames))
  const doubtful = named.filter((day) => isRepriced(day.workspaceId, day, ofModels))
  if (doubtful.length === 0) return named
  const held = await queryRows(
    modelBuild,
    `SELECT DISTINCT provider, model, toString(build) AS build FROM rollup_models
     WHERE workspace_id IN {ids:Array(UInt32)} AND build IN (${doubtful.map(({ build }) => BigInt(build)).join(', ')})
       AND (provider, model) IN arrayZip({providers:Array(String)}, {models:Array(String)})`,
    {
      params: {
        ids: [...new Set(doubtful.map(({ workspaceId }) => workspaceId))],
        providers: ofModels.map(({ provider }) => provider),
        models: ofModels.map(({ model }) => model),
      },
    },
  )
  const has = new Set(held.map((row) => JSON.stringify([row.build, row.provider, row.model])))
  return named.filter(
    (day) =>
      !isRepriced(
        day.workspaceId,
        day,
        ofModels.filter(({ provider, model }) => has.has(JSON.stringify([day.build, provider, model]))),
      ),
  )
}

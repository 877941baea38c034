import 'server-only'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import { type MeasureName, measureOf } from '@/lib/metrics/registry'
import { cellOf, previousCellOf, type QueryResult, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { divideDecimals } from '@/lib/money'
import { type Baseline, expectAt, fitSamples, HISTORY_DAYS, type Sample, slotOf } from '@/lib/rules/anomaly'
import type { GroupWindows, RuleGroup } from '@/lib/rules/back-test'
import type { WindowReading } from '@/lib/rules/judge'
import { MAX_GROUPS, type RuleDefinition } from '@/lib/rules/rule-schema'
import { comparedStart, groupOf, WHOLE } from '@/lib/rules/rule-windows'
import { addBuckets, type Calendar, listBuckets, type Range, shiftDays, startOfBucket } from '@/lib/time'

/** What is read of a rule. */
export type ReadRule = Pick<
  RuleDefinition,
  'kind' | 'measure' | 'filters' | 'groupBy' | 'window' | 'comparison' | 'direction'
>

type Point = { value: string | null; attempts: string }
type Series = { group: RuleGroup; points: Map<number, Point> }

/** Calendar of a rule's windows: the workspace's. */
export function calendarOf(scope: Scope): Calendar {
  const [{ timeZone, fiscalYearStartMonth }] = scope.workspaces
  return { timeZone, fiscalYearStartMonth }
}

/**
 * The windows of a rule that touch `range`, for each of its groups, up to and with the one under way at `now`.
 * @throws AppError `invalid_query`, `unavailable`.
 */
export async function readWindows(rule: ReadRule, scope: Scope, range: Range, now: Date): Promise<GroupWindows[]> {
  const calendar = calendarOf(scope)
  const from = earliest(rule, range.from, calendar)
  const [series, live] = await Promise.all([
    readSeries(rule, scope, { from, to: range.to }, now),
    readLiveComparison(rule, scope, range, now),
  ])
  const starts = listBuckets(range, rule.window, calendar).filter((start) => start <= now)
  const history = listBuckets({ from, to: range.to }, rule.window, calendar).filter((start) => start <= now)
  return series.map(({ group, points }) => {
    const expected = rule.kind === 'anomaly' ? createExpectations(rule, points, history, calendar) : null
    const windows = starts.map((start): WindowReading => {
      const end = addBuckets(start, 1, rule.window, calendar)
      const isFinished = end <= now
      const point = points.get(start.getTime()) ?? emptyPoint(rule)
      const compared = live?.get(group.key)
      return {
        start,
        end,
        isFinished,
        value: point.value,
        attempts: point.attempts,
        baseline: isFinished || !live ? baselineOf(rule, points, start, calendar) : (compared ?? null),
        expectation: expected?.(start) ?? null,
      }
    })
    return { group, windows }
  })
}

/** How much further back must be read to know what the first window is held against. */
function earliest(rule: ReadRule, from: Date, calendar: Calendar): Date {
  if (rule.kind === 'anomaly') {
    return startOfBucket(shiftDays(startOfBucket(from, 'day', calendar), -HISTORY_DAYS, calendar), 'day', calendar)
  }
  if (rule.kind !== 'change' || rule.comparison === null || rule.comparison === 'beforeVersion') return from
  return comparedStart(from, rule.window, rule.comparison, calendar)
}

/** Of what is summed, a window without attempts has 0; the rest has nothing to say there. */
const emptyPoint = (rule: ReadRule): Point => ({
  value: measureOf(rule.measure).additive ? '0' : null,
  attempts: '0',
})

function baselineOf(
  rule: ReadRule,
  points: Map<number, Point>,
  start: Date,
  calendar: Calendar,
): WindowReading['baseline'] {
  if (rule.kind !== 'change' || rule.comparison === null || rule.comparison === 'beforeVersion') return null
  return points.get(comparedStart(start, rule.window, rule.comparison, calendar).getTime()) ?? emptyPoint(rule)
}

/** The fit changes once a day; each is made from what was known before that day. */
function createExpectations(
  rule: ReadRule,
  points: Map<number, Point>,
  history: readonly Date[],
  calendar: Calendar,
): (start: Date) => WindowReading['expectation'] {
  const window = rule.window === 'hour' ? 'hour' : 'day'
  const empty = emptyPoint(rule)
  const samples = history.map((start): Sample => {
    const { value } = points.get(start.getTime()) ?? empty
    return {
      startMs: start.getTime(),
      value: value === null ? null : Number(value),
      ...slotOf(start, calendar.timeZone),
    }
  })
  const fits = new Map<number, Baseline | null>()
  return (start) => {
    const day = startOfBucket(start, 'day', calendar)
    const dayMs = day.getTime()
    let fit = fits.get(dayMs)
    if (fit === undefined) {
      const fromMs = shiftDays(day, -HISTORY_DAYS, calendar).getTime()
      fit = fitSamples(
        samples.filter(({ startMs }) => startMs >= fromMs && startMs < dayMs),
        window,
      )
      fits.set(dayMs, fit)
    }
    return fit && expectAt(fit, slotOf(start, calendar.timeZone))
  }
}

function questionOf(rule: ReadRule, range: Range, measures: readonly MeasureName[]): QueryInput {
  return {
    measures: [...new Set([...measures, 'attempts' as const])],
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    filters: rule.filters.map((filter) => ({ ...filter, values: [...filter.values] })),
  }
}

const grouped = (rule: ReadRule): Partial<QueryInput> =>
  rule.groupBy === null
    ? {}
    : { dimensions: [rule.groupBy], limit: MAX_GROUPS, orderBy: [{ key: rankOf(rule), direction: 'desc' }] }

/** The largest groups are watched: by the measure where it is a sum, else by spend. */
const rankOf = (rule: ReadRule): MeasureName => (measureOf(rule.measure).additive ? rule.measure : 'spend')

const ask = (question: QueryInput, scope: Scope, now: Date): Promise<QueryResult> =>
  runQuery(parseQuery(question), scope, now)

async function readSeries(rule: ReadRule, scope: Scope, range: Range, now: Date): Promise<Series[]> {
  const isShare = rule.measure === 'topNShare'
  const measure = isShare ? 'spend' : rule.measure
  const base = questionOf(rule, range, rule.groupBy === null ? [measure] : [measure, rankOf(rule)])
  const overTime = { granularity: rule.window, timeZone: calendarOf(scope).timeZone }
  const [answer, whole] = await Promise.all([
    ask(
      { ...base, ...grouped(rule), dimensions: ['time', ...(rule.groupBy ? [rule.groupBy] : [])], ...overTime },
      scope,
      now,
    ),
    isShare ? ask({ ...base, dimensions: ['time'], ...overTime }, scope, now) : null,
  ])
  const totals = new Map(whole?.rows.map((row) => [timeOf(row), textOf(row, 'spend')]))
  const series = new Map<string, Series>()
  if (rule.groupBy === null) series.set('', { group: WHOLE, points: new Map() })
  for (const row of answer.rows) {
    const atMs = timeOf(row)
    const group = groupOfRow(rule, row)
    const entry = series.get(group.key) ?? { group, points: new Map() }
    series.set(group.key, entry)
    const value = textOf(row, measure)
    entry.points.set(atMs, {
      value: isShare ? divideDecimals(value, totals.get(atMs) ?? null) : value,
      attempts: textOf(row, 'attempts') ?? '0',
    })
  }
  return [...series.values()]
}

/** Of a change: what the window under way is held against, cut at the same point. */
async function readLiveComparison(
  rule: ReadRule,
  scope: Scope,
  range: Range,
  now: Date,
): Promise<Map<string, Point> | null> {
  const { comparison } = rule
  if (rule.kind !== 'change' || comparison === null || comparison === 'beforeVersion') return null
  const calendar = calendarOf(scope)
  const from = startOfBucket(now, rule.window, calendar)
  if (from >= range.to || from < range.from) return new Map()
  const current = { from, to: addBuckets(from, 1, rule.window, calendar) }
  const answer = await ask(
    {
      ...questionOf(rule, current, rule.groupBy === null ? [rule.measure] : [rule.measure, rankOf(rule)]),
      ...grouped(rule),
      timeZone: calendar.timeZone,
      compare: comparison,
    },
    scope,
    now,
  )
  const text = (row: ResultRow, name: string) => {
    const value = previousCellOf(row, name)
    return value === undefined || value === null ? null : String(value)
  }
  return new Map(
    answer.rows.map((row) => [
      groupOfRow(rule, row).key,
      { value: text(row, rule.measure), attempts: text(row, 'attempts') ?? '0' },
    ]),
  )
}

function groupOfRow(rule: ReadRule, row: ResultRow): RuleGroup {
  return rule.groupBy === null ? WHOLE : groupOf(rule.groupBy, textOf(row, rule.groupBy))
}

const timeOf = (row: ResultRow): number => Date.parse(String(cellOf(row, 'time')))

function textOf(row: ResultRow, name: string): string | null {
  const value = cellOf(row, name)
  return value === null ? null : String(value)
}

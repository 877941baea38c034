import { tzOffset } from '@date-fns/tz'
import { ExactDecimal } from '@/lib/money'

/**
 * What is usual for a measure at an hour of a weekday, and how far it strays from that. Values are compared on a
 * logarithmic scale, `y = ln(1 + value ÷ s)` with s a tenth of the median of what is above 0, because spend and traffic
 * stray in proportion. A robust two-way fit (median polish, Tukey 1977) takes the level, the hour of day and the day of
 * week out of y; cells of the week add what is their own, the more the more often they were seen. What is left is
 * measured by the median absolute deviation (× 1.4826, which makes it a standard deviation where noise is normal), for
 * all hours together and for each hour of the day, whichever is wider. Medians keep anomalies of the past from
 * widening it. These are estimates, so they are binary floating point; what is compared with them stays Decimal.
 */

export type AnomalyWindow = 'hour' | 'day'

/** Days of history without which nothing is usual yet. */
const MIN_HISTORY_DAYS = 14
/** Days of history that are looked at. */
export const HISTORY_DAYS = 42
/** Sensitivities to choose from: deviations beyond which a value is an anomaly, the most sensitive first. */
export const SENSITIVITIES = ['3', '4', '5', '6', '8'] as const
export const DEFAULT_SENSITIVITY = '4'

const DAY_MS = 86_400_000
const NORMAL_CONSISTENCY = 1.4826
/** The fit takes some of the noise with it; this gives it back. */
const FIT_ALLOWANCE = 1.1
/** Nothing is usual to better than this (5 % of a value well above s). */
const MIN_SCALE = 0.05
const POLISH_ROUNDS = 4

export type HistoryPoint = { start: Date; value: string | null }

/** Where a bucket lies in the week of its zone. */
export type Slot = { hour: number; weekday: number }

export type Baseline = {
  window: AnomalyWindow
  unit: number
  level: number
  byHour: readonly number[]
  byWeekday: readonly number[]
  byCell: readonly number[]
  scale: number
  scaleByHour: readonly number[]
}

/** What is usual in one bucket, on the logarithmic scale of its baseline. */
export type Expectation = { center: number; scale: number; unit: number }

/** Hour and weekday (0 is Sunday) on the zone's wall clock. */
export function slotOf(start: Date, timeZone: string): Slot {
  const local = new Date(start.getTime() + Math.round(tzOffset(timeZone, start)) * 60_000)
  return { hour: local.getUTCHours(), weekday: local.getUTCDay() }
}

/**
 * Fits what is usual to finished buckets. Pure.
 * @returns null with less than {@link MIN_HISTORY_DAYS} days between the first bucket that has a value above 0 and the
 *   end of the last, or with less than half of the buckets known
 */
export function fitBaseline(points: readonly HistoryPoint[], window: AnomalyWindow, timeZone: string): Baseline | null {
  return fitSamples(
    points.map(({ start, value }) => ({
      startMs: start.getTime(),
      ...slotOf(start, timeZone),
      value: value === null ? null : Number(value),
    })),
    window,
  )
}

export type Sample = Slot & { startMs: number; value: number | null }

/** As {@link fitBaseline}, where the slots are known. */
export function fitSamples(all: readonly Sample[], window: AnomalyWindow): Baseline | null {
  const first = all.findIndex(({ value }) => value !== null && value > 0)
  const last = all.at(-1)
  if (first < 0 || !last) return null
  const samples = all.slice(first)
  const bucketMs = window === 'hour' ? DAY_MS / 24 : DAY_MS
  const spanMs = last.startMs + bucketMs - (samples[0]?.startMs ?? 0)
  // Days of 23 hours may not make two weeks too short.
  if (spanMs < MIN_HISTORY_DAYS * DAY_MS - 2 * 3_600_000) return null
  const known = samples.flatMap((sample) => (sample.value === null ? [] : [{ ...sample, value: sample.value }]))
  if (known.length * 2 < samples.length) return null
  const unit = median(known.map(({ value }) => value).filter((value) => value > 0)) / 10
  const rows = known.map(({ hour, weekday, value }) => ({
    hour: window === 'hour' ? hour : 0,
    weekday,
    rest: Math.log1p(Math.max(0, value) / unit),
  }))
  const level = median(rows.map(({ rest }) => rest))
  for (const row of rows) row.rest -= level
  const byHour = new Array<number>(24).fill(0)
  const byWeekday = new Array<number>(7).fill(0)
  const hours = groupBy(rows, ({ hour }) => hour, 24)
  const weekdays = groupBy(rows, ({ weekday }) => weekday, 7)
  for (let round = 0; round < POLISH_ROUNDS; round += 1) {
    if (window === 'hour') takeOut(hours, byHour)
    takeOut(weekdays, byWeekday)
  }
  const byCell = new Array<number>(168).fill(0)
  if (window === 'hour') {
    for (const [cell, members] of groupBy(rows, cellOf, 168).entries()) {
      if (members.length < 2) continue
      const own = median(members.map(({ rest }) => rest)) * ((members.length - 1) / (members.length + 1))
      byCell[cell] = own
      for (const member of members) member.rest -= own
    }
  }
  const scale = Math.max(MIN_SCALE, spread(rows))
  const scaleByHour = hours.map((members) => (members.length < 10 ? scale : Math.max(scale, spread(members))))
  return { window, unit, level, byHour, byWeekday, byCell, scale, scaleByHour }
}

type Row = Slot & { rest: number }

const cellOf = ({ hour, weekday }: Slot): number => weekday * 24 + hour

function groupBy(rows: readonly Row[], keyOf: (row: Row) => number, count: number): Row[][] {
  const groups = Array.from({ length: count }, (): Row[] => [])
  for (const row of rows) groups[keyOf(row)]?.push(row)
  return groups
}

/** Moves each group's median from its rows to the effects. */
function takeOut(groups: readonly Row[][], effects: number[]): void {
  for (const [index, members] of groups.entries()) {
    if (members.length === 0) continue
    const middle = median(members.map(({ rest }) => rest))
    effects[index] = (effects[index] ?? 0) + middle
    for (const member of members) member.rest -= middle
  }
}

function spread(rows: readonly Row[]): number {
  return median(rows.map(({ rest }) => Math.abs(rest))) * NORMAL_CONSISTENCY * FIT_ALLOWANCE
}

/** The middle value; NaN of nothing. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** What is usual in the bucket of a slot. Pure. */
export function expectAt(baseline: Baseline, slot: Slot): Expectation {
  const hour = baseline.window === 'hour' ? slot.hour : 0
  const center =
    baseline.level +
    (baseline.byHour[hour] ?? 0) +
    (baseline.byWeekday[slot.weekday] ?? 0) +
    (baseline.byCell[cellOf({ hour, weekday: slot.weekday })] ?? 0)
  return { center, scale: baseline.scaleByHour[hour] ?? baseline.scale, unit: baseline.unit }
}

/** What is usual, and the values `deviations` away from it on either side, as decimal strings. Pure. */
export function expectedRange(
  { center, scale, unit }: Expectation,
  deviations: number,
): { expected: string; lower: string; upper: string } {
  const valueAt = (y: number) => new ExactDecimal(Math.max(0, Math.expm1(y)) * unit).toSignificantDigits(9).toFixed()
  return {
    expected: valueAt(center),
    lower: valueAt(center - deviations * scale),
    upper: valueAt(center + deviations * scale),
  }
}

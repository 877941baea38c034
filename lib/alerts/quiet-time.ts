import { TZDate } from '@date-fns/tz'
import { type Range, shiftDays, startOfBucket } from '@/lib/time'

/** When nobody is told anything, in a zone. */
export type QuietTime = {
  readonly timeZone: string
  /** `HH:MM` to `HH:MM` of every day, past midnight where the end is not after the start. */
  readonly hours: { readonly from: string; readonly to: string } | null
  /** `YYYY-MM-DD`, quiet as a whole. */
  readonly holidays: readonly string[]
  readonly silences: readonly Range[]
}

const WINDOW_DAYS = 8
const MAX_WINDOWS = 60
const MINUTE_MS = 60_000

/** The quiet ranges that touch a window, in order, none touching another, cut to the window. Pure. */
export function listQuietRanges(quiet: QuietTime, window: Range): Range[] {
  const calendar = { timeZone: quiet.timeZone, fiscalYearStartMonth: 1 }
  const ranges: Range[] = [...quiet.silences]
  if (quiet.hours !== null || quiet.holidays.length > 0) {
    const holidays = new Set(quiet.holidays)
    let day = shiftDays(startOfBucket(window.from, 'day', calendar), -1, calendar)
    while (day < window.to) {
      const next = startOfBucket(shiftDays(day, 1, calendar), 'day', calendar)
      const local = new TZDate(day, quiet.timeZone)
      if (holidays.has(isoDay(local))) ranges.push({ from: day, to: next })
      if (quiet.hours !== null) {
        const { from, to } = quiet.hours
        ranges.push({ from: atTime(local, from, 0), to: atTime(local, to, to <= from ? 1 : 0) })
      }
      day = next
    }
  }
  return mergeRanges(ranges, window)
}

/**
 * The first instant from `start` on at which `minutes` of time that is not quiet have passed and that is not quiet itself;
 * null when there is none for more than a year. Pure.
 */
export function addActiveMinutes(start: Date, minutes: number, quiet: QuietTime): Date | null {
  let atMs = start.getTime()
  let leftMs = minutes * MINUTE_MS
  for (let window = 0; window < MAX_WINDOWS; window += 1) {
    const endMs = atMs + WINDOW_DAYS * 86_400_000
    for (const { from, to } of listQuietRanges(quiet, { from: new Date(atMs), to: new Date(endMs) })) {
      const activeMs = from.getTime() - atMs
      if (leftMs < activeMs) return new Date(atMs + leftMs)
      leftMs -= activeMs
      atMs = to.getTime()
    }
    if (atMs + leftMs < endMs) return new Date(atMs + leftMs)
    leftMs -= endMs - atMs
    atMs = endMs
  }
  return null
}

function atTime(day: TZDate, time: string, addDays: number): Date {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const zone = day.timeZone ?? 'UTC'
  return new Date(+new TZDate(day.getFullYear(), day.getMonth(), day.getDate() + addDays, hours, minutes, 0, 0, zone))
}

function isoDay(local: TZDate): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`
}

function mergeRanges(ranges: readonly Range[], window: Range): Range[] {
  const merged: { from: Date; to: Date }[] = []
  for (const range of ranges.toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    const from = new Date(Math.max(range.from.getTime(), window.from.getTime()))
    const to = new Date(Math.min(range.to.getTime(), window.to.getTime()))
    if (from >= to) continue
    const last = merged.at(-1)
    if (last && from <= last.to) last.to = new Date(Math.max(to.getTime(), last.to.getTime()))
    else merged.push({ from, to })
  }
  return merged
}

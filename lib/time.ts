import { TZDate, tzOffset } from '@date-fns/tz'
import {
  addDays,
  addHours,
  addMonths,
  addQuarters,
  addWeeks,
  addYears,
  startOfDay,
  startOfISOWeek,
  startOfMonth,
  startOfQuarter,
} from 'date-fns'
import { LRUCache } from 'lru-cache'

/** Sizes of a time bucket; weeks are ISO weeks, the fiscal year starts in the workspace's month. */
export const GRANULARITIES = ['hour', 'day', 'week', 'month', 'quarter', 'fiscalYear', 'none'] as const
export type Granularity = (typeof GRANULARITIES)[number]
export type BucketGranularity = Exclude<Granularity, 'none'>

/** A half-open range of instants `[from, to)`. */
export type Range = { readonly from: Date; readonly to: Date }

/** Where calendar units lie: an IANA zone and the month (1–12) in which the fiscal year starts. */
export type Calendar = { readonly timeZone: string; readonly fiscalYearStartMonth: number }

/** Whether the runtime knows this IANA zone. */
export function isTimeZone(zone: string): boolean {
  if (/^[+-]/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

const HOUR_MS = 3_600_000

/**
 * The start of the bucket that holds `at`. An hour starts on the zone's wall clock (so at :30 UTC in half-hour zones); the
 * repeated hour of a change to winter time is two buckets, as it is two hours long. A change by half an hour starts a bucket.
 */
export function startOfBucket(at: Date, granularity: BucketGranularity, calendar: Calendar): Date {
  const local = new TZDate(at, calendar.timeZone)
  switch (granularity) {
    case 'hour':
      return startOfHourAt(at, calendar.timeZone)
    case 'day':
      return toInstant(startOfDay(local))
    case 'week':
      return toInstant(startOfISOWeek(local))
    case 'month':
      return toInstant(startOfMonth(local))
    case 'quarter':
      return toInstant(startOfQuarter(local))
    case 'fiscalYear': {
      const startMonth = calendar.fiscalYearStartMonth - 1
      const year = local.getMonth() >= startMonth ? local.getFullYear() : local.getFullYear() - 1
      return toInstant(new TZDate(year, startMonth, 1, calendar.timeZone))
    }
    default:
      return assertNever(granularity)
  }
}

/** The start of the wall clock's hour; after a change of less than an hour, the change itself. */
function startOfHourAt(at: Date, timeZone: string): Date {
  const offsetMs = offsetMsAt(at.getTime(), timeZone)
  const intoHourMs = (((at.getTime() + offsetMs) % HOUR_MS) + HOUR_MS) % HOUR_MS
  let before = at.getTime() - intoHourMs
  if (offsetMsAt(before, timeZone) === offsetMs) return new Date(before)
  let after = at.getTime()
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetMsAt(middle, timeZone) === offsetMs) after = middle
    else before = middle
  }
  return new Date(after)
}

function offsetMsAt(atMs: number, timeZone: string): number {
  return Math.round(tzOffset(timeZone, new Date(atMs)) * 60_000)
}

/** `start` (a bucket's start) moved by `count` buckets, on the zone's calendar. */
export function addBuckets(start: Date, count: number, granularity: BucketGranularity, calendar: Calendar): Date {
  const local = new TZDate(start, calendar.timeZone)
  switch (granularity) {
    case 'hour':
      return startOfBucket(addHours(start, count), 'hour', calendar)
    case 'day':
      return toInstant(startOfDay(addDays(local, count)))
    case 'week':
      return toInstant(startOfDay(addWeeks(local, count)))
    case 'month':
      return toInstant(startOfMonth(addMonths(local, count)))
    case 'quarter':
      return toInstant(startOfMonth(addQuarters(local, count)))
    case 'fiscalYear':
      return toInstant(startOfMonth(addYears(local, count)))
    default:
      return assertNever(granularity)
  }
}

/**
 * Starts of all buckets that touch `range`, ascending. The first may lie before `range.from`.
 * @throws RangeError beyond `limit` buckets.
 */
export function listBuckets(range: Range, granularity: BucketGranularity, calendar: Calendar, limit = 20_000): Date[] {
  const { timeZone, fiscalYearStartMonth } = calendar
  const key = [range.from.getTime(), range.to.getTime(), granularity, timeZone, fiscalYearStartMonth].join(' ')
  const known = knownBuckets.get(key)
  if (known && known.length <= limit) return known.slice()
  const buckets = workOutBuckets(range, granularity, calendar, limit)
  if (buckets.length <= MAX_KNOWN_LENGTH) knownBuckets.set(key, buckets)
  return buckets.slice()
}

/** A question asks for its buckets several times, and the next one for the same: a zone's rules are slow to ask. */
const knownBuckets = new LRUCache<string, readonly Date[]>({ max: 500 })
const MAX_KNOWN_LENGTH = 1_000

function workOutBuckets(range: Range, granularity: BucketGranularity, calendar: Calendar, limit: number): Date[] {
  const buckets: Date[] = []
  let start = startOfBucket(range.from, granularity, calendar)
  while (start < range.to) {
    if (buckets.length >= limit) throw new RangeError(`more than ${limit} buckets`)
    buckets.push(start)
    const next = addBuckets(start, 1, granularity, calendar)
    // A zone may skip an hour's start; the bucket after it is then the next one that exists.
    start = next > start ? next : startOfBucket(new Date(start.getTime() + 2 * HOUR_MS), granularity, calendar)
  }
  return buckets
}

/** The instant in the zone's wall clock with its offset, e.g. `2026-10-01T00:00:00+02:00`; `Z` in UTC. */
export function formatIsoInZone(at: Date, timeZone: string): string {
  const offsetMinutes = Math.round(tzOffset(timeZone, at))
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString()
  const stamp = at.getMilliseconds() === 0 ? local.slice(0, 19) : local.slice(0, 23)
  if (offsetMinutes === 0) return `${stamp}Z`
  const absolute = Math.abs(offsetMinutes)
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0')
  return `${stamp}${offsetMinutes < 0 ? '-' : '+'}${hours}:${String(absolute % 60).padStart(2, '0')}`
}

const CALENDAR_UNITS = ['fiscalYear', 'quarter', 'month', 'week', 'day'] as const

/** The calendar unit of which `range` holds one or more whole ones, the largest first; null when it is not aligned. */
export function alignedUnit(range: Range, calendar: Calendar): { unit: BucketGranularity; count: number } | null {
  for (const unit of CALENDAR_UNITS) {
    if (startOfBucket(range.from, unit, calendar).getTime() !== range.from.getTime()) continue
    if (startOfBucket(range.to, unit, calendar).getTime() !== range.to.getTime()) continue
    const count = listBuckets(range, unit, calendar).length
    if (count > 0) return { unit, count }
  }
  return null
}

/**
 * The window before `range`: as many whole calendar units where it is made of such, else the same length. When `range`
 * has not ended at `now`, both are cut at the same point: the current at `now`, the previous as far into itself.
 */
export function previousWindow(range: Range, now: Date, calendar: Calendar): { current: Range; previous: Range } {
  const aligned = alignedUnit(range, calendar)
  const previousFrom = aligned
    ? addBuckets(range.from, -aligned.count, aligned.unit, calendar)
    : new Date(range.from.getTime() - (range.to.getTime() - range.from.getTime()))
  return cutAtNow(range, { from: previousFrom, to: range.from }, now, calendar)
}

/** The same wall-clock window seven days earlier, cut like {@link previousWindow}. */
export function sameWindowLastWeek(range: Range, now: Date, calendar: Calendar): { current: Range; previous: Range } {
  const previous = { from: shiftDays(range.from, -7, calendar), to: shiftDays(range.to, -7, calendar) }
  return cutAtNow(range, previous, now, calendar)
}

function cutAtNow(range: Range, previous: Range, now: Date, calendar: Calendar): { current: Range; previous: Range } {
  if (now <= range.from || now >= range.to) return { current: range, previous }
  const days = wholeDaysBetween(range.from, now, calendar)
  const intoDayMs = now.getTime() - shiftDays(range.from, days, calendar).getTime()
  const cut = new Date(shiftDays(previous.from, days, calendar).getTime() + intoDayMs)
  return {
    current: { from: range.from, to: now },
    previous: { from: previous.from, to: cut < previous.to ? cut : previous.to },
  }
}

/** The same wall-clock time `days` days away. */
export function shiftDays(at: Date, days: number, calendar: Pick<Calendar, 'timeZone'>): Date {
  return toInstant(addDays(new TZDate(at, calendar.timeZone), days))
}

function wholeDaysBetween(from: Date, to: Date, calendar: Calendar): number {
  let days = Math.floor((to.getTime() - from.getTime()) / (24 * HOUR_MS)) + 1
  while (days > 0 && shiftDays(from, days, calendar) > to) days -= 1
  return days
}

function toInstant(date: Date): Date {
  return new Date(date.getTime())
}

function assertNever(value: never): never {
  throw new Error(`unexpected ${String(value)}`)
}

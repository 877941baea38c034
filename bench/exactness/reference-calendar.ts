export type Granularity = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'fiscalYear'

const QUARTER_HOUR_MS = 900_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** A zone's clock, asked of Intl; offsets only ever change on a quarter of an hour. */
export class ReferenceCalendar {
  private readonly format: Intl.DateTimeFormat
  private readonly offsets = new Map<number, number>()
  private readonly starts = new Map<string, number>()

  constructor(
    readonly timeZone: string,
    private readonly fiscalYearStartMonth: number,
  ) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** How far the clock is ahead of UTC, in milliseconds. */
  offsetMs(atMs: number): number {
    const slot = Math.floor(atMs / QUARTER_HOUR_MS)
    const known = this.offsets.get(slot)
    if (known !== undefined) return known
    const parts = new Map(
      this.format.formatToParts(slot * QUARTER_HOUR_MS).map(({ type, value }) => [type, Number(value)]),
    )
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    const offset = local - slot * QUARTER_HOUR_MS
    this.offsets.set(slot, offset)
    return offset
  }

  /** The first instant at which the clock shows this time (as if it were UTC), or the one after it that exists. */
  instantOf(localMs: number): number {
    const from = Math.floor((localMs - 26 * HOUR_MS) / QUARTER_HOUR_MS) * QUARTER_HOUR_MS
    for (let slot = from; slot <= localMs + 26 * HOUR_MS; slot += QUARTER_HOUR_MS) {
      if (slot + QUARTER_HOUR_MS + this.offsetMs(slot) > localMs) return Math.max(slot, localMs - this.offsetMs(slot))
    }
    throw new Error(`no instant ${localMs}`)
  }

  bucketStart(atMs: number, granularity: Granularity): number {
    if (granularity === 'hour') return this.hourStart(atMs)
    const localDay = Math.floor((atMs + this.offsetMs(atMs)) / DAY_MS) * DAY_MS
    const key = `${granularity} ${localDay}`
    const known = this.starts.get(key)
    if (known !== undefined) return known
    const start = this.instantOf(this.localStart(localDay, granularity))
    this.starts.set(key, start)
    return start
  }

  /** Midnight `days` local days after the local day of an instant. */
  midnight(atMs: number, days: number): number {
    const localDay = Math.floor((atMs + this.offsetMs(atMs)) / DAY_MS) * DAY_MS
    return this.instantOf(localDay + days * DAY_MS)
  }

  /** Starts of all buckets that touch the range. */
  bucketStarts(fromMs: number, toMs: number, granularity: Granularity): number[] {
    const starts: number[] = []
    for (let at = fromMs; at < toMs; at += granularity === 'hour' ? QUARTER_HOUR_MS : HOUR_MS) {
      const start = this.bucketStart(at, granularity)
      if (start !== starts.at(-1)) starts.push(start)
    }
    const last = this.bucketStart(toMs - 1, granularity)
    if (last !== starts.at(-1)) starts.push(last)
    return starts
  }

  /** As the API writes it: wall clock and offset. */
  write(atMs: number): string {
    const offsetMs = this.offsetMs(atMs)
    const wall = new Date(atMs + offsetMs).toISOString().slice(0, 19)
    if (offsetMs === 0) return `${wall}Z`
    const minutes = Math.abs(offsetMs) / 60_000
    const two = (count: number) => String(count).padStart(2, '0')
    return `${wall}${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  }

  private hourStart(atMs: number): number {
    const offset = this.offsetMs(atMs)
    const start = Math.floor((atMs + offset) / HOUR_MS) * HOUR_MS - offset
    if (this.offsetMs(start) === offset) return start
    // The clock was changed within the hour on the wall: a bucket begins with the change.
    for (let slot = start; slot <= atMs; slot += QUARTER_HOUR_MS) if (this.offsetMs(slot) === offset) return slot
    return start
  }

  private localStart(localDay: number, granularity: Granularity): number {
    const day = new Date(localDay)
    const year = day.getUTCFullYear()
    const month = day.getUTCMonth()
    switch (granularity) {
      case 'week':
        return localDay - ((day.getUTCDay() + 6) % 7) * DAY_MS
      case 'month':
        return Date.UTC(year, month, 1)
      case 'quarter':
        return Date.UTC(year, month - (month % 3), 1)
      case 'fiscalYear': {
        const first = this.fiscalYearStartMonth - 1
        return Date.UTC(month >= first ? year : year - 1, first, 1)
      }
      default:
        return localDay
    }
  }
}

import { tzOffset } from '@date-fns/tz'

/** What a timestamp's text means, or why it means nothing. */
export type ParsedTimestamp =
  | { readonly ok: true; readonly epochMs: number }
  | { readonly ok: false; readonly message: string }

const CIVIL =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i
const EPOCH_SECONDS = /^(\d{10})(?:\.(\d{1,9}))?$/
const EPOCH_MS = /^\d{13}$/

/**
 * The instant that `text` names, to the millisecond; finer digits are cut off, never rounded up.
 *
 * Taken are: `2023-11-16T18:15:46.68Z` and other offsets; the same without an offset, read on the wall clock of `zone`
 * (IANA); 10 digits as epoch seconds (with or without a fraction); 13 digits as epoch milliseconds. On the wall clock, a
 * time that a change to summer time leaves out is moved on by the length of the gap (02:30 becomes 03:30), and a time
 * that occurs twice is the first of the two.
 */
export function parseTimestamp(text: string, zone: string): ParsedTimestamp {
  const trimmed = text.trim()
  const seconds = EPOCH_SECONDS.exec(trimmed)
  if (seconds) return { ok: true, epochMs: Number(seconds[1]) * 1000 + fractionMs(seconds[2]) }
  if (EPOCH_MS.test(trimmed)) return { ok: true, epochMs: Number(trimmed) }
  const civil = CIVIL.exec(trimmed)
  if (!civil) {
    return {
      ok: false,
      message: `${quote(trimmed)} is not a time; expected e.g. 2023-11-16 18:15:46.68, 2023-11-16T18:15:46Z, 10 digits (epoch seconds) or 13 digits (epoch milliseconds)`,
    }
  }
  const [, year, month, day, hour, minute, second, fraction, offset] = civil
  const wallMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  )
  const canonical = `${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}.000Z`
  if (Number.isNaN(wallMs) || new Date(wallMs).toISOString() !== canonical) {
    return { ok: false, message: `${quote(trimmed)} is not a date and time of the calendar` }
  }
  const belowSecondMs = fractionMs(fraction)
  if (offset === undefined) return { ok: true, epochMs: instantOfWallClock(wallMs, zone) + belowSecondMs }
  const offsetMs = parseOffsetMs(offset)
  if (offsetMs === null) return { ok: false, message: `${quote(trimmed)} has an offset from UTC that does not exist` }
  return { ok: true, epochMs: wallMs - offsetMs + belowSecondMs }
}

function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 3).padEnd(3, '0'))
}

function parseOffsetMs(offset: string): number | null {
  if (/^(z|utc)$/i.test(offset)) return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', '') || '0')
  if (hours > 18 || minutes > 59) return null
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

const DAY_MS = 86_400_000

function instantOfWallClock(wallMs: number, zone: string): number {
  if (zone === 'UTC') return wallMs
  const before = offsetMsAt(wallMs - DAY_MS, zone)
  const after = offsetMsAt(wallMs + DAY_MS, zone)
  const candidates = [wallMs - before, wallMs - after].filter((at) => at + offsetMsAt(at, zone) === wallMs)
  return candidates.length > 0 ? Math.min(...candidates) : wallMs - before
}

function offsetMsAt(epochMs: number, zone: string): number {
  return Math.round(tzOffset(zone, new Date(epochMs)) * 60_000)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}

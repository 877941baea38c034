import { Decimal } from 'decimal.js'
import type { Granularity } from '@/lib/time'

/**
 * The one formatter: everything a reader sees passes here (CSV and JSON carry unrounded values and do not).
 *
 * Rounding happens once, here, half away from zero: spreadsheets do the same, so a CSV rounded in a spreadsheet
 * agrees with the screen. Values come as decimal strings and never pass through a float. A value that does not exist
 * is `null` and is shown as an en dash, never as 0. Negative numbers carry U+2212, which is as wide as a digit.
 */
const Exact = Decimal.clone({
  precision: 80,
  rounding: Decimal.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
  defaults: true,
})

/** What is shown where there is no value. */
export const NO_VALUE = '–'

const MINUS = '−'
const SMALLEST_SHOWN_MONEY = '0.00000001'

export type MoneyPrecision = 'auto' | 'exact' | 'compact'

export type DecimalInput = string | number | bigint

/** How a value is written: serialisable, so that server components can hand it to client components. */
export type ValueFormat =
  | { kind: 'money'; currency: string }
  | { kind: 'count' }
  | { kind: 'ratio' }
  | { kind: 'duration' }
  | { kind: 'factor' }
  | { kind: 'average' }

/**
 * A comparison of two windows. `new`: nothing before (a growth from nothing has no percentage); `gone`: 0 now;
 * `none`: no difference, nothing on either side, or no value now (what is unpriced is not gone).
 * `ratio` is (current − previous) ÷ |previous|.
 */
export type Change =
  | { kind: 'new'; absolute: string; ratio: null }
  | { kind: 'gone'; absolute: string; ratio: string }
  | { kind: 'none'; absolute: string | null; ratio: string | null }
  | { kind: 'change'; absolute: string; ratio: string }

function toDecimal(value: DecimalInput): Decimal {
  return new Exact(typeof value === 'bigint' ? value.toString() : value)
}

function groupThousands(digits: string): string {
  const [whole = '0', fraction] = digits.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

function sign(value: Decimal): string {
  return value.isNegative() && !value.isZero() ? MINUS : ''
}

/** Keeps at least `least` decimals and drops zeros beyond them. */
function trimDecimals(digits: string, least: number): string {
  const [whole = '0', fraction = ''] = digits.split('.')
  const kept = fraction.replace(/0+$/, '').padEnd(least, '0')
  return kept === '' ? whole : `${whole}.${kept}`
}

function compactDigits(magnitude: Decimal): string {
  const units = ['', 'K', 'M', 'B', 'T']
  let index = 0
  let scaled = magnitude
  while (scaled.toSignificantDigits(3).gte(1000) && index < units.length - 1) {
    scaled = scaled.div(1000)
    index += 1
  }
  const rounded = scaled.gte(1000) ? scaled.round() : scaled.toSignificantDigits(3)
  return `${groupThousands(rounded.toFixed())}${units[index] ?? ''}`
}

const currencyCache = new Map<string, { symbol: string; decimals: number }>()

function describeCurrency(currency: string): { symbol: string; decimals: number } {
  const cached = currencyCache.get(currency)
  if (cached) return cached
  const formatter = new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  const symbol = formatter.formatToParts(0).find((part) => part.type === 'currency')?.value ?? currency
  const described = {
    // A code used as a symbol ("CHF") needs a space before the digits.
    symbol: /^[A-Z]{3}$/.test(symbol) ? `${symbol}\u00a0` : symbol,
    decimals: formatter.resolvedOptions().maximumFractionDigits ?? 2,
  }
  currencyCache.set(currency, described)
  return described
}

/**
 * Money of a decimal string in an ISO 4217 currency.
 * `auto`: the currency's decimals from 1 up; below 1 three significant digits and at least the currency's decimals.
 * `exact`: every digit. `compact`: three significant digits with K, M, B, T from 1,000 up (axes, sparklines).
 */
export function formatMoney(
  value: DecimalInput | null,
  currency: string,
  { precision = 'auto' }: { precision?: MoneyPrecision } = {},
): string {
  if (value === null) return NO_VALUE
  const amount = toDecimal(value)
  const magnitude = amount.abs()
  const { symbol, decimals } = describeCurrency(currency)
  const prefix = `${sign(amount)}${symbol}`
  switch (precision) {
    case 'exact':
      return `${prefix}${groupThousands(trimDecimals(magnitude.toFixed(), decimals))}`
    case 'compact':
      if (magnitude.gte(1000)) return `${prefix}${compactDigits(magnitude)}`
      if (magnitude.isInteger()) return `${prefix}${magnitude.toFixed()}`
      return formatMoney(value, currency)
    case 'auto': {
      if (magnitude.isZero()) return `${symbol}${magnitude.toFixed(decimals)}`
      if (magnitude.lt(SMALLEST_SHOWN_MONEY)) {
        return amount.isNegative() ? `>${prefix}${SMALLEST_SHOWN_MONEY}` : `<${prefix}${SMALLEST_SHOWN_MONEY}`
      }
      if (magnitude.gte(1)) return `${prefix}${groupThousands(magnitude.toFixed(decimals))}`
      return `${prefix}${trimDecimals(magnitude.toSignificantDigits(3).toFixed(), decimals)}`
    }
  }
}

/** A count in full, with thousands separators: 64-bit counts come as strings or bigints and keep every digit. */
export function formatCount(value: DecimalInput | null): string {
  if (value === null) return NO_VALUE
  const amount = toDecimal(value)
  return `${sign(amount)}${groupThousands(amount.abs().toFixed())}`
}

/** A count in three significant digits: 1.24M. For axes and narrow places; the full count belongs beside it. */
export function formatCompactCount(value: DecimalInput | null): string {
  if (value === null) return NO_VALUE
  const amount = toDecimal(value)
  return `${sign(amount)}${compactDigits(amount.abs())}`
}

/**
 * A ratio as a percentage, two decimals by default. Only an exact 0 or 1 reads "0%" or "100%": a coverage of 0.99999
 * is ">99.99%", an error ratio of 0.000001 is "<0.01%".
 */
export function formatRatio(value: DecimalInput | null, { decimals = 2 }: { decimals?: number } = {}): string {
  if (value === null) return NO_VALUE
  const ratio = toDecimal(value)
  if (ratio.isZero()) return '0%'
  if (ratio.eq(1)) return '100%'
  const step = new Exact(10).pow(-decimals)
  const percent = ratio.times(100)
  const magnitude = percent.abs().toDecimalPlaces(decimals)
  if (magnitude.isZero()) return `${ratio.isNegative() ? `>${MINUS}` : '<'}${step.toFixed(decimals)}%`
  if (magnitude.eq(100) && percent.lt(100) && ratio.isPositive()) {
    return `>${new Exact(100).minus(step).toFixed(decimals)}%`
  }
  return `${sign(ratio)}${groupThousands(magnitude.toFixed(decimals))}%`
}

/** A plain quotient such as amplification (attempts ÷ requests): "1.08×". */
export function formatFactor(value: DecimalInput | null): string {
  if (value === null) return NO_VALUE
  const factor = toDecimal(value)
  return `${sign(factor)}${groupThousands(factor.abs().toFixed(2))}×`
}

/** A mean of counts, such as tokens per request: one decimal; `exact` keeps all, `compact` is for axes. */
export function formatAverage(value: DecimalInput | null, precision: MoneyPrecision = 'auto'): string {
  if (value === null) return NO_VALUE
  if (precision === 'compact') return formatCompactCount(value)
  const mean = toDecimal(value)
  const digits = precision === 'exact' ? mean.abs().toFixed() : mean.abs().toFixed(1)
  return `${sign(mean)}${groupThousands(digits)}`
}

/** A duration given in milliseconds: "842 ms", "1.24 s", "2 min 05 s", "3 h 07 min". */
export function formatDurationMs(value: DecimalInput | null): string {
  if (value === null) return NO_VALUE
  const duration = toDecimal(value)
  const prefix = sign(duration)
  const milliseconds = duration.abs()
  if (milliseconds.isZero()) return '0 ms'
  if (milliseconds.lt(10)) return `${prefix}${trimDecimals(milliseconds.toSignificantDigits(2).toFixed(), 0)} ms`
  if (milliseconds.round().lt(1000)) return `${prefix}${milliseconds.toFixed(0)} ms`
  if (milliseconds.lt(59_995)) return `${prefix}${milliseconds.div(1000).toFixed(2)} s`
  const seconds = milliseconds.div(1000).round()
  if (seconds.lt(3600)) return `${prefix}${seconds.divToInt(60)} min ${seconds.mod(60).toFixed().padStart(2, '0')} s`
  const minutes = seconds.div(60).round()
  return `${prefix}${groupThousands(minutes.divToInt(60).toFixed())} h ${minutes.mod(60).toFixed().padStart(2, '0')} min`
}

/** A value as its format says; `compact` for axes and narrow places, `exact` for hover and tables of a chart. */
export function formatValue(
  value: DecimalInput | null,
  format: ValueFormat,
  precision: MoneyPrecision = 'auto',
): string {
  switch (format.kind) {
    case 'money':
      return formatMoney(value, format.currency, { precision })
    case 'count':
      return precision === 'compact' ? formatCompactCount(value) : formatCount(value)
    case 'ratio':
      if (value === null || precision === 'auto') return formatRatio(value)
      return precision === 'compact' ? formatCompactRatio(value) : formatExactRatio(value)
    case 'duration':
      return precision === 'compact' ? formatCompactDuration(value) : formatDurationMs(value)
    case 'factor':
      return formatFactor(value)
    case 'average':
      return formatAverage(value, precision)
  }
}

function formatCompactRatio(value: DecimalInput): string {
  const ratio = toDecimal(value)
  return `${sign(ratio)}${ratio.abs().times(100).toSignificantDigits(3).toFixed()}%`
}

function formatExactRatio(value: DecimalInput): string {
  const ratio = toDecimal(value)
  return `${sign(ratio)}${groupThousands(ratio.abs().times(100).toDecimalPlaces(10).toFixed())}%`
}

function formatCompactDuration(value: DecimalInput | null): string {
  if (value === null) return NO_VALUE
  const duration = toDecimal(value)
  if (duration.abs().lt(1000)) return formatDurationMs(value)
  return `${sign(duration)}${groupThousands(duration.abs().div(1000).toSignificantDigits(3).toFixed())} s`
}

/** Compares a value with that of the previous window; both as decimal strings, `null` where there is no value. */
export function formatChange(current: DecimalInput | null, previous: DecimalInput | null): Change {
  const before = previous === null ? null : toDecimal(previous)
  const now = current === null ? null : toDecimal(current)
  if (now === null) return { kind: 'none', absolute: null, ratio: null }
  if (before === null || before.isZero()) {
    if (now.isZero()) return { kind: 'none', absolute: before === null ? null : '0', ratio: null }
    return { kind: 'new', absolute: now.toFixed(), ratio: null }
  }
  if (now.isZero()) return { kind: 'gone', absolute: before.neg().toFixed(), ratio: '-1' }
  const absolute = now.minus(before)
  if (absolute.isZero()) return { kind: 'none', absolute: '0', ratio: '0' }
  return {
    kind: 'change',
    absolute: absolute.toFixed(),
    ratio: absolute.div(before.abs()).toSignificantDigits(20).toFixed(),
  }
}

/** A difference with its sign: "+$12.30", "−1,204". Differences of ratios are percentage points: "+0.42 pp". */
export function formatDifference(value: DecimalInput | null, format: ValueFormat): string {
  if (value === null) return NO_VALUE
  const difference = toDecimal(value)
  if (difference.isZero()) return '±0'
  const plus = difference.isNegative() ? '' : '+'
  if (format.kind !== 'ratio') return `${plus}${formatValue(value, format)}`
  const points = difference.abs().times(100)
  const digits = points.lt('0.005') ? '<0.01' : groupThousands(points.toFixed(2))
  return `${difference.isNegative() ? MINUS : '+'}${digits} pp`
}

/** The relative part of a change: "+12.3%", "new", "gone", "±0%", or an en dash when nothing is on either side. */
export function formatChangeRatio(change: Change): string {
  switch (change.kind) {
    case 'new':
      return 'new'
    case 'gone':
      return 'gone'
    case 'none':
      return change.ratio === null ? NO_VALUE : '±0%'
    case 'change': {
      const ratio = toDecimal(change.ratio)
      const percent = ratio.abs().times(100)
      const digits = percent.lt('0.05') ? '<0.1' : groupThousands(percent.toFixed(percent.gte(1000) ? 0 : 1))
      return `${ratio.isNegative() ? MINUS : '+'}${digits}%`
    }
  }
}

type DateParts = {
  year: string
  month: string
  monthNumber: string
  day: string
  weekday: string
  hour: string
  minute: string
  second: string
  zone: string
}

const dateFormatCache = new Map<string, Intl.DateTimeFormat>()

function dateParts(instant: Date, timeZone: string): DateParts {
  let formatter = dateFormatCache.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    })
    dateFormatCache.set(timeZone, formatter)
  }
  const parts = new Map(formatter.formatToParts(instant).map((part) => [part.type, part.value]))
  const month = parts.get('month') ?? ''
  return {
    year: parts.get('year') ?? '',
    month,
    monthNumber: String(MONTHS.indexOf(month) + 1),
    day: parts.get('day') ?? '',
    weekday: parts.get('weekday') ?? '',
    hour: parts.get('hour') ?? '',
    minute: parts.get('minute') ?? '',
    second: parts.get('second') ?? '',
    zone: parts.get('timeZoneName') ?? '',
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function toInstant(value: Date | string): Date {
  return typeof value === 'string' ? new Date(value) : value
}

/** A calendar date in a zone: "21 Nov 2026". */
export function formatDate(value: Date | string, timeZone: string): string {
  const parts = dateParts(toInstant(value), timeZone)
  return `${parts.day} ${parts.month} ${parts.year}`
}

/** An instant in a zone: "21 Nov 2026, 14:03"; with `seconds` "21 Nov 2026, 14:03:27". */
export function formatDateTime(
  value: Date | string,
  timeZone: string,
  { seconds = false }: { seconds?: boolean } = {},
): string {
  const parts = dateParts(toInstant(value), timeZone)
  const time = seconds ? `${parts.hour}:${parts.minute}:${parts.second}` : `${parts.hour}:${parts.minute}`
  return `${parts.day} ${parts.month} ${parts.year}, ${time}`
}

/** ISO 8601 week number of the calendar date that an instant has in a zone. */
function isoWeek(parts: DateParts): number {
  const date = new Date(Date.UTC(Number(parts.year), Number(parts.monthNumber) - 1, Number(parts.day)))
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000)
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return Math.floor((thursday.getTime() - firstOfYear) / 86_400_000 / 7) + 1
}

/**
 * The name of a time bucket that starts at `start`. `long` stands alone (tooltips, tables), `short` is for axes. Hours
 * carry their zone when long, so that the hour which occurs twice in autumn has two names.
 */
export function formatBucket(
  start: Date | string,
  granularity: Granularity,
  timeZone: string,
  { style = 'long' }: { style?: 'long' | 'short' } = {},
): string {
  const parts = dateParts(toInstant(start), timeZone)
  const date = `${parts.day} ${parts.month}`
  const short = style === 'short'
  switch (granularity) {
    case 'hour':
      if (short) return parts.hour === '00' ? date : `${parts.hour}:${parts.minute}`
      return `${date} ${parts.year}, ${parts.hour}:${parts.minute} ${parts.zone}`
    case 'day':
      return short ? date : `${parts.weekday} ${date} ${parts.year}`
    case 'week':
      return short ? `W${isoWeek(parts)}` : `Week ${isoWeek(parts)}, from ${date} ${parts.year}`
    case 'month':
      return short && parts.month !== 'Jan' ? parts.month : `${parts.month} ${parts.year}`
    case 'quarter':
      return `Q${Math.ceil(Number(parts.monthNumber) / 3)} ${parts.year}`
    case 'fiscalYear':
      return short ? `${parts.month} ${parts.year}` : `Year from ${date} ${parts.year}`
    case 'none':
      return 'Whole range'
  }
}

/**
 * A half-open range [from, to) as a reader says it. Whole days name their last day ("1–31 Oct 2026"); other ranges
 * show both instants ("21 Nov 2026, 00:00 – 14:03").
 */
export function formatRange(from: Date | string, to: Date | string, timeZone: string): string {
  const start = dateParts(toInstant(from), timeZone)
  const end = dateParts(toInstant(to), timeZone)
  const atMidnight = (parts: DateParts) => parts.hour === '00' && parts.minute === '00' && parts.second === '00'
  if (atMidnight(start) && atMidnight(end)) {
    const last = dateParts(new Date(toInstant(to).getTime() - 1), timeZone)
    if (start.year !== last.year)
      return `${start.day} ${start.month} ${start.year} – ${last.day} ${last.month} ${last.year}`
    if (start.month !== last.month) return `${start.day} ${start.month} – ${last.day} ${last.month} ${last.year}`
    if (start.day !== last.day) return `${start.day}–${last.day} ${last.month} ${last.year}`
    return `${last.day} ${last.month} ${last.year}`
  }
  const sameDay = start.year === end.year && start.month === end.month && start.day === end.day
  const first = `${start.day} ${start.month} ${start.year}, ${start.hour}:${start.minute}`
  const lastTime = `${end.hour}:${end.minute}`
  return sameDay ? `${first} – ${lastTime}` : `${first} – ${end.day} ${end.month} ${end.year}, ${lastTime}`
}

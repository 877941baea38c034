import { TZDate } from '@date-fns/tz'
import { addBuckets, type Range, startOfBucket } from '@/lib/time'

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/

/** Whether a text names a month as `2026-10`. */
export function isMonth(text: string): boolean {
  return MONTH.test(text)
}

/** A month's instants `[from, to)` in a zone. Throws for what is no month. */
export function monthRange(month: string, timeZone: string): Range {
  const [, year, number] = MONTH.exec(month) ?? []
  if (year === undefined || number === undefined) throw new RangeError(`${month} is no month`)
  const from = new Date(new TZDate(Number(year), Number(number) - 1, 1, timeZone).getTime())
  return { from, to: addBuckets(from, 1, 'month', { timeZone, fiscalYearStartMonth: 1 }) }
}

/** The month that holds an instant in a zone. */
export function monthOf(at: Date, timeZone: string): string {
  const local = new TZDate(at, timeZone)
  return `${String(local.getFullYear()).padStart(4, '0')}-${String(local.getMonth() + 1).padStart(2, '0')}`
}

/** The month that a range is, exactly; null for any other range. */
export function monthOfRange({ from, to }: Range, timeZone: string): string | null {
  const month = monthOf(from, timeZone)
  const whole = monthRange(month, timeZone)
  return whole.from.getTime() === from.getTime() && whole.to.getTime() === to.getTime() ? month : null
}

/** Months from the one that holds `first` to the one that holds `last`, latest first. */
export function listMonths(first: Date, last: Date, timeZone: string): string[] {
  const calendar = { timeZone, fiscalYearStartMonth: 1 }
  const months: string[] = []
  for (let at = startOfBucket(last, 'month', calendar); ; at = addBuckets(at, -1, 'month', calendar)) {
    months.push(monthOf(at, timeZone))
    if (at <= first) return months
  }
}

/** `October 2026` */
export function formatMonth(month: string): string {
  const { from } = monthRange(month, 'UTC')
  return new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(from)
}

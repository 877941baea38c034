import type { BudgetPoint } from '@/components/charts/budget-chart'
import type { BudgetStatus } from '@/lib/budgets/read-budget-status'
import { formatBucket } from '@/lib/format'
import { addDecimals } from '@/lib/money'
import { type BucketGranularity, type Calendar, listBuckets, type Range } from '@/lib/time'

/** The course of a period for its chart: from nothing, over the end of each day and now, to the forecast's days. */
export function budgetPoints(status: BudgetStatus, now: Date): BudgetPoint[] {
  const { period, days, forecast, spendUpper } = status
  if (now < period.from) return []
  const none = { expected: null, low: null, high: null }
  const points: BudgetPoint[] = [{ at: period.from.toISOString(), spend: '0', upper: '0', ...none }]
  let spend = '0'
  let upper = '0'
  for (const [index, day] of days.entries()) {
    if (day.start >= now) break
    spend = addDecimals([spend, day.spend])
    upper = addDecimals([upper, day.upper])
    const next = days[index + 1]?.start ?? period.to
    const at = next > now ? now : next
    points.push({ at: at.toISOString(), spend, upper, ...none })
  }
  const last = points.at(-1)
  if (forecast && last) Object.assign(last, { expected: spendUpper, low: spendUpper, high: spendUpper })
  for (const { at, expected, low, high } of forecast?.course ?? []) {
    if (at > now) points.push({ at: at.toISOString(), spend: null, upper: null, expected, low, high })
  }
  return points
}

/** At most this many marks of the time axis. */
const MAX_TICKS = 8

/** Where the time axis of a period is marked: its hours, days, or months, so many as fit. */
export function timeTicks(period: Range, calendar: Calendar): { at: string; label: string }[] {
  const days = (period.to.getTime() - period.from.getTime()) / 86_400_000
  const unit: BucketGranularity = days <= 2 ? 'hour' : days <= 100 ? 'day' : 'month'
  const starts = listBuckets(period, unit, calendar).filter((start) => start >= period.from)
  const step = Math.ceil(starts.length / MAX_TICKS)
  return starts
    .filter((_, index) => index % step === 0)
    .map((start) => ({
      at: start.toISOString(),
      label: formatBucket(start, unit, calendar.timeZone, { style: 'short' }),
    }))
}

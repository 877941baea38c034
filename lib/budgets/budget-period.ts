import type { Budget } from '@/lib/budgets/budget'
import { addDecimals, compareDecimals, subtractDecimals } from '@/lib/money'
import { addBuckets, type Calendar, type Range, startOfBucket } from '@/lib/time'

type Periodic = Pick<Budget, 'period' | 'customFrom' | 'customTo'>

/** How long after its end a period stays open for events that were on their way. */
export const CLOSING_MS = 3_600_000

/**
 * The period that holds `at`, half-open, in the calendar's zone. A custom budget has one period, whenever it is asked for.
 * @throws Error for a custom budget without dates, which cannot be stored.
 */
export function periodAt(budget: Periodic, at: Date, calendar: Calendar): Range {
  if (budget.period === 'custom') {
    if (!budget.customFrom || !budget.customTo) throw new Error('a custom budget has no dates')
    return { from: budget.customFrom, to: budget.customTo }
  }
  const from = startOfBucket(at, budget.period, calendar)
  return { from, to: addBuckets(from, 1, budget.period, calendar) }
}

/** The `count` periods before the one that starts at `start`, newest first; none of a custom budget. */
export function periodsBefore(budget: Periodic, start: Date, count: number, calendar: Calendar): Range[] {
  const { period } = budget
  if (period === 'custom') return []
  return Array.from({ length: count }, (_, index) => ({
    from: addBuckets(start, -(index + 1), period, calendar),
    to: addBuckets(start, -index, period, calendar),
  }))
}

/** Part of the period that has passed: 0 before it, 1 after it. Days of 23 and 25 hours count as long as they are. */
export function elapsedRatio(period: Range, now: Date): number {
  const passed = (now.getTime() - period.from.getTime()) / (period.to.getTime() - period.from.getTime())
  return Math.min(1, Math.max(0, passed))
}

/**
 * What rolls over into the period after `spends` (of the periods since the budget's first, oldest first): what was left of
 * each, with what had rolled over into it. An overspent period leaves nothing and takes nothing from the next.
 */
export function rolledOver(amount: string, spends: readonly string[]): string {
  return spends.reduce((carried, spend) => {
    const left = subtractDecimals(addDecimals([amount, carried]), spend)
    return compareDecimals(left, '0') > 0 ? left : '0'
  }, '0')
}

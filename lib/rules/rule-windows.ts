import { createHash } from 'node:crypto'
import type { DimensionName } from '@/lib/metrics/registry'
import type { RuleGroup } from '@/lib/rules/back-test'
import type { RuleWindow } from '@/lib/rules/rule-schema'
import { addBuckets, type Calendar, type Range, shiftDays, startOfBucket } from '@/lib/time'

/** Windows that are over and still looked at for late events: two days of hours, a week of days, three weeks. */
const LOOK_BACK: Record<RuleWindow, number> = { hour: 48, day: 7, week: 3 }

/** The window that holds `now`, half-open, on the workspace's calendar. */
export function windowAt(now: Date, window: RuleWindow, calendar: Calendar): Range {
  const from = startOfBucket(now, window, calendar)
  return { from, to: addBuckets(from, 1, window, calendar) }
}

/** From the first window that late events may still move to the end of the one under way. */
export function liveRange(now: Date, window: RuleWindow, calendar: Calendar): Range {
  const current = windowAt(now, window, calendar)
  return { from: addBuckets(current.from, -LOOK_BACK[window], window, calendar), to: current.to }
}

/** The whole windows of the last 90 days, and the one under way. */
export function backTestRange(now: Date, window: RuleWindow, calendar: Calendar): Range {
  const current = windowAt(now, window, calendar)
  return { from: startOfBucket(shiftDays(current.from, -90, calendar), window, calendar), to: current.to }
}

/** The start of the window that one is compared with. */
export function comparedStart(
  start: Date,
  window: RuleWindow,
  comparison: 'previous' | 'sameLastWeek',
  calendar: Calendar,
): Date {
  return comparison === 'sameLastWeek' || window === 'week'
    ? shiftDays(start, -7, calendar)
    : addBuckets(start, -1, window, calendar)
}

/** The group of a dimension's value. A user's key is a hash, so that their name is stored nowhere but in the ledger. */
export function groupOf(dimension: DimensionName, value: string | null): RuleGroup {
  const label = value ?? 'unattributed'
  const values = [{ dimension, value }]
  if (value === null) return { key: '-', label, values }
  const key = dimension === 'user' ? `#${createHash('sha256').update(value).digest('hex').slice(0, 16)}` : `=${value}`
  return { key, label, values }
}

/** The one group of a rule without groups. */
export const WHOLE: RuleGroup = { key: '', label: null, values: [] }

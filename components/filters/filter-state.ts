import type { CostView } from '@/lib/fixed-costs/cost-view'

/** What the filter bar holds; the URL keeps it. Empty lists of environments and data modes mean the workspace's default. */
export type FilterState = {
  /** A preset's name, or `YYYY-MM-DD..YYYY-MM-DD`, half-open. */
  range: string
  grain: string | null
  environments: string[]
  dataModes: string[]
  compare: 'previous' | 'sameLastWeek' | 'none'
  costView: CostView
  filters: DimensionFilter[]
  /** Id of the scenario under which figures are shown; null is as it was. */
  scenario: number | null
}

/** `null` among the values is "unattributed". */
export type DimensionFilter = { dimension: string; operator: 'in' | 'notIn'; values: (string | null)[] }

export type DimensionOption = { name: string; label: string }

export type ValueOption = { value: string | null; label: string; hint?: string }

/** Lifts the default scope of environments or data modes. */
export const EVERYTHING = '*'

/** A calendar day without zone or time. */
export type CalendarDay = { year: number; month: number; day: number }

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/

/** Reads `YYYY-MM-DD`; null for anything else. */
export function parseDay(text: string): CalendarDay | null {
  const match = DAY.exec(text)
  if (!match) return null
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  return { year, month, day }
}

/** `YYYY-MM-DD` of the day a number of days after. */
function formatDay({ year, month, day }: CalendarDay, daysAfter = 0): string {
  return new Date(Date.UTC(year, month - 1, day + daysAfter)).toISOString().slice(0, 10)
}

/** The range of whole days from the first to the last, both included, as the URL keeps it (half-open). */
export function rangeOfDays(first: CalendarDay, last: CalendarDay): string {
  return `${formatDay(first)}..${formatDay(last, 1)}`
}

/** First and last day (included) of a calendar range; null for presets. */
export function daysOfRange(range: string): { first: CalendarDay; last: CalendarDay } | null {
  const [from = '', to = ''] = range.split('..')
  const first = parseDay(from)
  const end = parseDay(to)
  if (!first || !end) return null
  const last = parseDay(formatDay(end, -1))
  return last ? { first, last } : null
}

/** What a chip says: "is chat, search +2". */
export function describeFilter(filter: DimensionFilter): string {
  const names = filter.values.map((value) => value ?? 'unattributed')
  const shown = names.slice(0, 2).join(', ')
  const more = names.length > 2 ? ` +${names.length - 2}` : ''
  return `${filter.operator === 'in' ? 'is' : 'is not'} ${shown}${more}`
}

/** The filters with one replaced or added at its place; one without values is dropped. */
export function withDimensionFilter(
  filters: readonly DimensionFilter[],
  index: number,
  next: DimensionFilter,
): DimensionFilter[] {
  const replaced = [...filters]
  replaced[index] = next
  return replaced.filter((filter) => filter.values.length > 0)
}

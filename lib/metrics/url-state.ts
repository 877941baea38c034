import { TZDate } from '@date-fns/tz'
import { type CostView, isCostView } from '@/lib/fixed-costs/cost-view'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { type DimensionName, isDimensionName } from '@/lib/metrics/registry'
import {
  addBuckets,
  type BucketGranularity,
  type Calendar,
  GRANULARITIES,
  type Range,
  shiftDays,
  startOfBucket,
} from '@/lib/time'

/** Ranges by name; each ends with the day, week, month or quarter it is in. */
export const RANGE_PRESETS = {
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  'this-week': 'This week',
  'this-month': 'This month',
  'last-month': 'Last month',
  'this-quarter': 'This quarter',
} as const
export type RangePreset = keyof typeof RANGE_PRESETS
const DEFAULT_RANGE: RangePreset = '30d'

type ViewFilter = { dimension: DimensionName; operator: 'in' | 'notIn'; values: (string | null)[] }

/** What a console page shows, as kept in its URL. Empty lists of environments and modes mean the workspace's default. */
export type ViewState = {
  /** A preset's name, or `YYYY-MM-DD..YYYY-MM-DD`, half-open. */
  range: string
  grain: BucketGranularity | null
  environments: string[]
  dataModes: string[]
  compare: 'previous' | 'sameLastWeek' | 'none'
  costView: CostView
  filters: ViewFilter[]
  by: DimensionName | null
  /** Id of the scenario under which the page is shown; null is as it was. */
  scenario: number | null
  sort: { key: string; direction: 'asc' | 'desc' } | null
}

export type SearchParams = Record<string, string | string[] | undefined>

const SCENARIO = /^[1-9]\d{0,8}$/
/** No scenario has this id: a link to one that cannot be read is one to none there is, never to actual figures. */
const NO_SCENARIO = 0

const CALENDAR_RANGE = /^(\d{4})-(\d{2})-(\d{2})\.\.(\d{4})-(\d{2})-(\d{2})$/

const all = (params: SearchParams, name: string): string[] => {
  const value = params[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
const first = (params: SearchParams, name: string): string | null => all(params, name)[0] ?? null
const list = (text: string | null): string[] =>
  text
    ? text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
    : []

const isPreset = (name: string): name is RangePreset => Object.hasOwn(RANGE_PRESETS, name)
const isGranularity = (name: string | null): name is BucketGranularity =>
  name !== null && name !== 'none' && GRANULARITIES.some((known) => known === name)

/** Reads a page's URL. What it does not know is left out, so that an old link still opens. */
export function parseViewState(params: SearchParams): ViewState {
  const range = first(params, 'range') ?? DEFAULT_RANGE
  const grain = first(params, 'grain')
  const compare = first(params, 'compare')
  const costView = first(params, 'costView')
  const by = first(params, 'by')
  const scenario = first(params, 'scenario')
  const sort = first(params, 'sort')
  return {
    range: isPreset(range) || calendarDays(range) ? range : DEFAULT_RANGE,
    grain: isGranularity(grain) ? grain : null,
    environments: list(first(params, 'env')),
    dataModes: list(first(params, 'mode')),
    compare: compare === 'sameLastWeek' || compare === 'none' ? compare : 'previous',
    costView: isCostView(costView) ? costView : 'usage',
    filters: all(params, 'f').flatMap(parseFilter),
    by: by && isDimensionName(by) ? by : null,
    scenario: scenario === null ? null : SCENARIO.test(scenario) ? Number(scenario) : NO_SCENARIO,
    sort: sort ? { key: sort.replace(/^-/, ''), direction: sort.startsWith('-') ? 'desc' : 'asc' } : null,
  }
}

/** `endpoint:in:a,b`; an empty value is "unattributed". */
function parseFilter(text: string): ViewFilter[] {
  const [dimension, operator, ...rest] = text.split(':')
  if (!dimension || !isDimensionName(decode(dimension))) return []
  if (operator !== 'in' && operator !== 'notIn') return []
  const name = decode(dimension)
  if (!isDimensionName(name)) return []
  const values = rest
    .join(':')
    .split(',')
    .map((value) => (value === '' ? null : decode(value)))
  return [{ dimension: name, operator, values }]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The query string of a view, without what is default. The inverse of {@link parseViewState}. */
export function formatViewState(view: ViewState): string {
  const params = new URLSearchParams()
  if (view.range !== DEFAULT_RANGE) params.set('range', view.range)
  if (view.grain) params.set('grain', view.grain)
  if (view.environments.length > 0) params.set('env', view.environments.join(','))
  if (view.dataModes.length > 0) params.set('mode', view.dataModes.join(','))
  if (view.compare !== 'previous') params.set('compare', view.compare)
  if (view.costView !== 'usage') params.set('costView', view.costView)
  for (const filter of view.filters) {
    const values = filter.values.map((value) => (value === null ? '' : encodeURIComponent(value)))
    params.append('f', `${encodeURIComponent(filter.dimension)}:${filter.operator}:${values.join(',')}`)
  }
  if (view.by) params.set('by', view.by)
  if (view.scenario !== null) params.set('scenario', String(view.scenario))
  if (view.sort) params.set('sort', `${view.sort.direction === 'desc' ? '-' : ''}${view.sort.key}`)
  const text = params.toString()
  return text ? `?${text}` : ''
}

/** `view` narrowed to one value of a dimension, in place of any filter on it. */
export function withFilter(view: ViewState, dimension: DimensionName, value: string | null): ViewState {
  const others = view.filters.filter((filter) => filter.dimension !== dimension)
  return { ...view, sort: null, filters: [...others, { dimension, operator: 'in', values: [value] }] }
}

function calendarDays(text: string): { from: [number, number, number]; to: [number, number, number] } | null {
  const match = CALENDAR_RANGE.exec(text)
  if (!match) return null
  const [y1 = 0, m1 = 0, d1 = 0, y2 = 0, m2 = 0, d2 = 0] = match.slice(1).map(Number)
  const valid = (y: number, m: number, d: number) => {
    const date = new Date(Date.UTC(y, m - 1, d))
    return date.getUTCMonth() === m - 1 && date.getUTCDate() === d
  }
  if (!valid(y1, m1, d1) || !valid(y2, m2, d2)) return null
  if (Date.UTC(y1, m1 - 1, d1) >= Date.UTC(y2, m2 - 1, d2)) return null
  return { from: [y1, m1, d1], to: [y2, m2, d2] }
}

/** The instants `[from, to)` that a range's name means at `now`, in the calendar's zone. */
export function resolveRange(range: string, now: Date, calendar: Calendar): Range {
  const days = calendarDays(range)
  if (days) {
    const start = ([year, month, day]: [number, number, number]) =>
      new Date(new TZDate(year, month - 1, day, calendar.timeZone).getTime())
    return { from: start(days.from), to: start(days.to) }
  }
  const preset: RangePreset = isPreset(range) ? range : DEFAULT_RANGE
  const today = startOfBucket(now, 'day', calendar)
  const tomorrow = addBuckets(today, 1, 'day', calendar)
  const lastDays = (count: number): Range => ({ from: shiftDays(today, 1 - count, calendar), to: tomorrow })
  const whole = (unit: BucketGranularity, offset = 0): Range => {
    const from = addBuckets(startOfBucket(now, unit, calendar), offset, unit, calendar)
    return { from, to: addBuckets(from, 1, unit, calendar) }
  }
  switch (preset) {
    case 'today':
      return whole('day')
    case 'yesterday':
      return whole('day', -1)
    case '7d':
      return lastDays(7)
    case '30d':
      return lastDays(30)
    case '90d':
      return lastDays(90)
    case 'this-week':
      return whole('week')
    case 'this-month':
      return whole('month')
    case 'last-month':
      return whole('month', -1)
    case 'this-quarter':
      return whole('quarter')
    default: {
      const unexpected: never = preset
      throw new Error(`unexpected range ${String(unexpected)}`)
    }
  }
}

/** Bucket size that shows a range well: hours up to two days, days up to four months, weeks beyond. */
export function defaultGranularity(range: Range): BucketGranularity {
  const days = (range.to.getTime() - range.from.getTime()) / 86_400_000
  if (days <= 2.1) return 'hour'
  if (days <= 125) return 'day'
  return days <= 800 ? 'week' : 'month'
}

/** The part of a question that the filter bar decides: range, zone, comparison, filters, scope and scenario. */
export function questionOf(
  view: ViewState,
  now: Date,
  calendar: Calendar,
): Pick<QueryInput, 'from' | 'to' | 'timeZone' | 'granularity' | 'compare' | 'filters' | 'scenario'> {
  const range = resolveRange(view.range, now, calendar)
  const scope = (dimension: 'environment' | 'dataMode', values: readonly string[]) =>
    values.length > 0 ? [{ dimension, operator: 'in' as const, values: [...values] }] : []
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    timeZone: calendar.timeZone,
    granularity: view.grain ?? defaultGranularity(range),
    compare: view.compare === 'none' ? null : view.compare,
    filters: [
      ...view.filters.map((filter) => ({ ...filter, values: [...filter.values] })),
      ...scope('environment', view.environments),
      ...scope('dataMode', view.dataModes),
    ],
    ...(view.scenario === null ? {} : { scenario: view.scenario }),
  }
}

/** How spend is read, for the questions of a page about money; by usage a question says nothing of it. */
export function costViewOf({ costView }: ViewState): Pick<QueryInput, 'costView'> {
  return costView === 'usage' ? {} : { costView }
}

/** What a scenario may change of an attempt, beside its cost. */
const ROUTED: ReadonlySet<string> = new Set(['provider', 'model', 'rawProvider', 'rawModel', 'serviceTier'])

/**
 * The same range and filters without the scope of environment and data mode: what a page leaves out. It counts attempts,
 * whose number no scenario changes: it names one only where filters go by what routes change, so that it stays quick.
 */
export function everythingInRange({ scenario, ...base }: ReturnType<typeof questionOf>): QueryInput {
  const filters = (base.filters ?? []).filter(
    (filter) => filter.dimension !== 'environment' && filter.dimension !== 'dataMode',
  )
  return {
    ...base,
    ...(filters.some(({ dimension }) => ROUTED.has(dimension)) ? { scenario } : {}),
    compare: null,
    measures: ['attempts'],
    dimensions: [],
    filters: [
      ...filters,
      { dimension: 'environment', operator: 'in', values: ['*'] },
      { dimension: 'dataMode', operator: 'in', values: ['*'] },
    ],
  }
}

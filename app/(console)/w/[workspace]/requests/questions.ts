import type { QueryInput } from '@/lib/metrics/query-schema'
import type { MeasureName } from '@/lib/metrics/registry'
import { everythingInRange, questionOf, type SearchParams, type ViewState } from '@/lib/metrics/url-state'
import { REQUEST_SORTS, type RequestSort } from '@/lib/requests/request-list'
import type { Calendar } from '@/lib/time'

export const REQUEST_MEASURES: readonly MeasureName[] = [
  'requests',
  'attempts',
  'spend',
  'amplification',
  'errorRatio',
  'waste',
]

/** What the Requests page asks: its totals, and the question that its list and its CSV share. */
export function requestsQuestions(view: ViewState, now: Date, calendar: Calendar) {
  const base = questionOf(view, now, calendar)
  const headline: QueryInput = { ...base, measures: [...REQUEST_MEASURES], dimensions: [] }
  const list: QueryInput = {
    measures: ['requests'],
    from: base.from,
    to: base.to,
    timeZone: base.timeZone,
    filters: base.filters,
    ...(base.scenario === undefined ? {} : { scenario: base.scenario }),
  }
  return { headline, list, everything: everythingInRange(base) }
}

/** What the Requests page keeps in its URL beside the view. */
export type RequestsState = { sort: RequestSort; id: string }

/** Reads the order of the list and the id that is searched for. */
export function parseRequestsState(params: SearchParams, view: ViewState): RequestsState {
  const id = params.id
  return {
    sort: REQUEST_SORTS.find((name) => name === view.sort?.key) ?? 'newest',
    id: (Array.isArray(id) ? id[0] : id)?.trim().slice(0, 200) ?? '',
  }
}

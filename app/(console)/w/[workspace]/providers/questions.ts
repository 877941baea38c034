import type { QueryInput } from '@/lib/metrics/query-schema'
import type { MeasureName } from '@/lib/metrics/registry'
import { costViewOf, everythingInRange, questionOf, type ViewState } from '@/lib/metrics/url-state'
import type { Calendar } from '@/lib/time'

export const PROVIDER_MEASURES: readonly MeasureName[] = [
  'spend',
  'topNShare',
  'requests',
  'costPerRequest',
  'unpricedTokens',
  'fallbackRequests',
  'fallbackRatio',
  'retryRatio',
  'errorRatio',
  'latencyP50',
  'latencyP95',
  'latencyP99',
  'timeToFirstTokenP95',
  'attemptErrorRatio',
  'costPerMillionTokens',
]
export const PROVIDER_ENDPOINT_MEASURES: readonly MeasureName[] = [
  'spend',
  'topNShare',
  'requests',
  'costPerRequest',
  'unpricedTokens',
]
export const MODEL_MEASURES: readonly MeasureName[] = [
  'spend',
  'topNShare',
  'requests',
  'costPerRequest',
  'unpricedTokens',
  'totalTokens',
  'costPerMillionTokens',
  'unknownModelRatio',
]

/** What the Providers page asks. */
export function providerQuestions(view: ViewState, now: Date, calendar: Calendar) {
  const asked = questionOf(view, now, calendar)
  const base = { ...asked, ...costViewOf(view) }
  const sorted = (measures: readonly MeasureName[]) =>
    view.sort && measures.some((name) => name === view.sort?.key)
      ? [view.sort]
      : [{ key: 'spend', direction: 'desc' as const }]
  const table: QueryInput = {
    ...base,
    measures: [...PROVIDER_MEASURES, 'attempts'],
    dimensions: ['provider'],
    orderBy: sorted(PROVIDER_MEASURES),
  }
  const byEndpoint: QueryInput = {
    ...base,
    measures: [...PROVIDER_ENDPOINT_MEASURES],
    dimensions: ['provider', 'endpoint'],
    limit: 30,
    other: true,
  }
  const models: QueryInput = {
    ...base,
    measures: [...MODEL_MEASURES],
    dimensions: ['provider', 'model'],
    limit: 50,
    other: true,
  }
  const overTime: QueryInput = {
    ...asked,
    measures: ['fallbackRequests', 'errorRatio', 'retryRatio', 'latencyP95'],
    dimensions: ['time', 'provider'],
    compare: null,
  }
  const modelMix: QueryInput = {
    ...base,
    measures: ['spend'],
    dimensions: ['time', 'model'],
    compare: null,
    limit: 8,
    other: true,
  }
  return { table, byEndpoint, models, overTime, modelMix, everything: everythingInRange(asked) }
}

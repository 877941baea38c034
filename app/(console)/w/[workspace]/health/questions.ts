import type { QueryInput } from '@/lib/metrics/query-schema'
import type { DimensionName, MeasureName } from '@/lib/metrics/registry'
import { everythingInRange, questionOf, type ViewState } from '@/lib/metrics/url-state'
import type { Calendar } from '@/lib/time'

export const MODEL_HEALTH_MEASURES: readonly MeasureName[] = [
  'totalTokens',
  'unpricedTokens',
  'attempts',
  'unknownModelRatio',
]

/** What the Data Health page asks. */
export function healthQuestions(view: ViewState, now: Date, calendar: Calendar) {
  const base = { ...questionOf(view, now, calendar), compare: null }
  const everything = everythingInRange(base)
  const unspecified = (dimension: 'environment' | 'dataMode'): QueryInput => ({
    ...everything,
    filters: [
      ...(everything.filters ?? []).filter((filter) => filter.dimension !== dimension),
      { dimension, operator: 'in', values: ['unspecified'] },
    ],
  })
  const missing = (dimension: DimensionName): QueryInput => ({
    ...base,
    measures: ['attempts', 'spend'],
    dimensions: [],
    filters: [...(base.filters ?? []), { dimension, operator: 'in', values: [null] }],
  })
  const models: QueryInput = {
    ...base,
    measures: [...MODEL_HEALTH_MEASURES],
    dimensions: ['provider', 'model'],
    orderBy: [
      { key: 'unknownModelRatio', direction: 'desc' },
      { key: 'totalTokens', direction: 'desc' },
    ],
    limit: 50,
  }
  return {
    totals: { ...base, measures: ['attempts', 'spend', 'unknownModelRatio', 'pricingCoverage'], dimensions: [] },
    noEnvironment: unspecified('environment'),
    noDataMode: unspecified('dataMode'),
    noEndpoint: missing('endpoint'),
    noUser: missing('user'),
    noPrompt: missing('promptVersion'),
    models,
    everything,
  } satisfies Record<string, QueryInput>
}

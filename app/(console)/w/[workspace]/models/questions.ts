import type { QueryInput } from '@/lib/metrics/query-schema'
import { everythingInRange, questionOf, type ViewState } from '@/lib/metrics/url-state'
import type { Calendar } from '@/lib/time'

/** What the Models page asks; its tables are read beside, see lib/catalogue. */
export function modelQuestions(view: ViewState, now: Date, calendar: Calendar) {
  const base = { ...questionOf(view, now, calendar), compare: null }
  return {
    totals: {
      ...base,
      measures: ['spend', 'attempts', 'unpricedTokens', 'unknownModelRatio', 'pricingCoverage'],
      dimensions: [],
    },
    everything: everythingInRange(base),
  } satisfies Record<string, QueryInput>
}

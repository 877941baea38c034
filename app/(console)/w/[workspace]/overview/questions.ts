import type { QueryInput } from '@/lib/metrics/query-schema'
import type { DimensionName, MeasureName } from '@/lib/metrics/registry'
import { costViewOf, everythingInRange, questionOf, type ViewState } from '@/lib/metrics/url-state'
import type { Calendar } from '@/lib/time'

/** The headline numbers, in their order on the page. */
export const HEADLINE: readonly MeasureName[] = [
  'spend',
  'requests',
  'costPerRequest',
  'fallbackRatio',
  'retryRatio',
  'unknownModelRatio',
]

export const STACK_DIMENSIONS: readonly DimensionName[] = [
  'endpoint',
  'model',
  'provider',
  'promptVersion',
  'user',
  'environment',
]
export const DEFAULT_STACK: DimensionName = 'endpoint'

/** Series of the stacked chart beside "Other". */
const SERIES = 8
/** Rows looked at for what moved; more than a screen can name. */
const MOVERS_SCANNED = 500

/** What Overview asks. */
export function overviewQuestions(view: ViewState, now: Date, calendar: Calendar) {
  const asked = questionOf(view, now, calendar)
  const base = { ...asked, ...costViewOf(view) }
  const by = view.by ?? DEFAULT_STACK
  const headline: QueryInput = { ...base, measures: [...HEADLINE, 'attempts', 'users'], dimensions: [] }
  const overTime: QueryInput = { ...base, measures: [...HEADLINE], dimensions: ['time'], compare: null }
  const spendBy: QueryInput = {
    ...base,
    measures: ['spend', 'unpricedTokens'],
    dimensions: ['time', by],
    compare: null,
    limit: SERIES,
    other: true,
  }
  const movers: QueryInput = {
    ...base,
    measures: ['spend', 'requests', 'costPerRequest'],
    dimensions: [by],
    compare: base.compare ?? 'previous',
    limit: MOVERS_SCANNED,
  }
  return { headline, overTime, spendBy, movers, everything: everythingInRange(asked) }
}

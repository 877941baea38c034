import type { QueryInput } from '@/lib/metrics/query-schema'
import type { DimensionName, MeasureName } from '@/lib/metrics/registry'
import { costViewOf, everythingInRange, questionOf, type ViewState } from '@/lib/metrics/url-state'
import type { Calendar } from '@/lib/time'

/** What a ranking page is about: its rows and the measures beside them. */
export type Ranking = {
  dimensions: readonly DimensionName[]
  /** What is drawn over time, by the first dimension unless said otherwise. */
  series: DimensionName
  measures: readonly MeasureName[]
  headline: readonly MeasureName[]
}

export const RANKINGS = {
  endpoints: {
    dimensions: ['endpoint'],
    series: 'endpoint',
    measures: [
      'spend',
      'topNShare',
      'requests',
      'costPerRequest',
      'costPerSuccess',
      'unpricedTokens',
      'waste',
      'errorRatio',
      'retryRatio',
      'fallbackRatio',
      'latencyP95',
      'totalTokens',
      'costPerMillionTokens',
    ],
    headline: ['spend', 'requests', 'costPerRequest', 'costPerSuccess', 'waste'],
  },
  users: {
    dimensions: ['user'],
    series: 'user',
    measures: [
      'spend',
      'topNShare',
      'requests',
      'costPerRequest',
      'unpricedTokens',
      'inputTokensPerRequest',
      'outputTokensPerRequest',
      'errorRatio',
      'waste',
      'totalTokens',
    ],
    headline: ['users', 'spend', 'requests', 'costPerRequest', 'waste'],
  },
  prompts: {
    dimensions: ['endpoint', 'promptVersion'],
    series: 'promptVersion',
    measures: [
      'spend',
      'topNShare',
      'requests',
      'costPerRequest',
      'outputTokensPerRequest',
      'inputTokensPerRequest',
      'unpricedTokens',
      'costPerSuccess',
      'errorRatio',
      'retryRatio',
      'latencyP95',
    ],
    headline: ['spend', 'costPerRequest', 'inputTokensPerRequest', 'outputTokensPerRequest', 'errorRatio'],
  },
} as const satisfies Record<string, Ranking>
export type RankingName = keyof typeof RANKINGS

/** Rows named on a ranking page; the rest is one row, "Other", and the CSV has them all. */
const NAMED_ROWS = 50
const SERIES = 8

/** What a ranking page asks. */
export function rankingQuestions(name: RankingName, view: ViewState, now: Date, calendar: Calendar) {
  const ranking: Ranking = RANKINGS[name]
  const asked = questionOf(view, now, calendar)
  const base = { ...asked, ...costViewOf(view) }
  const sortable = [...ranking.measures, ...ranking.dimensions].some((key) => key === view.sort?.key)
  const orderBy = view.sort && sortable ? [view.sort] : [{ key: 'spend', direction: 'desc' as const }]
  const table: QueryInput = {
    ...base,
    measures: [...ranking.measures, ...ranking.headline.filter((each) => !ranking.measures.includes(each)), 'attempts'],
    dimensions: [...ranking.dimensions],
    limit: NAMED_ROWS,
    other: true,
    orderBy,
  }
  const overTime: QueryInput = {
    ...base,
    measures: ['spend', 'costPerRequest'],
    dimensions: ['time', ranking.series],
    compare: null,
    limit: SERIES,
    other: true,
  }
  return { table, overTime, everything: everythingInRange(asked) }
}

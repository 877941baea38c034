'use client'

import { Download } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { csvHref } from '@/app/(console)/links'
import { formatOfMeasure } from '@/app/(console)/measure-columns'
import type { PageWorkspace } from '@/app/(console)/page-props'
import { bucketStarts, seriesPoints } from '@/app/(console)/series-points'
import type { Answer } from '@/app/(console)/use-answers'
import { costViewText, explainMeasure } from '@/app/(console)/w/[workspace]/headline'
import { TimeChart } from '@/components/charts/time-chart'
import { iconButtonClassName } from '@/components/ui/button'
import { ErrorState, LoadingState } from '@/components/ui/states'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { type MeasureName, measureOf } from '@/lib/metrics/registry'
import { GRANULARITIES, type Granularity } from '@/lib/time'

const UNIT_WORDS: Record<string, string> = {
  money: 'USD',
  moneyPerMillionTokens: 'USD per 1M tokens',
  tokens: 'tokens',
  tokensPerRequest: 'tokens per request',
  ratio: '%',
  factor: '×',
  milliseconds: 'duration',
  totalMilliseconds: 'duration',
  count: 'count',
}

/** Height of a legend of one line, so that what comes takes the place of what is awaited. */
const LEGEND_PX = 24

const asGranularity = (name: string): Granularity => GRANULARITIES.find((known) => known === name) ?? 'day'

/** One measure of an answer over time, split by a dimension; loading and failing in its own place. */
export function AnswerChart({
  title,
  measure,
  dimension,
  shape,
  answer,
  question,
  workspace,
  nowIso,
  actions,
  heightPx,
}: {
  title: string
  measure: MeasureName
  dimension: string | null
  shape: 'bars' | 'areas' | 'lines'
  answer: Answer
  /** What the answer answers: the chart's CSV. */
  question: QueryInput
  workspace: PageWorkspace
  nowIso: string
  actions?: ReactNode
  heightPx?: number
}) {
  const { data, error, answeredAt } = answer
  const now = answeredAt?.toISOString() ?? nowIso
  const points = useMemo(() => (data ? seriesPoints(data, measure, dimension) : []), [data, measure, dimension])
  const buckets = useMemo(
    () => (data ? bucketStarts(data, new Date(now), workspace.fiscalYearStartMonth) : undefined),
    [data, now, workspace.fiscalYearStartMonth],
  )
  const viewed = costViewText(data?.meta)
  const granularity = asGranularity(data?.meta.granularity ?? 'day')
  const state = error ? (
    <ErrorState title={`${title} could not be loaded`} onRetry={answer.retry}>
      {error}
    </ErrorState>
  ) : data ? undefined : (
    <div className="px-4 pb-4">
      <div style={{ height: (heightPx ?? 240) + LEGEND_PX }}>
        <LoadingState label={title} className="h-full" />
      </div>
    </div>
  )
  return (
    <TimeChart
      title={title}
      unit={`${UNIT_WORDS[measureOf(measure).unit]} by ${granularity === 'fiscalYear' ? 'fiscal year' : granularity}${viewed ? ` · ${viewed}` : ''}`}
      explanation={data ? explainMeasure(measure, data.meta) : undefined}
      shape={shape}
      additive={measureOf(measure).additive}
      points={points}
      buckets={buckets}
      unfinishedBucket={data?.meta.unfinishedBucket}
      granularity={granularity}
      timeZone={workspace.timeZone}
      format={formatOfMeasure(measure, data?.meta.currency ?? 'USD')}
      singleLabel={dimension ? undefined : measureOf(measure).label}
      actions={
        <>
          {actions}
          <a
            href={csvHref(workspace.slug, { ...question, measures: [measure] })}
            download
            aria-label={`${title} as CSV`}
            title="Download CSV"
            className={iconButtonClassName()}
          >
            <Download aria-hidden className="size-4" />
          </a>
        </>
      }
      state={state}
      heightPx={heightPx}
      scenario={data?.meta.scenario?.name}
    />
  )
}

'use client'

import type { ReactNode } from 'react'
import { formatOfMeasure } from '@/app/(console)/measure-columns'
import type { PageWorkspace } from '@/app/(console)/page-props'
import { bucketStarts, seriesPoints } from '@/app/(console)/series-points'
import type { Answer } from '@/app/(console)/use-answers'
import { explainMeasure } from '@/app/(console)/w/[workspace]/headline'
import { TimeChart } from '@/components/charts/time-chart'
import { ErrorState, LoadingState } from '@/components/ui/states'
import { type MeasureName, measureOf } from '@/lib/metrics/registry'
import { GRANULARITIES, type Granularity } from '@/lib/time'

const UNIT_WORDS: Record<string, string> = {
  money: 'USD',
  moneyPerMillionTokens: 'USD per 1M tokens',
  tokens: 'tokens',
  tokensPerRequest: 'tokens per request',
  ratio: '%',
  factor: '×',
  milliseconds: 'time',
  count: 'count',
}

const asGranularity = (name: string): Granularity => GRANULARITIES.find((known) => known === name) ?? 'day'

/** One measure of an answer over time, split by a dimension; loading and failing in its own place. */
export function AnswerChart({
  title,
  measure,
  dimension,
  shape,
  answer,
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
  workspace: PageWorkspace
  nowIso: string
  actions?: ReactNode
  heightPx?: number
}) {
  const { data, error } = answer
  const granularity = asGranularity(data?.meta.granularity ?? 'day')
  const state = error ? (
    <ErrorState title={`${title} could not be loaded`} onRetry={answer.retry}>
      {error}
    </ErrorState>
  ) : data ? undefined : (
    <div className="p-4">
      <LoadingState label={title} />
    </div>
  )
  return (
    <TimeChart
      title={title}
      unit={`${UNIT_WORDS[measureOf(measure).unit]} by ${granularity === 'fiscalYear' ? 'fiscal year' : granularity}`}
      explanation={data ? explainMeasure(measure, data.meta) : undefined}
      shape={shape}
      additive={measureOf(measure).additive}
      points={data ? seriesPoints(data, measure, dimension) : []}
      buckets={data ? bucketStarts(data, new Date(nowIso), workspace.fiscalYearStartMonth) : undefined}
      unfinishedBucket={data?.meta.unfinishedBucket}
      granularity={granularity}
      timeZone={workspace.timeZone}
      format={formatOfMeasure(measure, data?.meta.currency ?? 'USD')}
      singleLabel={dimension ? undefined : measureOf(measure).label}
      actions={actions}
      state={state}
      heightPx={heightPx}
    />
  )
}

'use client'

import { filteredHref } from '@/app/(console)/links'
import { changeColumn, dimensionColumn, isNamed, measureColumn, textOf } from '@/app/(console)/measure-columns'
import type { PageProps } from '@/app/(console)/page-props'
import { useAnswers } from '@/app/(console)/use-answers'
import { AnswerChart } from '@/app/(console)/w/[workspace]/answer-chart'
import { AnswerTable } from '@/app/(console)/w/[workspace]/answer-table'
import { Headline } from '@/app/(console)/w/[workspace]/headline'
import { PageFrame } from '@/app/(console)/w/[workspace]/page-frame'
import {
  MODEL_MEASURES,
  PROVIDER_ENDPOINT_MEASURES,
  PROVIDER_MEASURES,
  type providerQuestions,
} from '@/app/(console)/w/[workspace]/providers/questions'
import type { SortState } from '@/components/tables/data-table'
import type { DimensionName, MeasureName } from '@/lib/metrics/registry'
import type { ResultRow } from '@/lib/metrics/result'
import { formatViewState } from '@/lib/metrics/url-state'

const HEADLINE: readonly MeasureName[] = ['spend', 'fallbackRatio', 'retryRatio', 'errorRatio', 'latencyP95']

export function ProvidersView({ workspace, view, questions, nowIso }: PageProps<ReturnType<typeof providerQuestions>>) {
  const answer = useAnswers(workspace.slug, questions)
  const { slug } = workspace
  const table = answer('table')
  const overTime = answer('overTime')
  const sort: SortState = view.sort ?? { key: 'spend', direction: 'desc' }
  const narrowed = (row: ResultRow, ...dimensions: readonly DimensionName[]) =>
    !isNamed(row)
      ? null
      : filteredHref(
          slug,
          'requests',
          view,
          // The total's row has no dimensions: it leads to all of them.
          ...dimensions.filter((name) => name in row).map((name) => [name, textOf(row, name)] as const),
        )
  const columns = (measures: readonly MeasureName[], dimensions: readonly DimensionName[]) => [
    ...dimensions.map((name) =>
      dimensionColumn(name, (row) =>
        filteredHref(
          slug,
          'overview',
          view,
          ...dimensions.slice(0, dimensions.indexOf(name) + 1).map((each) => [each, textOf(row, each)] as const),
        ),
      ),
    ),
    ...measures.flatMap((name) => {
      const column = measureColumn(name, {
        share: name === 'topNShare',
        href: name === 'requests' ? (row) => narrowed(row, ...dimensions) : undefined,
      })
      return (name === 'spend' || name === 'costPerRequest') && view.compare !== 'none'
        ? [column, changeColumn(name)]
        : [column]
    }),
  ]
  const chart = { workspace, nowIso, heightPx: 200 }
  return (
    <PageFrame
      page="providers"
      workspace={workspace}
      view={view}
      nowIso={nowIso}
      main={table}
      everything={answer('everything')}
      attemptsInScope={table.data ? textOf(table.data.totals, 'attempts') : null}
    >
      <Headline measures={HEADLINE} answer={table} />
      <AnswerTable
        title="Providers"
        workspace={slug}
        answer={table}
        dimensions={['provider']}
        sort={sort}
        sortHref={(next) => `/w/${encodeURIComponent(slug)}/providers${formatViewState({ ...view, sort: next })}`}
        csv={questions.table}
        columns={columns(PROVIDER_MEASURES, ['provider'])}
      />
      <div className="grid gap-4 xl:grid-cols-2">
        <AnswerChart
          title="Fallbacks by provider left"
          measure="fallbackRequests"
          dimension="provider"
          shape="bars"
          answer={overTime}
          question={questions.overTime}
          {...chart}
        />
        <AnswerChart
          title="Error ratio by provider"
          measure="errorRatio"
          dimension="provider"
          shape="lines"
          answer={overTime}
          question={questions.overTime}
          {...chart}
        />
        <AnswerChart
          title="Retry ratio by provider"
          measure="retryRatio"
          dimension="provider"
          shape="lines"
          answer={overTime}
          question={questions.overTime}
          {...chart}
        />
        <AnswerChart
          title="Latency p95 by provider"
          measure="latencyP95"
          dimension="provider"
          shape="lines"
          answer={overTime}
          question={questions.overTime}
          {...chart}
        />
      </div>
      <AnswerChart
        title="Model mix"
        measure="spend"
        dimension="model"
        shape="bars"
        answer={answer('modelMix')}
        question={questions.modelMix}
        {...chart}
        heightPx={240}
      />
      <div className="grid gap-4 2xl:grid-cols-2">
        <AnswerTable
          title="Provider by endpoint"
          workspace={slug}
          answer={answer('byEndpoint')}
          dimensions={['provider', 'endpoint']}
          csv={questions.byEndpoint}
          columns={columns(PROVIDER_ENDPOINT_MEASURES, ['provider', 'endpoint'])}
        />
        <AnswerTable
          id="models"
          title="Models"
          workspace={slug}
          answer={answer('models')}
          dimensions={['provider', 'model']}
          csv={questions.models}
          columns={columns(MODEL_MEASURES, ['provider', 'model'])}
        />
      </div>
    </PageFrame>
  )
}

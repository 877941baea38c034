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
  RANKINGS,
  type Ranking,
  type RankingName,
  type rankingQuestions,
} from '@/app/(console)/w/[workspace]/ranking-questions'
import type { SortState } from '@/components/tables/data-table'
import { dimensionLabel } from '@/lib/metrics/registry'
import type { ResultRow } from '@/lib/metrics/result'
import { formatViewState } from '@/lib/metrics/url-state'

const TABLE_TITLES: Record<RankingName, string> = {
  endpoints: 'Endpoints',
  users: 'Users',
  prompts: 'Prompt versions',
}

/** A page that ranks by one or two dimensions: headline, course over time, and the table behind both. */
export function RankingView({
  name,
  workspace,
  view,
  questions,
  nowIso,
}: PageProps<ReturnType<typeof rankingQuestions>> & { name: RankingName }) {
  const ranking: Ranking = RANKINGS[name]
  const answer = useAnswers(workspace.slug, questions)
  const table = answer('table')
  const overTime = answer('overTime')
  const path = `/w/${encodeURIComponent(workspace.slug)}/${name}`
  const sort: SortState = view.sort ?? { key: 'spend', direction: 'desc' }
  const requestsHref = (row: ResultRow) =>
    !isNamed(row)
      ? null
      : filteredHref(
          workspace.slug,
          'requests',
          view,
          // The total's row has no dimensions: it leads to all of them.
          ...ranking.dimensions
            .filter((dimension) => dimension in row)
            .map((dimension) => [dimension, textOf(row, dimension)] as const),
        )
  const series = dimensionLabel(ranking.series).toLowerCase()
  return (
    <PageFrame
      page={name}
      workspace={workspace}
      view={view}
      nowIso={nowIso}
      main={table}
      everything={answer('everything')}
      attemptsInScope={table.data ? textOf(table.data.totals, 'attempts') : null}
    >
      <Headline measures={ranking.headline} answer={table} />
      <div className="grid gap-4 xl:grid-cols-2">
        <AnswerChart
          title={`Spend by ${series}`}
          measure="spend"
          dimension={ranking.series}
          shape="bars"
          answer={overTime}
          question={questions.overTime}
          workspace={workspace}
          nowIso={nowIso}
        />
        <AnswerChart
          title={`Cost per request by ${series}`}
          measure="costPerRequest"
          dimension={ranking.series}
          shape="lines"
          answer={overTime}
          question={questions.overTime}
          workspace={workspace}
          nowIso={nowIso}
        />
      </div>
      <AnswerTable
        title={TABLE_TITLES[name]}
        workspace={workspace.slug}
        answer={table}
        dimensions={ranking.dimensions}
        sort={sort}
        sortHref={(next) => `${path}${formatViewState({ ...view, sort: next })}`}
        csv={questions.table}
        columns={[
          ...ranking.dimensions.map((dimension) =>
            dimensionColumn(dimension, (row) =>
              filteredHref(
                workspace.slug,
                'overview',
                view,
                ...ranking.dimensions
                  .slice(0, ranking.dimensions.indexOf(dimension) + 1)
                  .map((each) => [each, textOf(row, each)] as const),
              ),
            ),
          ),
          ...ranking.measures.flatMap((measure) => {
            const column = measureColumn(measure, {
              share: measure === 'topNShare',
              href: measure === 'requests' ? requestsHref : undefined,
            })
            return ['spend', 'costPerRequest', 'outputTokensPerRequest'].includes(measure) && view.compare !== 'none'
              ? [column, changeColumn(measure)]
              : [column]
          }),
        ]}
      />
    </PageFrame>
  )
}

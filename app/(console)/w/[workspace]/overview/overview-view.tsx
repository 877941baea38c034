'use client'

import { useRouter } from 'next/navigation'
import { filteredHref, pageHref } from '@/app/(console)/links'
import { changeColumn, dimensionColumn, isNamed, measureColumn, textOf } from '@/app/(console)/measure-columns'
import { largestMovers } from '@/app/(console)/movers'
import type { PageProps } from '@/app/(console)/page-props'
import { useAnswers } from '@/app/(console)/use-answers'
import { AnswerChart } from '@/app/(console)/w/[workspace]/answer-chart'
import { AnswerTable } from '@/app/(console)/w/[workspace]/answer-table'
import { type BookedMonth, Headline } from '@/app/(console)/w/[workspace]/headline'
import {
  DEFAULT_STACK,
  HEADLINE,
  type overviewQuestions,
  STACK_DIMENSIONS,
} from '@/app/(console)/w/[workspace]/overview/questions'
import { PageFrame } from '@/app/(console)/w/[workspace]/page-frame'
import { Select } from '@/components/ui/select'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { type DimensionName, dimensionLabel, isDimensionName, type MeasureName } from '@/lib/metrics/registry'
import type { ResultRow } from '@/lib/metrics/result'
import { formatViewState } from '@/lib/metrics/url-state'

const MOVERS_SHOWN = 10

/** The question narrowed to the rows on the screen, so that its CSV has the same. */
function onlyRows(question: QueryInput, by: DimensionName, rows: readonly ResultRow[]): QueryInput | undefined {
  if (rows.length === 0) return undefined
  const shown = { dimension: by, operator: 'in' as const, values: rows.map((row) => textOf(row, by)) }
  return { ...question, filters: [...(question.filters ?? []), shown] }
}

export function OverviewView({
  workspace,
  view,
  questions,
  nowIso,
  booked,
}: PageProps<ReturnType<typeof overviewQuestions>> & { booked: BookedMonth | null }) {
  const router = useRouter()
  const answer = useAnswers(workspace.slug, questions)
  const by = view.by ?? DEFAULT_STACK
  const headline = answer('headline')
  const movers = answer('movers')
  const shownMovers = movers.data
    ? {
        ...movers,
        data: { ...movers.data, rows: largestMovers(movers.data.rows.filter(isNamed), 'spend', MOVERS_SHOWN) },
      }
    : movers
  const hrefOf = (measure: MeasureName): string | undefined => {
    if (measure === 'spend' || measure === 'costPerRequest') return pageHref(workspace.slug, 'endpoints', view)
    if (measure === 'requests') return pageHref(workspace.slug, 'requests', view)
    if (measure === 'unknownModelRatio') return `${pageHref(workspace.slug, 'models', view)}#unknown`
    return pageHref(workspace.slug, 'providers', view)
  }
  const requestsHref = (row: ResultRow) =>
    by in row
      ? filteredHref(workspace.slug, 'requests', view, [by, textOf(row, by)])
      : pageHref(workspace.slug, 'requests', view)
  const stackChoices = STACK_DIMENSIONS.map((name) => ({
    value: name,
    label: `by ${dimensionLabel(name).toLowerCase()}`,
  }))
  return (
    <PageFrame
      page="overview"
      workspace={workspace}
      view={view}
      nowIso={nowIso}
      main={headline}
      everything={answer('everything')}
      attemptsInScope={headline.data ? textOf(headline.data.totals, 'attempts') : null}
    >
      <Headline
        measures={HEADLINE}
        answer={headline}
        overTime={answer('overTime').data}
        hrefOf={hrefOf}
        booked={booked}
      />
      <AnswerChart
        title="Spend over time"
        measure="spend"
        dimension={by}
        shape="bars"
        answer={answer('spendBy')}
        question={questions.spendBy}
        workspace={workspace}
        nowIso={nowIso}
        heightPx={280}
        actions={
          <Select
            label="Stack by"
            value={by}
            options={
              stackChoices.some((choice) => choice.value === by)
                ? stackChoices
                : [...stackChoices, { value: by, label: `by ${dimensionLabel(by)}` }]
            }
            onChange={(event) => {
              const { value } = event.target
              const next = isDimensionName(value) && value !== DEFAULT_STACK ? value : null
              router.push(
                `/w/${encodeURIComponent(workspace.slug)}/overview${formatViewState({ ...view, by: next })}`,
                {
                  scroll: false,
                },
              )
            }}
          />
        }
      />
      <AnswerTable
        title="What moved"
        note={`largest changes of spend ${stackChoices.find((choice) => choice.value === by)?.label ?? ''}`}
        workspace={workspace.slug}
        answer={shownMovers}
        dimensions={[by]}
        csv={shownMovers.data ? onlyRows(questions.movers, by, shownMovers.data.rows) : undefined}
        totalsLabel="All, moved or not"
        columns={[
          dimensionColumn(by, (row) => filteredHref(workspace.slug, 'overview', view, [by, textOf(row, by)])),
          measureColumn('spend', { href: requestsHref }),
          changeColumn('spend'),
          measureColumn('requests', { href: requestsHref }),
          changeColumn('requests'),
          measureColumn('costPerRequest'),
          changeColumn('costPerRequest'),
        ]}
      />
    </PageFrame>
  )
}

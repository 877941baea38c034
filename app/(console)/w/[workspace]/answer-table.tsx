'use client'

import { Download } from 'lucide-react'
import { csvHref } from '@/app/(console)/links'
import { isNamed } from '@/app/(console)/measure-columns'
import type { Answer } from '@/app/(console)/use-answers'
import { costViewText } from '@/app/(console)/w/[workspace]/headline'
import { ScenarioTitle } from '@/components/shell/scenario-mark'
import { type DataColumn, DataTable, type SortState } from '@/components/tables/data-table'
import { buttonClassName } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState, LoadingState } from '@/components/ui/states'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'

/** What is priced in full needs no column that says so in every row. */
function withoutIdle(columns: DataColumn<ResultRow>[], totals: ResultRow): DataColumn<ResultRow>[] {
  return columns.filter(({ key }) => key !== 'unpricedTokens' || cellOf(totals, key) !== '0')
}

/** The rows of an answer as a table with its totals, its "Other" and its CSV; loading and failing in its own place. */
export function AnswerTable({
  title,
  note,
  answer,
  columns,
  dimensions,
  sort,
  sortHref,
  csv,
  workspace,
  id,
  totalsLabel,
}: {
  title: string
  note?: string
  answer: Answer
  columns: DataColumn<ResultRow>[]
  dimensions: readonly string[]
  sort?: SortState
  sortHref?: (sort: SortState) => string
  csv?: QueryInput
  workspace: string
  /** What a link leads to. */
  id?: string
  totalsLabel?: string
}) {
  return (
    <Panel
      id={id}
      title={answer.data?.meta.scenario ? <ScenarioTitle title={title} /> : title}
      note={[note, costViewText(answer.data?.meta)].filter(Boolean).join(' · ')}
      flush
      actions={
        csv && (
          <a
            href={csvHref(workspace, csv)}
            download
            className={buttonClassName('quiet')}
            aria-label={`${title} as CSV`}
            title="Download CSV"
          >
            <Download aria-hidden className="size-3.5" />
            CSV
          </a>
        )
      }
    >
      {answer.error ? (
        <ErrorState title={`${title} could not be loaded`} onRetry={answer.retry}>
          {answer.error}
        </ErrorState>
      ) : answer.data ? (
        <DataTable
          caption={title}
          columns={withoutIdle(columns, answer.data.totals)}
          rows={answer.data.rows.filter(isNamed)}
          other={answer.data.rows.find((row) => row.$other === true) ?? null}
          idle={answer.data.rows.find((row) => row.$idle === true) ?? null}
          totals={answer.data.totals}
          totalsLabel={totalsLabel}
          rowKey={(row) => JSON.stringify(dimensions.map((name) => cellOf(row, name)))}
          currency={answer.data.meta.currency}
          timeZone={answer.data.meta.timeZone}
          sort={sort}
          sortHref={sortHref}
          empty={
            <EmptyState title="Nothing in this scope">
              No attempt matches the range and the filters above. Widen the range, or remove a filter.
            </EmptyState>
          }
        />
      ) : (
        <LoadingState label={title} shape="rows" className="px-4" />
      )}
    </Panel>
  )
}

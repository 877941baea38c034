import { notFound } from 'next/navigation'
import { Suspense } from 'react'
import { monthCsvHref, monthHref, monthsHref, monthViewHref } from '@/app/(console)/w/[workspace]/close/close-links'
import { Difference } from '@/app/(console)/w/[workspace]/close/difference'
import { CURRENCY, MONEY } from '@/app/(console)/w/[workspace]/close/ledger-currency'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { ButtonLink, buttonClassName } from '@/components/ui/button'
import { HeadlineNumber, HeadlineRow } from '@/components/ui/headline-number'
import { Panel } from '@/components/ui/panel'
import { ErrorState, LoadingState } from '@/components/ui/states'
import { requirePermission } from '@/lib/auth/require-permission'
import { CAUSE_WORDS, type CauseShare, lineId } from '@/lib/close/explain-difference'
import type { Figures } from '@/lib/close/figures'
import { formatMonth, isMonth } from '@/lib/close/month'
import { type ComparedLine, type ComparedMonth, compareMonth, findClosedMonth } from '@/lib/close/read-months'
import { AppError } from '@/lib/errors'
import {
  formatCompactCount,
  formatDateTime,
  formatDifference,
  formatRange,
  formatValue,
  type ValueFormat,
} from '@/lib/format'
import { measureOf } from '@/lib/metrics/registry'
import { subtractDecimals } from '@/lib/money'

export const metadata = { title: 'Closed month · Farthing' }

type Workspace = Awaited<ReturnType<typeof requirePermission>>['workspace']

const COUNT: ValueFormat = { kind: 'count' }

export default async function ClosedMonthPage({ params }: { params: Promise<{ workspace: string; month: string }> }) {
  const { workspace: slug, month } = await params
  if (!isMonth(month)) notFound()
  const { workspace } = await requirePermission(slug, 'view', monthHref(slug, month))
  const closed = await findClosedMonth(workspace, month)
  if (!closed) notFound()
  const { timeZone, startsAt, endsAt, environments, dataModes } = closed
  return (
    <>
      <PageHeader
        title={`${formatMonth(month)}, as booked`}
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: [...environments, ...dataModes].join(', ') },
          { label: 'Range', value: formatRange(startsAt, endsAt, timeZone) },
          { label: 'Time zone', value: timeZone },
          { label: 'Currency', value: CURRENCY },
          {
            label: 'Closed',
            value: `closed ${formatDateTime(closed.closedAt, workspace.timeZone)} by ${closed.closedByName}`,
          },
        ]}
        actions={
          <>
            <ButtonLink href={monthsHref(slug)}>All months</ButtonLink>
            <ButtonLink href={monthViewHref(slug, month)}>Open in overview</ButtonLink>
            <a className={buttonClassName()} href={monthCsvHref(slug, month)} download>
              CSV
            </a>
          </>
        }
      />
      <p className="text-ink-muted max-w-prose">
        Reason: <span className="text-ink">{closed.reason}</span>
      </p>
      <Suspense
        fallback={
          <Panel title="Booked and today">
            <LoadingState label="the month" shape="rows" />
          </Panel>
        }
      >
        <Comparison workspace={workspace} month={month} />
      </Suspense>
    </>
  )
}

async function Comparison({ workspace, month }: { workspace: Workspace; month: string }) {
  const compared = await compareOrExplain(workspace, month)
  if (compared === null) return null
  if (compared instanceof AppError) {
    return (
      <Panel title="Booked and today">
        <ErrorState
          title="What the ledger says today could not be read"
          action={{ label: 'Try again', href: monthHref(workspace.slug, month) }}
        >
          {compared.message}
        </ErrorState>
      </Panel>
    )
  }
  const { closed, booked, today, explanation, lines } = compared
  const scope = [workspace.name, ...closed.environments, ...closed.dataModes, closed.timeZone].join(' · ')
  const { timeZone } = workspace
  return (
    <>
      <HeadlineRow>
        <HeadlineNumber
          label="Booked"
          value={booked.spend}
          format={MONEY}
          explanation={{ definition: 'Spend when the month was closed. It never moves.', scope }}
          partial={unpriced(booked.unpricedTokens)}
          nullReason="Nothing in this month had a price."
        />
        <HeadlineNumber
          label="Today"
          value={today.spend}
          format={MONEY}
          previous={booked.spend}
          previousLabel="vs booked"
          explanation={{ definition: 'Spend of the same month and scope as the ledger is now.', scope }}
          href={monthViewHref(workspace.slug, month)}
          partial={unpriced(today.unpricedTokens)}
          nullReason="Nothing in this month has a price."
        />
      </HeadlineRow>
      <Panel title="Why it differs" note="the causes add up to the difference" flush>
        <DataTable
          caption="Why it differs"
          columns={CAUSE_COLUMNS}
          rows={explanation.causes}
          rowKey={({ cause }) => cause ?? 'all'}
          totals={{ cause: null, ...explanation.difference }}
          totalsLabel="Difference"
          currency={CURRENCY}
          timeZone={timeZone}
        />
      </Panel>
      <Panel title="Figures" flush>
        <DataTable
          caption="Figures"
          columns={FIGURE_COLUMNS}
          rows={figureRows(booked, today)}
          rowKey={({ label }) => label}
          currency={CURRENCY}
          timeZone={timeZone}
        />
      </Panel>
      <Panel title="By provider, model and endpoint" flush>
        <DataTable
          caption="Lines"
          columns={LINE_COLUMNS}
          rows={lines}
          rowKey={lineId}
          currency={CURRENCY}
          timeZone={timeZone}
        />
      </Panel>
      <Panel title="Closed with">
        <dl className="text-ink-muted grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
          <dt>Price list</dt>
          <dd className="break-all">{closed.priceListVersion ?? 'as shipped'}</dd>
          <dt>Last price change</dt>
          <dd>{closed.priceChangeId === 0 ? 'none' : `#${closed.priceChangeId}`}</dd>
          <dt>Version of the data</dt>
          <dd className="break-all">{closed.dataVersion}</dd>
          <dt>Cost taken first</dt>
          <dd>{closed.costPreference === 'reported' ? 'reported by the provider' : 'the price book'}</dd>
        </dl>
      </Panel>
    </>
  )
}

async function compareOrExplain(workspace: Workspace, month: string): Promise<ComparedMonth | AppError | null> {
  try {
    return await compareMonth(workspace, month, new Date())
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function unpriced(tokens: string): { label: string } | undefined {
  return tokens === '0' ? undefined : { label: `${formatCompactCount(tokens)} tokens unpriced` }
}

/** A cause, or with null all of them. */
type CauseRow = Omit<CauseShare, 'cause'> & { cause: CauseShare['cause'] | null }

const wordsOf = ({ cause }: CauseRow) => (cause === null ? null : CAUSE_WORDS[cause])

const CAUSE_COLUMNS: DataColumn<CauseRow>[] = [
  { key: 'cause', header: 'Cause', kind: 'text', value: (row) => wordsOf(row)?.label ?? null },
  differenceColumn('spend', 'Spend', MONEY, ({ spend }) => spend),
  differenceColumn('attempts', 'Attempts', COUNT, ({ attempts }) => attempts),
  differenceColumn('tokens', 'Tokens', COUNT, ({ tokens }) => tokens),
  {
    key: 'definition',
    header: 'What it is',
    kind: 'text',
    value: (row) => wordsOf(row)?.definition ?? null,
    cell: (row) => <span className="text-ink-muted whitespace-normal">{wordsOf(row)?.definition}</span>,
  },
]

function differenceColumn<Row>(
  key: string,
  header: string,
  format: ValueFormat,
  value: (row: Row) => string | null,
): DataColumn<Row> {
  return {
    key,
    header,
    kind: 'text',
    align: 'right',
    value,
    cell: (row) => <Difference value={value(row)} format={format} />,
  }
}

type FigureRow = { label: string; format: ValueFormat; booked: string | null; today: string | null }

function figureRows(booked: Figures, today: Figures): FigureRow[] {
  const counts = ['requests', 'attempts', 'inputTokens', 'outputTokens', 'totalTokens', 'unpricedTokens'] as const
  const row = (name: keyof Figures, format: ValueFormat): FigureRow => ({
    label: measureOf(name).label,
    format,
    booked: booked[name],
    today: today[name],
  })
  return [row('spend', MONEY), ...counts.map((name) => row(name, COUNT)), row('pricingCoverage', { kind: 'ratio' })]
}

const FIGURE_COLUMNS: DataColumn<FigureRow>[] = [
  { key: 'figure', header: 'Figure', kind: 'text', value: ({ label }) => label },
  figureColumn('booked', 'Booked'),
  figureColumn('today', 'Today'),
  {
    key: 'difference',
    header: 'Difference',
    kind: 'text',
    align: 'right',
    value: ({ booked, today }) => (booked === null || today === null ? null : subtractDecimals(today, booked)),
    cell: ({ booked, today, format }) => (
      <Difference value={booked === null || today === null ? null : subtractDecimals(today, booked)} format={format} />
    ),
  },
]

function figureColumn(key: 'booked' | 'today', header: string): DataColumn<FigureRow> {
  return {
    key,
    header,
    kind: 'text',
    align: 'right',
    value: (row) => row[key],
    cell: (row) => <span title={formatValue(row[key], row.format, 'exact')}>{formatValue(row[key], row.format)}</span>,
  }
}

const LINE_COLUMNS: DataColumn<ComparedLine>[] = [
  { key: 'endpoint', header: 'Endpoint', kind: 'text', value: ({ endpoint }) => endpoint, nullText: 'unattributed' },
  { key: 'provider', header: 'Provider', kind: 'text', value: ({ provider }) => provider },
  { key: 'model', header: 'Model', kind: 'text', value: ({ model }) => model },
  {
    key: 'booked',
    header: 'Booked',
    kind: 'money',
    value: ({ booked }) => booked?.spend ?? null,
    nullReason: 'Not there when the month was closed, or nothing had a price',
  },
  {
    key: 'today',
    header: 'Today',
    kind: 'money',
    value: ({ today }) => today?.spend ?? null,
    nullReason: 'No longer there, or nothing has a price',
  },
  differenceColumn('difference', 'Difference', MONEY, ({ explanation }) => explanation.difference.spend),
  {
    key: 'causes',
    header: 'By cause',
    kind: 'text',
    value: ({ explanation }) => causesText(explanation.causes),
    nullText: '–',
    nullReason: 'Nothing differs',
  },
]

function causesText(causes: readonly CauseShare[]): string | null {
  const moved = causes.filter(({ spend, attempts, tokens }) => [spend, attempts, tokens].some((each) => each !== '0'))
  if (moved.length === 0) return null
  return moved.map(({ cause, spend }) => `${CAUSE_WORDS[cause].label} ${formatDifference(spend, MONEY)}`).join(', ')
}

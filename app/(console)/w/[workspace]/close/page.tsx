import { Suspense } from 'react'
import { CloseDialog } from '@/app/(console)/w/[workspace]/close/close-dialog'
import { monthHref, monthsHref, monthViewHref } from '@/app/(console)/w/[workspace]/close/close-links'
import { Difference } from '@/app/(console)/w/[workspace]/close/difference'
import { CURRENCY, MONEY } from '@/app/(console)/w/[workspace]/close/ledger-currency'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge, type Tone } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState, LoadingState } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { formatMonth } from '@/lib/close/month'
import { type ListedMonth, readMonths } from '@/lib/close/read-months'
import { AppError } from '@/lib/errors'
import { formatDateTime, formatMoney } from '@/lib/format'
import { measureOf } from '@/lib/metrics/registry'

export const metadata = { title: 'Month close · Farthing' }

type Workspace = Awaited<ReturnType<typeof requirePermission>>['workspace']

const STATES: Readonly<Record<ListedMonth['state'], { label: string; tone: Tone }>> = {
  running: { label: 'Running', tone: 'neutral' },
  open: { label: 'Open', tone: 'warn' },
  closed: { label: 'Closed', tone: 'good' },
}

export default async function MonthsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { workspace, role } = await requirePermission(slug, 'view', monthsHref(slug))
  const mayClose = mayDo(role, 'closeMonths') && workspace.archivedAt === null
  return (
    <>
      <PageHeader
        title="Month close"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: [...workspace.defaultEnvironments, ...workspace.defaultDataModes].join(', ') },
          { label: 'Time zone', value: workspace.timeZone },
          { label: 'Currency', value: CURRENCY },
        ]}
      />
      <Suspense
        fallback={
          <Panel title="Months">
            <LoadingState label="months" shape="rows" />
          </Panel>
        }
      >
        <MonthTable workspace={workspace} mayClose={mayClose} />
      </Suspense>
    </>
  )
}

async function MonthTable({ workspace, mayClose }: { workspace: Workspace; mayClose: boolean }) {
  const months = await readOrExplain(workspace)
  if (months instanceof AppError) {
    return (
      <Panel title="Months">
        <ErrorState
          title="The months could not be loaded"
          action={{ label: 'Try again', href: monthsHref(workspace.slug) }}
        >
          {months.message}
        </ErrorState>
      </Panel>
    )
  }
  return (
    <Panel title="Months" note="what was booked when a month was closed, beside what the ledger says today" flush>
      <DataTable
        caption="Months"
        columns={columnsOf(workspace, mayClose)}
        rows={months}
        rowKey={({ month }) => month}
        currency={CURRENCY}
        timeZone={workspace.timeZone}
        empty={<EmptyState title="No month yet">A month is here as soon as an event of it was received.</EmptyState>}
      />
    </Panel>
  )
}

async function readOrExplain(workspace: Workspace): Promise<ListedMonth[] | AppError> {
  try {
    return await readMonths(workspace, new Date())
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function columnsOf(workspace: Workspace, mayClose: boolean): DataColumn<ListedMonth>[] {
  const { slug, timeZone } = workspace
  return [
    {
      key: 'month',
      header: 'Month',
      kind: 'text',
      value: ({ month }) => formatMonth(month),
      href: (row) => (row.booked ? monthHref(slug, row.month) : monthViewHref(slug, row.month)),
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: ({ state }) => STATES[state].label,
      cell: ({ state, booked }) => (
        <Badge
          tone={STATES[state].tone}
          title={
            booked
              ? `Closed ${formatDateTime(booked.closedAt, timeZone)} by ${booked.closedByName}: ${booked.reason}`
              : undefined
          }
        >
          {STATES[state].label}
        </Badge>
      ),
    },
    {
      key: 'today',
      header: 'Spend today',
      definition: 'What the ledger says of the month now.',
      kind: 'money',
      value: ({ today }) => today.spend,
      href: ({ month }) => monthViewHref(slug, month),
      nullReason: 'Nothing in this month has a price',
    },
    {
      key: 'booked',
      header: 'Booked',
      definition: 'What the ledger said when the month was closed. It never moves.',
      kind: 'money',
      value: ({ booked }) => booked?.spend ?? null,
      nullReason: 'Not closed, or nothing had a price',
    },
    {
      key: 'difference',
      header: 'Difference',
      definition: 'Spend today − booked. The month says by what cause.',
      kind: 'text',
      align: 'right',
      value: ({ difference }) => difference,
      cell: ({ difference }) => <Difference value={difference} format={MONEY} />,
    },
    ...(['requests', 'attempts', 'unpricedTokens'] as const).map(
      (name): DataColumn<ListedMonth> => ({
        key: name,
        header: measureOf(name).label,
        definition: measureOf(name).definition,
        kind: 'count',
        value: ({ today }) => today[name],
      }),
    ),
    {
      key: 'pricingCoverage',
      header: measureOf('pricingCoverage').label,
      definition: measureOf('pricingCoverage').definition,
      kind: 'ratio',
      value: ({ today }) => today.pricingCoverage,
    },
    {
      key: 'closedBy',
      header: 'Closed by',
      kind: 'text',
      value: ({ booked }) => booked?.closedByName ?? null,
      nullText: '–',
      nullReason: 'Not closed',
    },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: ({ month, state, today }) =>
        mayClose && state === 'open' ? (
          <CloseDialog
            workspace={slug}
            month={month}
            monthName={formatMonth(month)}
            spend={today.spend === null ? 'nothing priced' : formatMoney(today.spend, CURRENCY)}
          />
        ) : null,
    },
  ]
}

import { Suspense } from 'react'
import { archiveBudgetAction, restoreBudgetAction } from '@/app/(console)/w/[workspace]/budgets/actions'
import { BudgetDialog } from '@/app/(console)/w/[workspace]/budgets/budget-form'
import { newFormValues } from '@/app/(console)/w/[workspace]/budgets/budget-form-values'
import { budgetHref, budgetsHref } from '@/app/(console)/w/[workspace]/budgets/budget-links'
import {
  breachText,
  errorText,
  hasUnpriced,
  imputedText,
  noForecastReason,
  STATE_LABELS,
  spendText,
  stateOf,
} from '@/app/(console)/w/[workspace]/budgets/budget-words'
import { BudgetBar } from '@/components/charts/budget-bar'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState, LoadingState, PartialNotice } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import type { Budget } from '@/lib/budgets/budget'
import { budgetViewPath, describeFilters, describePeriod } from '@/lib/budgets/describe-budget'
import { listBudgets } from '@/lib/budgets/list-budgets'
import { type BudgetStatus, readBudgetStatus } from '@/lib/budgets/read-budget-status'
import { AppError } from '@/lib/errors'
import { formatMoney, formatRatio } from '@/lib/format'
import { listMemberNames, type MemberName } from '@/lib/members/list-members'
import { scopeForWorkspace } from '@/lib/metrics/scope'

export const metadata = { title: 'Budgets · Farthing' }

type Access = Awaited<ReturnType<typeof requirePermission>>
type Row = { budget: Budget; status: BudgetStatus | AppError }

export default async function BudgetsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const access = await requirePermission(slug, 'view', budgetsHref(slug))
  const { workspace, role, person } = access
  const members = await listMemberNames(person, slug)
  const mayEdit = mayDo(role, 'editBudgets') && workspace.archivedAt === null
  const scopeNames = [...workspace.defaultEnvironments, ...workspace.defaultDataModes].join(', ')
  return (
    <>
      <PageHeader
        title="Budgets"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: `${scopeNames}, unless a budget says otherwise` },
          { label: 'Time zone', value: workspace.timeZone },
          { label: 'Currency', value: workspace.currency },
        ]}
        actions={
          mayEdit ? (
            <BudgetDialog
              workspace={workspace.slug}
              currency={workspace.currency}
              members={members.filter(({ isDisabled }) => !isDisabled)}
              values={newFormValues()}
            />
          ) : undefined
        }
      />
      <OwnerNotice access={access} members={members} />
      <Suspense
        fallback={
          <Panel title="Budgets">
            <LoadingState label="budgets" shape="rows" />
          </Panel>
        }
      >
        <BudgetTables access={access} members={members} mayEdit={mayEdit} />
      </Suspense>
    </>
  )
}

function OwnerNotice({ access: { workspace }, members }: { access: Access; members: readonly MemberName[] }) {
  const owner = members.find(({ id }) => id === workspace.budgetOwnerId)
  if (owner && !owner.isDisabled) return null
  return (
    <div>
      <PartialNotice
        tone="warn"
        action={{ label: 'Owners', href: `/w/${encodeURIComponent(workspace.slug)}/settings/owners` }}
      >
        {owner
          ? `The account of ${owner.name}, who answers for these budgets, is disabled.`
          : 'Nobody answers for the budgets of this workspace: its spend counts as without an owner.'}
      </PartialNotice>
    </div>
  )
}

async function BudgetTables({
  access: { workspace },
  members,
  mayEdit,
}: {
  access: Access
  members: readonly MemberName[]
  mayEdit: boolean
}) {
  const rows = await readOrExplain(workspace)
  if (rows instanceof AppError) {
    return (
      <Panel title="Budgets">
        <ErrorState
          title="The budgets could not be loaded"
          action={{ label: 'Try again', href: budgetsHref(workspace.slug) }}
        >
          {rows.message}
        </ErrorState>
      </Panel>
    )
  }
  const inForce = rows.filter(({ budget }) => budget.archivedAt === null)
  const archived = rows.filter(({ budget }) => budget.archivedAt !== null)
  const failed = inForce.flatMap(({ status }) => (status instanceof AppError ? [status] : []))[0]
  return (
    <>
      {failed && (
        <Panel>
          <ErrorState
            title="Some budgets could not be read"
            action={{ label: 'Try again', href: budgetsHref(workspace.slug) }}
          >
            {failed.message}
          </ErrorState>
        </Panel>
      )}
      <Panel title="Budgets" note="each in its present period" flush>
        <DataTable
          caption="Budgets"
          columns={[...columnsOf(workspace, members), ...(mayEdit ? [archiveColumn(workspace.slug)] : [])]}
          rows={inForce}
          rowKey={({ budget }) => String(budget.id)}
          currency={workspace.currency}
          timeZone={workspace.timeZone}
          empty={
            <EmptyState title="No budget yet">
              {mayEdit
                ? 'Create one to hear of an overspend before it has happened.'
                : 'Ask an editor of this workspace to create one.'}
            </EmptyState>
          }
        />
      </Panel>
      {archived.length > 0 && (
        <Panel title="Archived" note="no longer watched" flush>
          <DataTable
            caption="Archived budgets"
            columns={[
              {
                key: 'name',
                header: 'Budget',
                kind: 'text',
                value: ({ budget }: Row) => budget.name,
                href: ({ budget }) => budgetHref(workspace.slug, budget.id),
              },
              { key: 'amount', header: 'Amount', kind: 'money', value: ({ budget }) => budget.amount },
              {
                key: 'archivedAt',
                header: 'Archived',
                kind: 'date',
                value: ({ budget }) => budget.archivedAt?.toISOString() ?? null,
              },
              ...(mayEdit ? [restoreColumn(workspace.slug)] : []),
            ]}
            rows={archived}
            rowKey={({ budget }) => String(budget.id)}
            currency={workspace.currency}
            timeZone={workspace.timeZone}
          />
        </Panel>
      )}
    </>
  )
}

async function readOrExplain(workspace: Access['workspace']): Promise<Row[] | AppError> {
  const now = new Date()
  try {
    const [budgets, scope] = await Promise.all([listBudgets(workspace.id, true), scopeForWorkspace(workspace)])
    return await Promise.all(
      budgets.map(async (budget): Promise<Row> => {
        if (budget.archivedAt !== null) return { budget, status: new AppError('conflict', 'This budget is archived.') }
        try {
          return { budget, status: await readBudgetStatus(budget, scope, now) }
        } catch (error) {
          if (error instanceof AppError) return { budget, status: error }
          throw error
        }
      }),
    )
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function columnsOf(
  { slug, timeZone, currency, budgetOwnerId }: Access['workspace'],
  members: readonly MemberName[],
): DataColumn<Row>[] {
  const of =
    <T,>(read: (status: BudgetStatus) => T) =>
    ({ status }: Row): T | null =>
      status instanceof AppError ? null : read(status)
  const viewOf = of((status) => budgetViewPath(slug, status.budget, status.period, timeZone))
  return [
    {
      key: 'name',
      header: 'Budget',
      kind: 'text',
      value: ({ budget }) => budget.name,
      href: ({ budget }) => budgetHref(slug, budget.id),
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: ({ status }) => (status instanceof AppError ? 'not read' : STATE_LABELS[stateOf(status)].label),
      cell: ({ status }) => {
        if (status instanceof AppError) return <Badge tone="bad">not read</Badge>
        const { label, tone } = STATE_LABELS[stateOf(status)]
        return (
          <span className="inline-flex gap-1">
            <Badge tone={tone}>{label}</Badge>
            {status.dataState !== 'ok' && (
              <Badge tone="warn">{status.dataState === 'silent' ? 'no data for a day' : 'no data yet'}</Badge>
            )}
          </span>
        )
      },
    },
    {
      key: 'period',
      header: 'Period',
      kind: 'text',
      value: of((status) => describePeriod(status.budget, status.period, timeZone)),
    },
    {
      key: 'bar',
      header: 'Spent',
      definition: 'Solid: spend that has a price. Hatched: what unpriced usage may add. The mark is the time passed.',
      kind: 'text',
      value: of((status) => formatRatio(status.share)),
      cell: ({ status }) =>
        status instanceof AppError ? null : (
          <BudgetBar
            share={status.share}
            shareUpper={status.shareUpper}
            elapsed={status.elapsed}
            label={`${formatRatio(status.share, { decimals: 0 })} spent, ${formatRatio(String(status.elapsed), { decimals: 0 })} of the time passed`}
          />
        ),
    },
    {
      key: 'spend',
      header: 'Spend',
      kind: 'text',
      align: 'right',
      value: of((status) => spendText(status, currency)),
      href: viewOf,
    },
    {
      key: 'unpriced',
      header: 'Unpriced',
      definition:
        'What usage without a price may cost: its tokens × the cheapest and the dearest price of that provider here in 30 days. Budgets count the dearest.',
      kind: 'text',
      align: 'right',
      value: of((status) => imputedText(status, currency)),
      cell: ({ status }) => (status instanceof AppError ? null : <Unpriced status={status} currency={currency} />),
      nullText: 'none',
    },
    {
      key: 'amount',
      header: 'Amount',
      kind: 'money',
      value: ({ budget, status }) => (status instanceof AppError ? budget.amount : status.amount),
    },
    {
      key: 'share',
      header: 'Committed',
      definition: 'Spend, with unpriced usage at its dearest ÷ amount.',
      kind: 'ratio',
      value: of((status) => status.shareUpper),
    },
    {
      key: 'burn',
      header: 'Burn rate',
      definition: '(spend ÷ amount) ÷ (time passed ÷ period). 1× is on pace.',
      kind: 'factor',
      value: of((status) => status.burnRate),
    },
    {
      key: 'forecast',
      header: 'Forecast',
      definition: 'Spend at the end of the period, with the band that 80% of past forecasts kept.',
      kind: 'text',
      align: 'right',
      value: of((status) => (status.forecast ? formatMoney(status.forecast.expected, currency) : null)),
      cell: ({ status }) => (status instanceof AppError ? null : <ForecastCell status={status} currency={currency} />),
      nullText: '–',
    },
    {
      key: 'breach',
      header: 'Breach',
      definition: 'When the spend is expected to reach the amount.',
      kind: 'text',
      value: of(breachText),
    },
    {
      key: 'owner',
      header: 'Owner',
      kind: 'text',
      value: ({ budget }) => members.find(({ id }) => id === (budget.ownerId ?? budgetOwnerId))?.name ?? null,
      nullText: 'nobody',
      nullReason: 'Appoint somebody under Settings, Owners',
    },
    {
      key: 'filters',
      header: 'Counts',
      kind: 'text',
      value: ({ budget }) => describeFilters(budget.filters) ?? 'everything',
    },
  ]
}

function archiveColumn(slug: string): DataColumn<Row> {
  return {
    key: 'actions',
    header: 'Actions',
    kind: 'text',
    align: 'right',
    value: () => '',
    cell: ({ budget }) => (
      <ConfirmAction
        label="Archive"
        accessibleLabel={`Archive ${budget.name}`}
        title={`Archive ${budget.name}?`}
        action={archiveBudgetAction}
        fields={{ workspace: slug, budget: String(budget.id) }}
      >
        It is no longer watched, its open alerts end, and apps are no longer told of it. You can restore it.
      </ConfirmAction>
    ),
  }
}

function restoreColumn(slug: string): DataColumn<Row> {
  return {
    key: 'actions',
    header: 'Actions',
    kind: 'text',
    align: 'right',
    value: () => '',
    cell: ({ budget }) => (
      <ConfirmAction
        label="Restore"
        accessibleLabel={`Restore ${budget.name}`}
        title={`Restore ${budget.name}?`}
        variant="primary"
        action={restoreBudgetAction}
        fields={{ workspace: slug, budget: String(budget.id) }}
      >
        It is watched again from now on.
      </ConfirmAction>
    ),
  }
}

function Unpriced({ status, currency }: { status: BudgetStatus; currency: string }) {
  if (!hasUnpriced(status)) return <span className="text-ink-faint">none</span>
  return (
    <span className="text-warn inline-flex items-center gap-1">
      <span aria-hidden className="hatched size-3 shrink-0 rounded-[2px] border" />
      {imputedText(status, currency)}
    </span>
  )
}

function ForecastCell({ status, currency }: { status: BudgetStatus; currency: string }) {
  const { forecast } = status
  if (!forecast) {
    return (
      <span className="text-ink-faint" title={noForecastReason(status)}>
        –
      </span>
    )
  }
  return (
    <span title={errorText(status) ?? undefined}>
      {formatMoney(forecast.expected, currency)}{' '}
      <span className="text-ink-muted">
        ({formatMoney(forecast.low, currency)} to {formatMoney(forecast.high, currency)})
      </span>
    </span>
  )
}

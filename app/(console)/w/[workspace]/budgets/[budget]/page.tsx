import { notFound } from 'next/navigation'
import { type ReactNode, Suspense } from 'react'
import { archiveBudgetAction, restoreBudgetAction } from '@/app/(console)/w/[workspace]/budgets/actions'
import { BudgetDialog } from '@/app/(console)/w/[workspace]/budgets/budget-form'
import { formValuesOf } from '@/app/(console)/w/[workspace]/budgets/budget-form-values'
import { budgetHref, budgetsHref } from '@/app/(console)/w/[workspace]/budgets/budget-links'
import { budgetPoints, timeTicks } from '@/app/(console)/w/[workspace]/budgets/budget-points'
import {
  breachText,
  errorText,
  hasUnpriced,
  imputedText,
  noForecastReason,
  STATE_LABELS,
  stateOf,
} from '@/app/(console)/w/[workspace]/budgets/budget-words'
import { BudgetBar } from '@/components/charts/budget-bar'
import { BudgetChart } from '@/components/charts/budget-chart'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { ButtonLink } from '@/components/ui/button'
import { HeadlineNumber, HeadlineRow } from '@/components/ui/headline-number'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState, LoadingState, PartialNotice } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import type { Budget, ThresholdBasis } from '@/lib/budgets/budget'
import { periodAt } from '@/lib/budgets/budget-period'
import { type ThresholdState, thresholdLimit } from '@/lib/budgets/decide-thresholds'
import { budgetViewPath, describeFilters, describePeriod } from '@/lib/budgets/describe-budget'
import { findBudget, listStates } from '@/lib/budgets/list-budgets'
import {
  type BudgetStatus,
  calendarOf,
  type PastPeriod,
  readBudgetStatus,
  readPastPeriods,
} from '@/lib/budgets/read-budget-status'
import { DRIVER_DIMENSIONS, type Driver, type DriverDimension, readDrivers } from '@/lib/budgets/read-drivers'
import { AppError } from '@/lib/errors'
import { formatDateTime, formatMoney, formatRange, formatRatio } from '@/lib/format'
import { listMemberNames, type MemberName } from '@/lib/members/list-members'
import { type Scope, scopeForWorkspace } from '@/lib/metrics/scope'

export const metadata = { title: 'Budget · Farthing' }

type Workspace = Awaited<ReturnType<typeof requirePermission>>['workspace']
type Shown = { budget: Budget; workspace: Workspace; scope: Scope; now: Date }

const PAST_PERIODS = 12
const DRIVERS_SHOWN = 5

export default async function BudgetPage({ params }: { params: Promise<{ workspace: string; budget: string }> }) {
  const { workspace: slug, budget: id } = await params
  if (!/^[1-9]\d{0,8}$/.test(id)) notFound()
  const { workspace, role, person } = await requirePermission(slug, 'view', budgetHref(slug, Number(id)))
  const [budget, members, scope] = await Promise.all([
    findBudget(workspace.id, Number(id)),
    listMemberNames(person, slug),
    scopeForWorkspace(workspace),
  ])
  if (!budget) notFound()
  const mayEdit = mayDo(role, 'editBudgets') && workspace.archivedAt === null
  const now = new Date()
  const period = periodAt(budget, now, calendarOf(scope))
  const shown = { budget, workspace, scope, now }
  return (
    <>
      <PageHeader
        title={budget.name}
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Counts', value: describeFilters(budget.filters) ?? 'everything in the default scope' },
          { label: 'Period', value: formatRange(period.from, period.to, workspace.timeZone) },
          { label: 'Time zone', value: workspace.timeZone },
          { label: 'Currency', value: workspace.currency },
          { label: 'Owner', value: `owner ${ownerOf(budget, workspace, members)}` },
        ]}
        actions={
          <>
            <ButtonLink href={budgetViewPath(slug, budget, period, workspace.timeZone)}>Open in overview</ButtonLink>
            {mayEdit && budget.archivedAt === null && (
              <>
                <BudgetDialog
                  // Changed meanwhile by somebody else: the form starts anew.
                  key={budget.updatedAt.toISOString()}
                  workspace={slug}
                  currency={workspace.currency}
                  members={members.filter(({ isDisabled }) => !isDisabled)}
                  values={formValuesOf(budget, workspace.timeZone)}
                />
                <ConfirmAction
                  label="Archive"
                  title={`Archive ${budget.name}?`}
                  action={archiveBudgetAction}
                  fields={{ workspace: slug, budget: id }}
                >
                  It is no longer watched, its open alerts end, and apps are no longer told of it. You can restore it.
                </ConfirmAction>
              </>
            )}
            {mayEdit && budget.archivedAt !== null && (
              <ConfirmAction
                label="Restore"
                title={`Restore ${budget.name}?`}
                variant="primary"
                action={restoreBudgetAction}
                fields={{ workspace: slug, budget: id }}
              >
                It is watched again from now on.
              </ConfirmAction>
            )}
          </>
        }
      />
      {budget.archivedAt !== null && (
        <div>
          <PartialNotice>
            Archived on {formatDateTime(budget.archivedAt, workspace.timeZone)}: its numbers stay, nobody is told of
            them.
          </PartialNotice>
        </div>
      )}
      <Part title="Status">
        <Status {...shown} />
      </Part>
      <Part title="What drives it">
        <DriverTables {...shown} />
      </Part>
      <Part title="Periods before">
        <History {...shown} />
      </Part>
    </>
  )
}

function ownerOf(budget: Budget, workspace: Workspace, members: readonly MemberName[]): string {
  const owner = members.find(({ id }) => id === (budget.ownerId ?? workspace.budgetOwnerId))
  return owner ? `${owner.name}${owner.isDisabled ? ' (disabled)' : ''}` : 'nobody'
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Suspense
      fallback={
        <Panel title={title}>
          <LoadingState label={title.toLowerCase()} shape="rows" rows={4} />
        </Panel>
      }
    >
      {children}
    </Suspense>
  )
}

async function settle<T>(run: () => Promise<T>): Promise<T | AppError> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function Failure({ title, error, shown }: { title: string; error: AppError; shown: Shown }) {
  return (
    <Panel title={title}>
      <ErrorState
        title={`${title} could not be loaded`}
        action={{ label: 'Try again', href: budgetHref(shown.workspace.slug, shown.budget.id) }}
      >
        {error.message}
      </ErrorState>
    </Panel>
  )
}

async function Status(shown: Shown) {
  const { budget, workspace, scope, now } = shown
  const found = await settle(async () => {
    const status = await readBudgetStatus(budget, scope, now)
    return { status, states: await listStates(budget.id, status.period.from) }
  })
  if (found instanceof AppError) return <Failure title="Status" error={found} shown={shown} />
  const { status, states } = found
  const { currency, timeZone, slug } = workspace
  return (
    <>
      <Notices status={status} workspace={workspace} />
      <Numbers status={status} workspace={workspace} />
      <Panel
        title={
          <span className="flex items-center gap-2">
            {describePeriod(budget, status.period, timeZone)}
            <Badge tone={STATE_LABELS[stateOf(status)].tone}>{STATE_LABELS[stateOf(status)].label}</Badge>
          </span>
        }
        note={`${formatRatio(String(status.elapsed), { decimals: 0 })} of the time has passed`}
      >
        <BudgetBar
          share={status.share}
          shareUpper={status.shareUpper}
          elapsed={status.elapsed}
          label={`${formatRatio(status.share, { decimals: 0 })} of ${formatMoney(status.amount, currency)} spent`}
        />
        {status.rolledOver !== '0' && (
          <p className="text-ink-muted mt-2 text-xs">
            {formatMoney(budget.amount, currency)} and {formatMoney(status.rolledOver, currency)} that rolled over.
          </p>
        )}
      </Panel>
      <BudgetChart
        points={budgetPoints(status, now)}
        amount={status.amount}
        from={status.period.from.toISOString()}
        to={status.period.to.toISOString()}
        currency={currency}
        timeZone={timeZone}
        ticks={timeTicks(status.period, calendarOf(scope))}
        hasUnpriced={hasUnpriced(status)}
      />
      <div className="grid min-w-0 gap-4 lg:grid-cols-2">
        <Thresholds status={status} states={states} workspace={workspace} />
        <Guard budget={budget} slug={slug} />
      </div>
    </>
  )
}

function Notices({ status, workspace }: { status: BudgetStatus; workspace: Workspace }) {
  const { currency, slug, timeZone } = workspace
  const unpriced = hasUnpriced(status)
  if (!unpriced && status.dataState === 'ok') return null
  return (
    <div className="flex flex-wrap gap-2">
      {unpriced && (
        <PartialNotice
          tone="unpriced"
          action={{
            label: 'Show models',
            href: `${budgetViewPath(slug, status.budget, status.period, timeZone).replace('/overview', '/models')}#unknown`,
          }}
        >
          Usage without a price may cost {imputedText(status, currency)} more; thresholds count the most.
        </PartialNotice>
      )}
      {status.dataState === 'no_events' && (
        <PartialNotice tone="warn">No event of this workspace has arrived yet.</PartialNotice>
      )}
      {status.dataState === 'silent' && status.freshness && (
        <PartialNotice tone="warn">
          No event has arrived since {formatDateTime(status.freshness, timeZone)}: the spend may be incomplete, and
          nothing is forecast.
        </PartialNotice>
      )}
    </div>
  )
}

function Numbers({ status, workspace: { currency, timeZone, slug } }: { status: BudgetStatus; workspace: Workspace }) {
  const money = { kind: 'money', currency } as const
  const scope = formatRange(status.period.from, status.period.to, timeZone)
  const view = budgetViewPath(slug, status.budget, status.period, timeZone)
  const unpriced = hasUnpriced(status)
  const { forecast } = status
  return (
    <HeadlineRow>
      <HeadlineNumber
        label="Spent"
        value={status.spend === '0' && unpriced ? null : status.spend}
        format={money}
        unit={`of ${formatMoney(status.amount, currency)}`}
        href={view}
        explanation={{ definition: 'Cost of all attempts that have a price.', scope }}
        partial={unpriced ? { label: `${imputedText(status, currency)} unpriced beside it` } : undefined}
        nullReason="Nothing here has a price."
      />
      <HeadlineNumber
        label="Committed"
        value={status.shareUpper}
        format={{ kind: 'ratio' }}
        explanation={{
          definition: 'Spend, with usage without a price at its dearest ÷ amount.',
          numerator: formatMoney(status.spendUpper, currency),
          denominator: formatMoney(status.amount, currency),
          scope,
        }}
        partial={unpriced ? { label: `${formatRatio(status.share)} without unpriced usage` } : undefined}
      />
      <HeadlineNumber
        label="Burn rate"
        value={status.burnRate}
        format={{ kind: 'factor' }}
        explanation={{ definition: '(spend ÷ amount) ÷ (time passed ÷ period). 1× is on pace.', scope }}
        nullReason="The period has not begun."
      />
      <HeadlineNumber
        label="Forecast"
        value={forecast?.expected ?? null}
        format={money}
        explanation={{
          definition:
            'Spend at the end of the period: what is spent, and for each day to come the recent level × the factor of its weekday. The band is what 80% of past forecasts kept.',
          scope: errorText(status) ?? scope,
        }}
        partial={
          forecast
            ? { label: `${formatMoney(forecast.low, currency)} to ${formatMoney(forecast.high, currency)}` }
            : { label: noForecastReason(status) }
        }
        nullReason={noForecastReason(status)}
      />
      <HeadlineNumber
        label="Forecast error"
        value={forecast?.errorRatio ?? null}
        format={{ kind: 'ratio' }}
        explanation={{
          definition:
            'Back-test: the same forecast made from past days, against what came. Σ |actual − forecast| ÷ Σ actual.',
          scope: errorText(status) ?? noForecastReason(status),
        }}
        nullReason="There are too few past days to test the forecast."
      />
      <div className="bg-surface flex min-w-0 flex-col px-4 py-3">
        <p className="text-ink-muted">Breach</p>
        <p className="mt-0.5 text-xl font-semibold tracking-tight wrap-anywhere">{breachText(status)}</p>
        <p className="text-ink-faint mt-0.5 text-xs">
          {status.breachAt && status.daysToBreach !== 0 ? formatDateTime(status.breachAt, timeZone) : 'of the amount'}
        </p>
      </div>
    </HeadlineRow>
  )
}

const BASIS_LABELS: Record<ThresholdBasis, string> = {
  actual: 'priced spend',
  actualUpper: 'spend and unpriced usage',
  forecast: 'forecast',
}

function Thresholds({
  status,
  states,
  workspace: { currency, timeZone },
}: {
  status: BudgetStatus
  states: readonly ThresholdState[]
  workspace: Workspace
}) {
  type Row = { percent: number; basis: ThresholdBasis; state: ThresholdState | undefined }
  const rows = status.budget.thresholds.map(
    ({ percent, basis }): Row => ({
      percent,
      basis,
      state: states.find((state) => state.percent === percent && state.basis === basis),
    }),
  )
  const columns: DataColumn<Row>[] = [
    { key: 'percent', header: 'At', kind: 'text', value: ({ percent }) => `${percent}%` },
    { key: 'basis', header: 'Of', kind: 'text', value: ({ basis }) => BASIS_LABELS[basis] },
    {
      key: 'limit',
      header: 'Amount',
      kind: 'money',
      value: ({ percent }) => thresholdLimit(status.amount, percent),
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: ({ state }) => stateText(state),
      cell: ({ state }) => (
        <Badge tone={state?.status === 'firing' ? 'bad' : state?.recoveredAt ? 'warn' : 'neutral'}>
          {stateText(state)}
        </Badge>
      ),
    },
    {
      key: 'since',
      header: 'Since',
      kind: 'date',
      value: ({ state }) => (state?.status === 'firing' ? state.crossedAt : state?.recoveredAt)?.toISOString() ?? null,
      nullText: '–',
    },
  ]
  return (
    <Panel title="Thresholds" note="each is told of once in a period" flush>
      <DataTable
        caption="Thresholds"
        columns={columns}
        rows={rows}
        rowKey={({ percent, basis }) => `${basis}${percent}`}
        currency={currency}
        timeZone={timeZone}
        empty={<EmptyState title="No threshold">Nobody is told of this budget. Edit it to add some.</EmptyState>}
      />
    </Panel>
  )
}

function stateText(state: ThresholdState | undefined): string {
  if (!state) return 'not crossed'
  if (state.status === 'firing') return 'crossed'
  return state.recoveredAt ? 'recovered' : 'not crossed'
}

function Guard({ budget }: { budget: Budget; slug: string }) {
  const facts: [string, string][] = [
    [
      'Apps are told',
      {
        observe: 'nothing: the budget is only observed',
        degrade: `to degrade from ${budget.degradeAtPercent ?? 100}% spent`,
        block: 'to stop at 100% spent',
      }[budget.guardMode],
    ],
    ...(budget.guardMode === 'block' && budget.degradeAtPercent !== null
      ? [['Before that', `to degrade from ${budget.degradeAtPercent}% spent`] satisfies [string, string]]
      : []),
    ...(budget.substituteModel ? [['Substitute', budget.substituteModel] satisfies [string, string]] : []),
    ...(budget.maxOutputTokens === null
      ? []
      : [['Output tokens', `${budget.maxOutputTokens} at most`] satisfies [string, string]]),
    ...(budget.guardMode === 'block'
      ? [
          ['Counting', budget.blockOnUpper ? 'unpriced usage at its dearest too' : 'priced spend alone'] satisfies [
            string,
            string,
          ],
        ]
      : []),
  ]
  return (
    <Panel title="Guard" note="what apps that ask are told">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        {facts.map(([term, value]) => (
          <div key={term} className="contents">
            <dt className="text-ink-muted">{term}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

const DRIVER_TITLES: Record<DriverDimension, string> = { endpoint: 'Endpoints', user: 'Users', model: 'Models' }

async function DriverTables(shown: Shown) {
  const { budget, workspace, scope, now } = shown
  const period = periodAt(budget, now, calendarOf(scope))
  const drivers = await settle(() => readDrivers(budget, period, DRIVERS_SHOWN, scope, now))
  if (drivers instanceof AppError) return <Failure title="What drives it" error={drivers} shown={shown} />
  const { currency, timeZone, slug } = workspace
  const { compared, byDimension } = drivers
  const note = compared ? `change against ${formatRange(compared.from, compared.to, timeZone)}` : ''
  const viewOf = ({ dimension, name }: Driver) =>
    budgetViewPath(
      slug,
      {
        ...budget,
        filters: [
          ...budget.filters.filter((filter) => filter.dimension !== dimension),
          { dimension, operator: 'in', values: [name] },
        ],
      },
      period,
      timeZone,
    )
  return (
    <div className="grid min-w-0 gap-4 xl:grid-cols-3">
      {DRIVER_DIMENSIONS.map((dimension) => (
        <Panel key={dimension} title={`Drivers: ${DRIVER_TITLES[dimension].toLowerCase()}`} note={note} flush>
          <DataTable
            caption={`Drivers: ${DRIVER_TITLES[dimension].toLowerCase()}`}
            columns={[
              {
                key: 'name',
                header: DRIVER_TITLES[dimension].slice(0, -1),
                kind: 'text',
                value: (row: Driver) => row.name,
                nullText: 'unattributed',
                href: viewOf,
              },
              { key: 'spend', header: 'Spend', kind: 'money', value: (row) => row.spend },
              {
                key: 'change',
                header: 'Change',
                kind: 'change',
                changeOf: 'money',
                goodWhen: 'down',
                value: (row) => row.spend,
                previous: (row) => row.previous,
              },
              {
                key: 'contribution',
                header: 'Of the change',
                definition: 'Its change ÷ the change of all. Above 100% where others fell.',
                kind: 'ratio',
                value: (row) => row.shareOfChange,
              },
            ]}
            rows={byDimension[dimension]}
            rowKey={(row) => row.name ?? ''}
            currency={currency}
            timeZone={timeZone}
            empty={<EmptyState title="Nothing changed">Spend is as it was in the period before.</EmptyState>}
          />
        </Panel>
      ))}
    </div>
  )
}

async function History(shown: Shown) {
  const { budget, workspace, scope, now } = shown
  if (budget.period === 'custom') return null
  const past = await settle(() => readPastPeriods(budget, PAST_PERIODS, scope, now))
  if (past instanceof AppError) return <Failure title="Periods before" error={past} shown={shown} />
  const { currency, timeZone, slug } = workspace
  return (
    <Panel title="Periods before" note="as the ledger has them now" flush>
      <DataTable
        caption="Periods before"
        columns={[
          {
            key: 'period',
            header: 'Period',
            kind: 'text',
            value: (row: PastPeriod) => describePeriod(budget, row, timeZone),
            href: (row) => budgetViewPath(slug, budget, row, timeZone),
          },
          { key: 'spend', header: 'Spend', kind: 'money', value: (row) => row.spend },
          {
            key: 'amount',
            header: 'Amount',
            kind: 'money',
            value: (row) => row.amount,
            nullReason: 'The budget began later',
          },
          {
            key: 'share',
            header: 'Spent',
            kind: 'ratio',
            value: (row) => row.share,
            nullReason: 'The budget began later',
          },
        ]}
        rows={past}
        rowKey={(row) => row.from.toISOString()}
        currency={currency}
        timeZone={timeZone}
        empty={
          <EmptyState title="No period before" action={{ label: 'All budgets', href: budgetsHref(slug) }}>
            This is the first.
          </EmptyState>
        }
      />
    </Panel>
  )
}

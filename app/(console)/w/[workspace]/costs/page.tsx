import { Suspense } from 'react'
import { CURRENCY, MONEY } from '@/app/(console)/w/[workspace]/close/ledger-currency'
import { removeFixedCostAction } from '@/app/(console)/w/[workspace]/costs/actions'
import { AddCost } from '@/app/(console)/w/[workspace]/costs/add-cost'
import { type ComparisonState, costsHref } from '@/app/(console)/w/[workspace]/costs/costs-href'
import { ListComparison } from '@/app/(console)/w/[workspace]/costs/list-comparison'
import { MonthSelect } from '@/app/(console)/w/[workspace]/costs/month-select'
import { poolText } from '@/app/(console)/w/[workspace]/costs/pool-text'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { HeadlineNumber, HeadlineRow } from '@/components/ui/headline-number'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState, LoadingState, PartialNotice } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { formatMonth, isMonth, listMonths, monthOf } from '@/lib/close/month'
import { AppError } from '@/lib/errors'
import {
  type CostMonth,
  type EndpointCost,
  listFixedCosts,
  type PoolMonth,
  readCostMonth,
} from '@/lib/fixed-costs/read-costs'
import { formatCompactCount, formatCount } from '@/lib/format'
import { type Scope, scopeForWorkspace } from '@/lib/metrics/scope'
import { shiftDays } from '@/lib/time'

export const metadata = { title: 'Fixed costs · Farthing' }

type Workspace = Awaited<ReturnType<typeof requirePermission>>['workspace']

/** Months to choose from, the running one included. */
const MONTHS_DAYS = 730

export default async function CostsPage({
  params,
  searchParams,
}: {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { workspace: slug } = await params
  const { month: asked, pool, alt = [] } = await searchParams
  const known = typeof asked === 'string' && isMonth(asked) ? asked : undefined
  const comparison: ComparisonState = {
    pool: typeof pool === 'string' && /^\d{1,9}$/.test(pool) ? Number(pool) : null,
    alternatives: typeof alt === 'string' ? [alt] : alt,
  }
  const { workspace, role } = await requirePermission(slug, 'view', costsHref(slug, known, comparison))
  const now = new Date()
  const running = monthOf(now, workspace.timeZone)
  const month = known ?? running
  const months = listMonths(shiftDays(now, -MONTHS_DAYS, workspace), now, workspace.timeZone)
  const mayEdit = mayDo(role, 'editPrices') && workspace.archivedAt === null
  return (
    <>
      <PageHeader
        title="Fixed costs"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: [...workspace.defaultEnvironments, ...workspace.defaultDataModes].join(', ') },
          { label: 'Month', value: formatMonth(month) },
          { label: 'Time zone', value: workspace.timeZone },
          { label: 'Currency', value: CURRENCY },
        ]}
        actions={
          <>
            <MonthSelect
              workspace={slug}
              value={month}
              options={[...new Set([month, ...months])]
                .sort()
                .reverse()
                .map((value) => ({ value, label: formatMonth(value) }))}
            />
            {mayEdit && <AddCost workspace={slug} month={month} />}
          </>
        }
      />
      <Suspense
        key={JSON.stringify([month, comparison])}
        fallback={
          <Panel title="Fixed costs">
            <LoadingState label="fixed costs" shape="rows" />
          </Panel>
        }
      >
        <Month
          workspace={workspace}
          month={month}
          isRunning={month === running}
          now={now}
          mayEdit={mayEdit}
          comparison={comparison}
        />
      </Suspense>
    </>
  )
}

async function Month(shown: {
  workspace: Workspace
  month: string
  isRunning: boolean
  now: Date
  mayEdit: boolean
  comparison: ComparisonState
}) {
  const { workspace, month, isRunning, mayEdit } = shown
  const found = await readOrExplain(workspace, month, shown.now)
  if (found instanceof AppError) {
    return (
      <Panel title="Fixed costs">
        <ErrorState
          title="The fixed costs could not be loaded"
          action={{ label: 'Try again', href: costsHref(workspace.slug, month) }}
        >
          {found.message}
        </ErrorState>
      </Panel>
    )
  }
  const { pools, endpoints, totals, scope: read } = found
  const timed = pools.filter(({ cost }) => cost.method === 'busyTime')
  const isTimed = timed.length > 0
  const untimed = timed.filter(({ untimedAttempts }) => untimedAttempts !== '0')
  const scope = `${workspace.name} · ${formatMonth(month)} · ${workspace.timeZone}`
  const partial =
    totals.unpricedTokens === '0'
      ? undefined
      : { label: `${formatCompactCount(totals.unpricedTokens)} tokens unpriced` }
  return (
    <>
      <HeadlineRow>
        <HeadlineNumber
          label="Without fixed costs"
          value={totals.usage}
          format={MONEY}
          explanation={{ definition: 'Spend by usage, as on every other page.', scope }}
          partial={partial}
          nullReason="Nothing in this month has a price."
        />
        <HeadlineNumber
          label="With fixed costs"
          value={totals.both}
          format={MONEY}
          explanation={{ definition: 'Spend by usage + fixed costs of the month, what is idle included.', scope }}
          partial={partial}
        />
        <HeadlineNumber
          label="Only fixed costs"
          value={totals.fixed}
          format={MONEY}
          explanation={{
            definition: isRunning
              ? 'What the month bears of all fixed costs: all of it, also while the month runs.'
              : 'What the month bears of all fixed costs.',
            scope,
          }}
        />
        <HeadlineNumber
          label="Idle"
          value={totals.idle}
          format={MONEY}
          explanation={{
            definition: 'Of the fixed costs, what no usage bears: unused capacity, and pools that served nothing.',
            scope,
          }}
        />
      </HeadlineRow>
      {untimed.map(({ cost, untimedAttempts }) => (
        <PartialNotice key={cost.id} tone="warn">
          {cost.name}: {formatCount(untimedAttempts)} {untimedAttempts === '1' ? 'attempt reports' : 'attempts report'}{' '}
          no latency and {untimedAttempts === '1' ? 'counts' : 'count'} 0 in busy time.
        </PartialNotice>
      ))}
      <Panel title="Pools" note={formatMonth(month)} flush>
        <DataTable
          caption="Pools"
          columns={[
            ...POOL_COLUMNS.filter(({ key }) => isTimed || key !== 'busyTime'),
            ...(mayEdit ? [removeColumn(workspace.slug)] : []),
          ]}
          rows={pools}
          rowKey={({ cost }) => String(cost.id)}
          currency={CURRENCY}
          timeZone={workspace.timeZone}
          empty={
            <EmptyState title="No fixed cost yet">
              {mayEdit
                ? 'Add what is paid whatever is used: GPUs, provisioned throughput, commitments, support.'
                : 'Ask an editor of this workspace to add one.'}
            </EmptyState>
          }
        />
      </Panel>
      <ListComparison
        workspace={workspace}
        costs={pools.map(({ cost }) => cost)}
        scope={read}
        month={month}
        now={shown.now}
        state={shown.comparison}
      />
      <Panel title="By endpoint" note="fixed costs spread over what they served" flush>
        <DataTable
          caption="By endpoint"
          columns={ENDPOINT_COLUMNS}
          rows={endpoints}
          rowKey={({ endpoint }) => JSON.stringify(endpoint)}
          other={totals.idle === '0' ? null : { endpoint: null, usage: null, fixed: totals.idle, both: totals.idle }}
          otherLabel="Idle"
          totals={{ endpoint: null, usage: totals.usage, fixed: totals.fixed, both: totals.both }}
          currency={CURRENCY}
          timeZone={workspace.timeZone}
        />
      </Panel>
    </>
  )
}

async function readOrExplain(
  workspace: Workspace,
  month: string,
  now: Date,
): Promise<(CostMonth & { scope: Scope }) | AppError> {
  try {
    const [costs, scope] = await Promise.all([listFixedCosts(workspace.id), scopeForWorkspace(workspace)])
    return { ...(await readCostMonth(costs, scope, month, now)), scope }
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

const METHOD_WORDS = { tokens: 'tokens', requests: 'requests', busyTime: 'busy time', even: 'evenly' } as const

const POOL_COLUMNS: DataColumn<PoolMonth>[] = [
  { key: 'name', header: 'Fixed cost', kind: 'text', value: ({ cost }) => cost.name },
  { key: 'pool', header: 'Pool', kind: 'text', value: ({ cost }) => poolText(cost) },
  {
    key: 'charge',
    header: 'This month',
    definition: 'What the month bears: the amount, or its part of the term.',
    kind: 'money',
    value: ({ charge }) => charge,
    nullReason: 'The month bears nothing of it',
  },
  { key: 'method', header: 'Spread by', kind: 'text', value: ({ cost }) => METHOD_WORDS[cost.method] },
  { key: 'tokens', header: 'Tokens served', kind: 'count', value: ({ tokens }) => tokens },
  { key: 'requests', header: 'Requests', kind: 'count', value: ({ requests }) => requests },
  {
    key: 'busyTime',
    header: 'Busy time',
    definition: 'Sum of the latencies of the attempts served. Attempts without a latency count 0.',
    kind: 'duration',
    value: ({ cost, busyMs }) => (cost.method === 'busyTime' ? busyMs : null),
    nullReason: 'It is not spread by busy time',
  },
  {
    key: 'perMillion',
    header: 'Per 1M tokens',
    definition: 'Charge of the month ÷ tokens served, at the present utilisation.',
    kind: 'money',
    value: ({ perMillionTokens }) => perMillionTokens,
    nullReason: 'Nothing was served, or the month bears nothing of it',
  },
  { key: 'idle', header: 'Idle', kind: 'money', value: ({ idle }) => idle },
  {
    key: 'idleShare',
    header: 'Idle share',
    definition: 'Idle ÷ charge. Without a capacity nothing is idle while something is served.',
    kind: 'ratio',
    value: ({ idleShare }) => idleShare,
    nullReason: 'No capacity was entered',
  },
  { key: 'author', header: 'By', kind: 'text', value: ({ cost }) => cost.authorName },
  { key: 'reason', header: 'Reason', kind: 'text', value: ({ cost }) => cost.reason },
]

function removeColumn(slug: string): DataColumn<PoolMonth> {
  return {
    key: 'actions',
    header: 'Actions',
    kind: 'text',
    align: 'right',
    value: () => '',
    cell: ({ cost }) => (
      <ConfirmAction
        label="Remove"
        accessibleLabel={`Remove ${cost.name}`}
        title={`Remove ${cost.name}?`}
        action={removeFixedCostAction}
        fields={{ workspace: slug, cost: String(cost.id) }}
      >
        It leaves every month, as if it had not been entered. Spend by usage and closed months stay as they are.
      </ConfirmAction>
    ),
  }
}

const ENDPOINT_COLUMNS: DataColumn<EndpointCost>[] = [
  { key: 'endpoint', header: 'Endpoint', kind: 'text', value: ({ endpoint }) => endpoint, nullText: 'unattributed' },
  {
    key: 'usage',
    header: 'By usage',
    kind: 'money',
    value: ({ usage }) => usage,
    nullReason: 'Nothing here has a price',
  },
  { key: 'fixed', header: 'Fixed', kind: 'money', value: ({ fixed }) => fixed },
  { key: 'both', header: 'Both', kind: 'money', value: ({ both }) => both },
]

import Link from 'next/link'
import { pageHref } from '@/app/(console)/links'
import { RangeSelect } from '@/app/(console)/range-select'
import { settingsHref } from '@/app/(console)/settings-pages'
import { budgetHref, budgetsHref } from '@/app/(console)/w/[workspace]/budgets/budget-links'
import { STATE_LABELS } from '@/app/(console)/w/[workspace]/budgets/budget-words'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { HeadlineNumber, HeadlineRow } from '@/components/ui/headline-number'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState } from '@/components/ui/states'
import { requirePerson } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { formatCompactCount, formatRatio } from '@/lib/format'
import { measureOf } from '@/lib/metrics/registry'
import { parseViewState, RANGE_PRESETS, type SearchParams, type ViewState } from '@/lib/metrics/url-state'
import { type Portfolio, type PortfolioRow, readPortfolio } from '@/lib/workspaces/portfolio'
import { hasOwner } from '@/lib/workspaces/portfolio-totals'

export const metadata = { title: 'Portfolio · Farthing' }

const RANGES = Object.entries(RANGE_PRESETS).map(([value, label]) => ({ value, label }))

export default async function PortfolioPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const person = await requirePerson('/portfolio')
  const asked = parseViewState(await searchParams)
  const range = RANGES.find(({ value }) => value === asked.range) ?? { value: '30d', label: RANGE_PRESETS['30d'] }
  const view = { ...parseViewState({}), range: range.value }
  const portfolio = await readOrExplain(person.id, range.value)
  return (
    <>
      <PageHeader
        title="Portfolio"
        scope={[
          { label: 'Workspaces', value: 'all that you may see' },
          { label: 'Range', value: range.label },
          { label: 'Scope', value: 'each in its default scope and time zone' },
          { label: 'Currency', value: 'USD' },
        ]}
        actions={<RangeSelect value={range.value} options={RANGES} />}
      />
      {portfolio instanceof AppError ? (
        <Panel>
          <ErrorState title="The portfolio could not be loaded" action={{ label: 'Try again', href: '/portfolio' }}>
            {portfolio.message}
          </ErrorState>
        </Panel>
      ) : (
        <>
          <Totals portfolio={portfolio} />
          <Panel title="Workspaces" flush>
            <DataTable
              caption="Workspaces"
              columns={columnsOf(view)}
              rows={portfolio.rows}
              rowKey={(row) => row.slug}
              currency="USD"
              timeZone="UTC"
              empty={
                <EmptyState title="No workspace yet">Ask the owner of a workspace for an invitation to it.</EmptyState>
              }
            />
          </Panel>
        </>
      )}
    </>
  )
}

async function readOrExplain(userId: string, range: string): Promise<Portfolio | AppError> {
  try {
    return await readPortfolio(userId, range, new Date())
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function Totals({ portfolio: { rows, totals } }: { portfolio: Portfolio }) {
  const unpriced =
    totals.unpricedTokens === '0'
      ? undefined
      : { label: `${formatCompactCount(totals.unpricedTokens)} tokens unpriced` }
  const scope = `${rows.length} ${rows.length === 1 ? 'workspace' : 'workspaces'}, each in its default scope and time zone`
  return (
    <HeadlineRow>
      <HeadlineNumber
        label="Spend"
        value={totals.spend}
        format={{ kind: 'money', currency: 'USD' }}
        previous={totals.previousSpend}
        goodWhen="down"
        explanation={{ definition: measureOf('spend').definition, scope }}
        partial={unpriced}
        nullReason="Nothing here has a price."
      />
      <HeadlineNumber
        label="Spend without an owner"
        value={totals.unownedSpend}
        format={{ kind: 'money', currency: 'USD' }}
        explanation={{ definition: 'Spend of workspaces in which nobody answers for the budgets.', scope }}
        partial={
          totals.unownedWorkspaces === 0
            ? undefined
            : { label: `${totals.unownedWorkspaces} of ${rows.length} workspaces without an owner` }
        }
      />
      <HeadlineNumber
        label="Share without an owner"
        value={totals.unownedRatio}
        format={{ kind: 'ratio' }}
        explanation={{ definition: 'Spend without an owner ÷ spend.', scope }}
      />
      <HeadlineNumber
        label="Unknown-model ratio"
        value={totals.unknownModelRatio}
        format={{ kind: 'ratio' }}
        explanation={{ definition: measureOf('unknownModelRatio').definition, scope }}
        nullReason="There are no attempts in this range."
      />
    </HeadlineRow>
  )
}

function columnsOf(view: ViewState): DataColumn<PortfolioRow>[] {
  const ownerColumn = (
    key: 'budgetOwner' | 'backupOwner',
    header: string,
    missing: string,
  ): DataColumn<PortfolioRow> => ({
    key,
    header,
    kind: 'text',
    value: (row) => row[key]?.name ?? null,
    nullText: missing,
    nullReason: 'Appoint somebody under Settings, Owners',
    href: (row) => settingsHref(row.slug, 'owners'),
  })
  return [
    {
      key: 'workspace',
      header: 'Workspace',
      kind: 'text',
      value: (row) => row.name,
      href: (row) => pageHref(row.slug, 'overview', view),
    },
    {
      key: 'spend',
      header: 'Spend',
      definition: measureOf('spend').definition,
      kind: 'money',
      value: (row) => row.spend,
      nullReason: 'Nothing here has a price',
      href: (row) => pageHref(row.slug, 'overview', view),
      share: (row) => row.shareOfSpend,
    },
    {
      key: 'change',
      header: 'Change',
      definition: 'Spend now against the same length before. “New” where there was none.',
      kind: 'change',
      changeOf: 'money',
      goodWhen: 'down',
      value: (row) => row.spend,
      previous: (row) => row.previousSpend,
    },
    {
      key: 'shareOfSpend',
      header: 'Share',
      definition: 'Its spend ÷ spend of all.',
      kind: 'ratio',
      value: (row) => row.shareOfSpend,
    },
    {
      key: 'unknownModelRatio',
      header: 'Unknown models',
      definition: measureOf('unknownModelRatio').definition,
      kind: 'ratio',
      value: (row) => row.unknownModelRatio,
      nullReason: 'No attempts in this range',
      href: (row) => `${pageHref(row.slug, 'models', view)}#unknown`,
    },
    {
      key: 'budgets',
      header: 'Budgets',
      definition: 'How far the budget that stands worst is spent in its period, unpriced usage at its dearest.',
      kind: 'text',
      value: (row) => budgetText(row),
      cell: (row) => <BudgetCell row={row} />,
      nullText: 'none',
      nullReason: 'Create one under Budgets',
    },
    ownerColumn('budgetOwner', 'Budget owner', 'nobody'),
    ownerColumn('backupOwner', 'Backup', 'nobody'),
    {
      key: 'finding',
      header: 'Finding',
      kind: 'text',
      value: (row) => findingOf(row),
      cell: (row) => {
        const finding = findingOf(row)
        return finding ? <Badge tone="warn">{finding}</Badge> : null
      },
    },
  ]
}

function budgetText({ budgets }: PortfolioRow): string | null {
  if (!budgets) return null
  const { label } = STATE_LABELS[budgets.state]
  const share = budgets.worst.shareUpper
  return `${budgets.worst.name}: ${share === null ? label : `${formatRatio(share, { decimals: 0 })} spent, ${label}`}`
}

function BudgetCell({ row }: { row: PortfolioRow }) {
  const { budgets, slug } = row
  if (!budgets) {
    return (
      <Link href={budgetsHref(slug)} className="text-ink-faint hover:underline">
        none
      </Link>
    )
  }
  const { label, tone } = STATE_LABELS[budgets.state]
  return (
    <Link href={budgetHref(slug, budgets.worst.id)} className="inline-flex items-center gap-1.5 hover:underline">
      <Badge tone={tone}>{label}</Badge>
      {budgets.worst.shareUpper !== null && formatRatio(budgets.worst.shareUpper, { decimals: 0 })}
      {budgets.budgets > 1 && <span className="text-ink-muted">of {budgets.budgets}, the worst</span>}
    </Link>
  )
}

function findingOf(row: PortfolioRow): string | null {
  if (row.budgetOwner?.isDisabled) return 'owner disabled'
  if (!hasOwner(row)) return row.hasEscalationPath ? 'no owner' : 'no owner, no escalation path'
  if (!row.hasEscalationPath) return 'no escalation path'
  if (row.backupOwner === null || row.backupOwner.isDisabled) return 'no backup'
  return null
}

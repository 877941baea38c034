import { notFound } from 'next/navigation'
import { Suspense } from 'react'
import { pageHref } from '@/app/(console)/links'
import { RangeSelect } from '@/app/(console)/range-select'
import { Difference } from '@/app/(console)/w/[workspace]/close/difference'
import { CURRENCY, MONEY } from '@/app/(console)/w/[workspace]/close/ledger-currency'
import { ScenarioDialog } from '@/app/(console)/w/[workspace]/scenarios/scenario-dialog'
import { scenarioCsvHref, scenarioHref, scenariosHref } from '@/app/(console)/w/[workspace]/scenarios/scenario-links'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { ButtonLink, buttonClassName } from '@/components/ui/button'
import { HeadlineNumber, HeadlineRow } from '@/components/ui/headline-number'
import { Panel } from '@/components/ui/panel'
import { ErrorState, LoadingState, PartialNotice } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { formatCompactCount, formatRange } from '@/lib/format'
import { dimensionLabel, measureOf } from '@/lib/metrics/registry'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { parseViewState, RANGE_PRESETS, resolveRange, type SearchParams } from '@/lib/metrics/url-state'
import {
  type ComparedRow,
  type ComparedScenario,
  compareScenario,
  findScenario,
  SCENARIO_VIEWS,
  type Scenario,
  type ScenarioView,
} from '@/lib/scenarios/read-scenario'
import { ASSUMPTIONS, describePrice, describeRoute } from '@/lib/scenarios/scenario'
import type { Range } from '@/lib/time'

export const metadata = { title: 'Scenario · Farthing' }

type Workspace = Awaited<ReturnType<typeof requirePermission>>['workspace']
type Shown = { workspace: Workspace; scenario: Scenario; range: Range; rangeName: string; now: Date }

const RANGES = Object.entries(RANGE_PRESETS).map(([value, label]) => ({ value, label }))

const VIEWS: Readonly<Record<ScenarioView, { title: string; note: string }>> = {
  endpoint: { title: 'By endpoint', note: 'the 50 dearest of today' },
  user: { title: 'By tenant', note: 'the 20 dearest of today' },
  model: { title: 'By model', note: 'a request counts in each model that it touched' },
}

export default async function ScenarioPage({
  params,
  searchParams,
}: {
  params: Promise<{ workspace: string; scenario: string }>
  searchParams: Promise<SearchParams>
}) {
  const { workspace: slug, scenario: id } = await params
  if (!/^[1-9]\d{0,8}$/.test(id)) notFound()
  const { range: rangeName } = parseViewState(await searchParams)
  const { workspace, role } = await requirePermission(slug, 'view', scenarioHref(slug, Number(id), rangeName))
  const scenario = await findScenario(workspace.id, Number(id))
  if (!scenario) notFound()
  const now = new Date()
  const range = resolveRange(rangeName, now, workspace)
  const mayEdit = mayDo(role, 'editPrices') && workspace.archivedAt === null
  const isPreset = RANGES.some(({ value }) => value === rangeName)
  return (
    <>
      <PageHeader
        title={scenario.name}
        scope={[
          { label: 'Kind', value: 'Scenario: not what was spent', notable: true },
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: [...workspace.defaultEnvironments, ...workspace.defaultDataModes].join(', ') },
          { label: 'Range', value: formatRange(range.from, range.to, workspace.timeZone) },
          { label: 'Time zone', value: workspace.timeZone },
          { label: 'Currency', value: CURRENCY },
        ]}
        actions={
          <>
            <RangeSelect
              value={rangeName}
              options={isPreset ? RANGES : [...RANGES, { value: rangeName, label: rangeName.replace('..', ' to ') }]}
            />
            <ButtonLink
              href={pageHref(slug, 'overview', { ...parseViewState({ range: rangeName }), scenario: scenario.id })}
            >
              Show in Overview
            </ButtonLink>
            <ButtonLink href={scenariosHref(slug)}>All scenarios</ButtonLink>
            {mayEdit && (
              <ScenarioDialog
                // Changed meanwhile: the form starts anew.
                key={scenario.updatedAt.toISOString()}
                workspace={slug}
                saved={{ id: scenario.id, name: scenario.name, definition: scenario.definition }}
              />
            )}
          </>
        }
      />
      <Panel title="What changes">
        <ChangeList scenario={scenario} />
      </Panel>
      <Suspense
        key={`${rangeName} ${scenario.updatedAt.toISOString()}`}
        fallback={
          <Panel title="Against today">
            <LoadingState label="the scenario" shape="rows" />
          </Panel>
        }
      >
        <Result workspace={workspace} scenario={scenario} range={range} rangeName={rangeName} now={now} />
      </Suspense>
      <Panel title="What is taken for granted">
        <ul className="text-ink-muted flex max-w-prose list-disc flex-col gap-1 pl-4">
          {ASSUMPTIONS.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </Panel>
    </>
  )
}

function ChangeList({ scenario: { definition } }: { scenario: Scenario }) {
  const changes = [...definition.routes.map(describeRoute), ...definition.prices.map(describePrice)]
  if (changes.length === 0) return <p className="text-ink-muted">Nothing: every figure equals today.</p>
  return (
    <ol className="flex list-decimal flex-col gap-1 pl-4">
      {[...new Set(changes)].map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ol>
  )
}

async function Result(shown: Shown) {
  const { workspace, scenario, rangeName } = shown
  const found = await compareOrExplain(shown)
  if (found instanceof AppError) {
    return (
      <Panel title="Against today">
        <ErrorState
          title="The scenario could not be run"
          action={{ label: 'Try again', href: scenarioHref(workspace.slug, scenario.id, rangeName) }}
        >
          {found.message}
        </ErrorState>
      </Panel>
    )
  }
  const { totals, views, isMoving } = found
  const scope = [workspace.name, ...workspace.defaultEnvironments, ...workspace.defaultDataModes].join(' · ')
  return (
    <>
      {isMoving && (
        <div>
          <PartialNotice>
            Events arrived while this was read, so the two sides may differ by them. Reload to read again.
          </PartialNotice>
        </div>
      )}
      <HeadlineRow>
        <HeadlineNumber
          label="Spend today"
          value={totals.today.spend}
          format={MONEY}
          explanation={{ definition: measureOf('spend').definition, scope }}
          partial={unpriced(totals.today.unpricedTokens)}
          nullReason="Nothing in this range has a price."
        />
        <HeadlineNumber
          label="Spend in the scenario"
          value={totals.scenario.spend}
          format={MONEY}
          previous={totals.today.spend}
          previousLabel="vs today"
          goodWhen="down"
          explanation={{ definition: 'Spend of the same requests, had they been routed and priced so.', scope }}
          partial={unpriced(totals.scenario.unpricedTokens)}
          nullReason="Nothing in this range would have a price."
        />
        <HeadlineNumber
          label="Cost per request"
          value={totals.scenario.costPerRequest}
          format={MONEY}
          previous={totals.today.costPerRequest}
          previousLabel="vs today"
          goodWhen="down"
          explanation={{ definition: measureOf('costPerRequest').definition, scope }}
        />
        <HeadlineNumber
          label="Tokens"
          value={totals.scenario.totalTokens}
          format={{ kind: 'count' }}
          previous={totals.today.totalTokens}
          previousLabel="vs today"
          explanation={{ definition: measureOf('totalTokens').definition, scope }}
        />
      </HeadlineRow>
      {(['endpoint', 'user', 'model'] as const).map((view) => (
        <Panel
          key={view}
          title={
            <span className="flex items-center gap-2">
              {VIEWS[view].title}
              <Badge tone="warn">Scenario</Badge>
            </span>
          }
          note={VIEWS[view].note}
          flush
          actions={
            <a
              className={buttonClassName('quiet')}
              href={scenarioCsvHref(workspace.slug, scenario.id, rangeName, view)}
              download
              aria-label={`CSV ${VIEWS[view].title.toLowerCase()}`}
            >
              CSV
            </a>
          }
        >
          <DataTable
            caption={VIEWS[view].title}
            columns={columnsOf(view)}
            rows={views[view]}
            rowKey={({ keys }) => JSON.stringify(keys)}
            totals={{ keys: [], ...totals }}
            currency={CURRENCY}
            timeZone={workspace.timeZone}
          />
        </Panel>
      ))}
    </>
  )
}

async function compareOrExplain({ workspace, scenario, range, now }: Shown): Promise<ComparedScenario | AppError> {
  try {
    return await compareScenario(scenario.definition, await scopeForWorkspace(workspace), range, now)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function unpriced(tokens: string | null): { label: string } | undefined {
  return tokens === null || tokens === '0' ? undefined : { label: `${formatCompactCount(tokens)} tokens unpriced` }
}

function columnsOf(view: ScenarioView): DataColumn<ComparedRow>[] {
  const money = (key: string, header: string, value: (row: ComparedRow) => string | null): DataColumn<ComparedRow> => ({
    key,
    header,
    kind: 'money',
    value,
    nullReason: 'Nothing here, or nothing has a price',
  })
  return [
    ...SCENARIO_VIEWS[view].map(
      (name, index): DataColumn<ComparedRow> => ({
        key: name,
        header: dimensionLabel(name),
        kind: 'text',
        // The total's row spans all values.
        value: ({ keys }) => (keys.length === 0 ? '' : (keys[index] ?? null)),
        nullText: 'unattributed',
      }),
    ),
    money('spend', 'Spend today', ({ today }) => today.spend),
    money('spend.scenario', 'In the scenario', ({ scenario }) => scenario.spend),
    {
      key: 'difference',
      header: 'Difference',
      kind: 'text',
      align: 'right',
      value: ({ difference }) => difference,
      cell: ({ difference }) => <Difference value={difference} format={MONEY} />,
    },
    {
      key: 'change',
      header: 'Change',
      kind: 'change',
      value: ({ scenario }) => scenario.spend,
      previous: ({ today }) => today.spend,
      changeOf: 'money',
      goodWhen: 'down',
    },
    { key: 'requests', header: 'Requests', kind: 'count', value: ({ scenario }) => scenario.requests },
    money('costPerRequest', 'Per request today', ({ today }) => today.costPerRequest),
    money('costPerRequest.scenario', 'Per request, scenario', ({ scenario }) => scenario.costPerRequest),
    {
      key: 'unpriced',
      header: 'Unpriced tokens',
      kind: 'count',
      value: ({ scenario }) => scenario.unpricedTokens,
    },
  ]
}

'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect } from 'react'
import { z } from 'zod'
import { hasCostView, PAGES, type PageName, pageHref, takesScenario } from '@/app/(console)/links'
import type { PageWorkspace } from '@/app/(console)/page-props'
import type { Answer } from '@/app/(console)/use-answers'
import { scenarioHref } from '@/app/(console)/w/[workspace]/scenarios/scenario-links'
import type { ValueOption } from '@/components/filters/filter-state'
import { UrlFilterBar } from '@/components/filters/url-filter-bar'
import { PageHeader, type ScopeFact } from '@/components/shell/page-header'
import { ScenarioStrip } from '@/components/shell/scenario-mark'
import { PartialNotice } from '@/components/ui/states'
import { COST_VIEW_LABELS } from '@/lib/fixed-costs/cost-view'
import { formatCount, formatDateTime, formatRange } from '@/lib/format'
import { dimensionLabel, FIXED_DIMENSION_NAMES } from '@/lib/metrics/registry'
import type { QueryMeta, QueryResult } from '@/lib/metrics/result'
import { defaultGranularity, questionOf, resolveRange, type ViewState } from '@/lib/metrics/url-state'
import { formatIsoInZone } from '@/lib/time'

const GRANULARITY_OPTIONS = [
  { value: 'hour', label: 'By hour' },
  { value: 'day', label: 'By day' },
  { value: 'week', label: 'By week' },
  { value: 'month', label: 'By month' },
  { value: 'quarter', label: 'By quarter' },
  { value: 'fiscalYear', label: 'By fiscal year' },
]

const option = (value: string) => ({ value, label: value })
const ENVIRONMENT_OPTIONS = ['prod', 'staging', 'dev', 'unspecified'].map(option)
const DATA_MODE_OPTIONS = ['real', 'demo', 'test', 'unspecified'].map(option)

const FILTER_DIMENSIONS = FIXED_DIMENSION_NAMES.filter(
  (name) => name !== 'environment' && name !== 'dataMode' && name !== 'workspace',
).map((name) => ({ name, label: dimensionLabel(name) }))

const valuesSchema = z.object({ values: z.array(z.object({ value: z.string().nullable(), attempts: z.string() })) })

/** Older than this the newest event is no longer "just now". */
const STALE_MS = 3_600_000

export type PageFrameProps = {
  page: PageName
  workspace: PageWorkspace
  view: ViewState
  nowIso: string
  /** The answer that speaks for the page: its scope, its freshness, what it could not price. */
  main: Answer
  /** Attempts in the range whatever their environment and data mode, and those in scope. */
  everything?: Answer
  attemptsInScope?: string | null
  omit?: readonly ('grain' | 'compare')[]
  children: ReactNode
}

/** What surrounds the content of every console page: name, scope, freshness, filters, and what the numbers leave out. */
export function PageFrame(props: PageFrameProps) {
  const { page, workspace, view, main } = props
  const asked = new Date(props.nowIso)
  const now = main.answeredAt && main.answeredAt > asked ? main.answeredAt : asked
  const calendar = { timeZone: workspace.timeZone, fiscalYearStartMonth: workspace.fiscalYearStartMonth }
  const range = resolveRange(view.range, asked, calendar)
  useNextDay(now, asked, workspace.timeZone)
  const { filters } = questionOf(view, asked, calendar)
  const scenario = workspace.scenarios.find(({ id }) => id === view.scenario)
  const loadOptions = (dimension: string, search: string) =>
    loadValues(
      workspace.slug,
      new URLSearchParams({
        dimension,
        search,
        range: view.range,
        filters: JSON.stringify(filters),
        ...(scenario ? { scenario: String(scenario.id) } : {}),
      }),
    )
  return (
    <>
      <PageHeader
        title={PAGES[page]}
        mark={scenario && 'Scenario'}
        scope={scopeFacts(workspace, page, view, range)}
        freshness={main.data ? freshnessOf(main.data.meta, workspace.timeZone, now) : undefined}
      />
      {scenario && <ScenarioStrip name={scenario.name} href={scenarioHref(workspace.slug, scenario.id, view.range)} />}
      <UrlFilterBar
        view={view}
        loadOptions={loadOptions}
        granularities={GRANULARITY_OPTIONS}
        automaticGranularity={defaultGranularity(range)}
        environments={ENVIRONMENT_OPTIONS}
        dataModes={DATA_MODE_OPTIONS}
        defaultEnvironments={workspace.defaultEnvironments}
        defaultDataModes={workspace.defaultDataModes}
        dimensions={FILTER_DIMENSIONS}
        scenarios={takesScenario(page) ? workspace.scenarios : []}
        resolvedRange={formatRange(range.from, range.to, workspace.timeZone)}
        today={formatIsoInZone(now, workspace.timeZone).slice(0, 10)}
        timeZone={workspace.timeZone}
        omit={[...(props.omit ?? []), ...(hasCostView(page) ? [] : ['costView' as const])]}
      />
      <Notices {...props} />
      {props.children}
    </>
  )
}

/** Asks for the page anew when a day has ended in its zone: "today" and "last 30 days" then mean other dates. */
function useNextDay(now: Date, asked: Date, timeZone: string) {
  const router = useRouter()
  const day = formatIsoInZone(now, timeZone).slice(0, 10)
  const askedDay = formatIsoInZone(asked, timeZone).slice(0, 10)
  useEffect(() => {
    if (day > askedDay) router.refresh()
  }, [day, askedDay, router])
}

function scopeFacts(
  workspace: PageWorkspace,
  page: PageName,
  view: ViewState,
  range: { from: Date; to: Date },
): ScopeFact[] {
  const named = (values: readonly string[], fallback: readonly string[], all: string) =>
    values.includes('*') ? all : (values.length > 0 ? values : fallback).join(', ')
  return [
    { label: 'Workspace', value: workspace.name },
    {
      label: 'Environment',
      value: named(view.environments, workspace.defaultEnvironments, 'all environments'),
      notable: view.environments.length > 0,
    },
    {
      label: 'Data mode',
      value: named(view.dataModes, workspace.defaultDataModes, 'all data modes'),
      notable: view.dataModes.length > 0,
    },
    { label: 'Range', value: formatRange(range.from, range.to, workspace.timeZone) },
    { label: 'Time zone', value: workspace.timeZone },
    { label: 'Currency', value: 'USD' },
    ...(hasCostView(page) && view.costView !== 'usage'
      ? [{ label: 'Spend', value: COST_VIEW_LABELS[view.costView].toLowerCase(), notable: true }]
      : []),
  ]
}

function freshnessOf(meta: QueryMeta, timeZone: string, now: Date) {
  if (meta.freshness === null) return { label: 'no event yet', isStale: true }
  const newest = new Date(meta.freshness)
  return {
    label: `newest event ${formatDateTime(meta.freshness, timeZone, { seconds: true })}`,
    detail: 'When the newest event of this workspace was received',
    isStale: now.getTime() - newest.getTime() > STALE_MS,
  }
}

function Notices({ workspace, view, page, main, everything, attemptsInScope }: PageFrameProps) {
  const outside = outsideScope(everything?.data ?? null, attemptsInScope ?? null)
  const meta = main.data?.meta
  const unpriced = meta && meta.unpricedAttempts !== '0'
  if (outside === null && !unpriced && !meta?.rowsOverlap) return null
  return (
    <div className="flex flex-wrap gap-2">
      {meta && unpriced && (
        <PartialNotice
          tone="warn"
          action={{ label: 'Show models', href: `${pageHref(workspace.slug, 'models', view)}#unknown` }}
        >
          {explainUnpriced(meta)}
        </PartialNotice>
      )}
      {outside !== null && (
        <PartialNotice
          action={{
            label: 'Include all',
            href: pageHref(workspace.slug, page, { ...view, environments: ['*'], dataModes: ['*'] }),
          }}
        >
          {formatCount(outside)} {outside === '1' ? 'attempt' : 'attempts'} of this range in other environments or data
          modes.
        </PartialNotice>
      )}
      {meta?.rowsOverlap && (
        <PartialNotice>
          A request counts in each row it touched, so rows may add up to more than the total.
        </PartialNotice>
      )}
    </div>
  )
}

function explainUnpriced({ unpricedAttempts, unpricedTokens }: QueryMeta): string {
  const tokens = unpricedTokens === '0' ? 'no tokens reported' : `${formatCount(unpricedTokens)} tokens`
  return unpricedAttempts === '1'
    ? `1 attempt (${tokens}) has no price and is not in the spend.`
    : `${formatCount(unpricedAttempts)} attempts (${tokens}) have no price and are not in the spend.`
}

function outsideScope(everything: QueryResult | null, inScope: string | null): string | null {
  const all = everything?.totals.attempts
  if (typeof all !== 'string' || inScope === null) return null
  const outside = BigInt(all) - BigInt(inScope)
  return outside > 0n ? outside.toString() : null
}

/** Values of a dimension as the workspace's ledger has them, for type-ahead. */
export async function loadValues(workspace: string, params: URLSearchParams): Promise<ValueOption[]> {
  const response = await fetch(`/api/w/${encodeURIComponent(workspace)}/values?${params.toString()}`)
  if (!response.ok) throw new Error('The values could not be loaded. Try again in a moment.')
  const { values } = valuesSchema.parse(await response.json())
  return values.map(({ value, attempts }) => ({
    value,
    label: value ?? 'unattributed',
    hint: formatCount(attempts),
  }))
}

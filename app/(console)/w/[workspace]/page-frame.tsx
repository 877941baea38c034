'use client'

import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { csvHref, PAGES, type PageName, pageHref } from '@/app/(console)/links'
import type { PageWorkspace } from '@/app/(console)/page-props'
import type { Answer } from '@/app/(console)/use-answers'
import type { ValueOption } from '@/components/filters/filter-state'
import { UrlFilterBar } from '@/components/filters/url-filter-bar'
import { PageHeader, type ScopeFact } from '@/components/shell/page-header'
import { buttonClassName } from '@/components/ui/button'
import { PartialNotice } from '@/components/ui/states'
import { formatCount, formatDateTime, formatRange } from '@/lib/format'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { dimensionLabel, FIXED_DIMENSION_NAMES } from '@/lib/metrics/registry'
import type { QueryMeta, QueryResult } from '@/lib/metrics/result'
import { defaultGranularity, resolveRange, type ViewState } from '@/lib/metrics/url-state'
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
  /** The question behind the page's CSV. */
  csv?: QueryInput & { grain?: 'rows' | 'attempts' }
  omit?: readonly ('grain' | 'compare')[]
  children: ReactNode
}

/** What surrounds the content of every console page: name, scope, freshness, filters, and what the numbers leave out. */
export function PageFrame(props: PageFrameProps) {
  const { page, workspace, view, main } = props
  const now = new Date(props.nowIso)
  const calendar = { timeZone: workspace.timeZone, fiscalYearStartMonth: workspace.fiscalYearStartMonth }
  const range = resolveRange(view.range, now, calendar)
  const loadOptions = (dimension: string, search: string) => loadValues(workspace.slug, view, dimension, search)
  return (
    <>
      <PageHeader
        title={PAGES[page]}
        scope={scopeFacts(workspace, view, range)}
        freshness={main.data ? freshnessOf(main.data.meta, workspace.timeZone, now) : undefined}
        actions={
          props.csv && (
            <a href={csvHref(workspace.slug, props.csv)} download className={buttonClassName()}>
              <Download aria-hidden className="size-3.5" />
              CSV
            </a>
          )
        }
      />
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
        resolvedRange={formatRange(range.from, range.to, workspace.timeZone)}
        today={formatIsoInZone(now, workspace.timeZone).slice(0, 10)}
        timeZone={workspace.timeZone}
        omit={props.omit}
      />
      <Notices {...props} />
      {props.children}
    </>
  )
}

function scopeFacts(workspace: PageWorkspace, view: ViewState, range: { from: Date; to: Date }): ScopeFact[] {
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
        <PartialNotice tone="warn" action={{ label: 'Show models', href: pageHref(workspace.slug, 'providers', view) }}>
          {formatCount(meta.unpricedAttempts)} attempts without a price ({formatCount(meta.unpricedTokens)} tokens) are
          not in the spend.
        </PartialNotice>
      )}
      {outside !== null && (
        <PartialNotice
          action={{
            label: 'Show all',
            href: pageHref(workspace.slug, page, { ...view, environments: ['*'], dataModes: ['*'] }),
          }}
        >
          {formatCount(outside)} attempts in this range lie outside its environment and data mode.
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

function outsideScope(everything: QueryResult | null, inScope: string | null): string | null {
  const all = everything?.totals.attempts
  if (typeof all !== 'string' || inScope === null) return null
  const outside = BigInt(all) - BigInt(inScope)
  return outside > 0n ? outside.toString() : null
}

async function loadValues(
  workspace: string,
  view: ViewState,
  dimension: string,
  search: string,
): Promise<ValueOption[]> {
  const params = new URLSearchParams({ dimension, search, range: view.range })
  const response = await fetch(`/api/w/${encodeURIComponent(workspace)}/values?${params.toString()}`)
  if (!response.ok) throw new Error('The values could not be loaded. Try again in a moment.')
  const { values } = valuesSchema.parse(await response.json())
  return values.map(({ value, attempts }) => ({
    value,
    label: value ?? 'unattributed',
    hint: formatCount(attempts),
  }))
}

import 'server-only'
import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import { type PageName, takesScenario } from '@/app/(console)/links'
import type { PageWorkspace } from '@/app/(console)/page-props'
import { requireWorkspace } from '@/lib/auth/session'
import type { Scope } from '@/lib/metrics/plan'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { formatViewState, parseViewState, type SearchParams, type ViewState } from '@/lib/metrics/url-state'
import { listScenarios } from '@/lib/scenarios/read-scenario'
import type { Calendar } from '@/lib/time'

export type WorkspacePage = {
  params: Promise<{ workspace: string }>
  searchParams: Promise<SearchParams>
}

/**
 * Opens a page of a workspace for a member: who asks is settled here, before anything is read. A scenario that is not of the
 * workspace is not found; on a page that is not shown under one there is none.
 */
export async function openPage(
  page: PageName,
  { params, searchParams }: WorkspacePage,
): Promise<{ workspace: PageWorkspace; scope: Scope; view: ViewState; now: Date; calendar: Calendar }> {
  await connection()
  const { workspace: slug } = await params
  const asked = parseViewState(await searchParams)
  const { workspace } = await requireWorkspace(slug, `/w/${encodeURIComponent(slug)}/${page}${formatViewState(asked)}`)
  const view = takesScenario(page) ? asked : { ...asked, scenario: null }
  const scenarios = (await listScenarios(workspace.id)).map(({ id, name }) => ({ id, name }))
  if (view.scenario !== null && !scenarios.some(({ id }) => id === view.scenario)) notFound()
  return {
    workspace: {
      slug: workspace.slug,
      name: workspace.name,
      timeZone: workspace.timeZone,
      currency: workspace.currency,
      fiscalYearStartMonth: workspace.fiscalYearStartMonth,
      defaultEnvironments: [...workspace.defaultEnvironments],
      defaultDataModes: [...workspace.defaultDataModes],
      scenarios,
    },
    scope: await scopeForWorkspace(workspace),
    view,
    now: new Date(),
    calendar: { timeZone: workspace.timeZone, fiscalYearStartMonth: workspace.fiscalYearStartMonth },
  }
}

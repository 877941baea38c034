import 'server-only'
import { connection } from 'next/server'
import type { PageName } from '@/app/(console)/links'
import type { PageWorkspace } from '@/app/(console)/page-props'
import { requireWorkspace } from '@/lib/auth/session'
import type { Scope } from '@/lib/metrics/run'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { formatViewState, parseViewState, type SearchParams, type ViewState } from '@/lib/metrics/url-state'
import type { Calendar } from '@/lib/time'

export type WorkspacePage = {
  params: Promise<{ workspace: string }>
  searchParams: Promise<SearchParams>
}

/** Opens a page of a workspace for a member: who asks is settled here, before anything is read. */
export async function openPage(
  page: PageName,
  { params, searchParams }: WorkspacePage,
): Promise<{ workspace: PageWorkspace; scope: Scope; view: ViewState; now: Date; calendar: Calendar }> {
  await connection()
  const { workspace: slug } = await params
  const view = parseViewState(await searchParams)
  const { workspace } = await requireWorkspace(slug, `/w/${encodeURIComponent(slug)}/${page}${formatViewState(view)}`)
  return {
    workspace: {
      slug: workspace.slug,
      name: workspace.name,
      timeZone: workspace.timeZone,
      currency: workspace.currency,
      fiscalYearStartMonth: workspace.fiscalYearStartMonth,
      defaultEnvironments: [...workspace.defaultEnvironments],
      defaultDataModes: [...workspace.defaultDataModes],
    },
    scope: await scopeForWorkspace(workspace),
    view,
    now: new Date(),
    calendar: { timeZone: workspace.timeZone, fiscalYearStartMonth: workspace.fiscalYearStartMonth },
  }
}

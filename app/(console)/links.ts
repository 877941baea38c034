import type { QueryInput } from '@/lib/metrics/query-schema'
import type { DimensionName } from '@/lib/metrics/registry'
import { formatViewState, type ViewState, withFilter } from '@/lib/metrics/url-state'

export const PAGES = {
  overview: 'Overview',
  endpoints: 'Top Endpoints',
  users: 'Top Users',
  prompts: 'Prompt Versions',
  providers: 'Providers',
  models: 'Models',
  requests: 'Requests',
  health: 'Data Health',
} as const
export type PageName = keyof typeof PAGES

/** Pages that can be shown under a scenario; links to others leave it behind, and these show what was. */
const SCENARIO_PAGES: ReadonlySet<string> = new Set<PageName>([
  'overview',
  'endpoints',
  'users',
  'prompts',
  'providers',
  'models',
  'requests',
])

/** Whether a page, by the last part of its address, can be shown under a scenario. */
export function takesScenario(page: string): boolean {
  return SCENARIO_PAGES.has(page)
}

/** Whether spend can be read with fixed costs on a page; the others count, or show what was sent. */
export function hasCostView(page: PageName): boolean {
  return page !== 'models' && page !== 'requests' && page !== 'health'
}

/** Address of a page with the view kept. Sorting belongs to the page that is left. */
export function pageHref(workspace: string, page: PageName, view: ViewState): string {
  const kept = takesScenario(page) ? view : { ...view, scenario: null }
  return `/w/${encodeURIComponent(workspace)}/${page}${formatViewState(kept)}`
}

/** Address of a page narrowed to values of dimensions. */
export function filteredHref(
  workspace: string,
  page: PageName,
  view: ViewState,
  ...values: readonly (readonly [DimensionName, string | null])[]
): string {
  const narrowed = values.reduce((state, [dimension, value]) => withFilter(state, dimension, value), view)
  return pageHref(workspace, page, { ...narrowed, sort: null })
}

/** Address of a question's CSV; the browser downloads it. */
export function csvHref(workspace: string, question: QueryInput & { grain?: 'rows' | 'attempts' }): string {
  return `/api/w/${encodeURIComponent(workspace)}/export?q=${encodeURIComponent(JSON.stringify(question))}`
}

/** A page as the shell lists it. */
export type ShellPage = {
  /** Part of the path after the workspace: `/w/<workspace>/<segment>`. */
  segment: string
  /** The address of a page that belongs to no workspace, instead. */
  href?: string
  label: string
  icon: PageIcon
  /** Second key after `g`. */
  shortcut?: string
  /** Groups pages under a small heading. */
  section?: string
  /** Whether it can be shown under a scenario; links to others leave it behind. */
  takesScenario?: boolean
  /** What waits there for somebody; nothing is shown for 0. */
  waiting?: { count: number; label: string }
}

export type PageIcon =
  | 'overview'
  | 'endpoints'
  | 'users'
  | 'prompts'
  | 'providers'
  | 'models'
  | 'requests'
  | 'budgets'
  | 'close'
  | 'costs'
  | 'scenarios'
  | 'alerts'
  | 'prices'
  | 'settings'
  | 'health'
  | 'portfolio'
  | 'people'
  | 'workspaces'
  | 'audit'

export type ShellWorkspace = { slug: string; name: string }

export type ShellRange = { name: string; label: string }

export type ShellScenario = { id: number; name: string }

/** What every page of a workspace understands, so it travels along from page to page. */
const SHARED_PARAMS = ['range', 'grain', 'env', 'mode', 'compare', 'f'] as const

/** What still makes sense in another workspace: filters name values of this one. */
const TRAVELLING_PARAMS = ['range', 'grain', 'compare'] as const

function keep(params: URLSearchParams, names: readonly string[]): string {
  const kept = new URLSearchParams()
  for (const name of names) {
    for (const value of params.getAll(name)) kept.append(name, value)
  }
  const text = kept.toString()
  return text ? `?${text}` : ''
}

/** Where a page of the shell is: in the workspace with the same filters, or at its own address. */
export function shellHref(
  page: Pick<ShellPage, 'href' | 'segment' | 'takesScenario'>,
  workspace: string | null,
  params: URLSearchParams,
): string {
  const names = page.takesScenario ? [...SHARED_PARAMS, 'scenario'] : SHARED_PARAMS
  return page.href ?? `/w/${encodeURIComponent(workspace ?? '')}/${page.segment}${keep(params, names)}`
}

/** Whether the page of the shell is the one at this path, or the one above it. */
export function isHere(page: ShellPage, pathname: string): boolean {
  if (page.href) return pathname === page.href || pathname.startsWith(`${page.href}/`)
  return pathname.startsWith('/w/') && pathname.split('/')[3] === page.segment
}

/** The same page of another workspace with the same range; a page below the settings may not be open to the reader there. */
export function workspaceHref(workspace: string, pathname: string, params: URLSearchParams): string {
  const segment = (pathname.startsWith('/w/') && pathname.split('/')[3]) || 'overview'
  return `/w/${encodeURIComponent(workspace)}/${segment}${keep(params, TRAVELLING_PARAMS)}`
}

/** The same page under a scenario, or with null as it was. */
export function scenarioHref(scenario: number | null, pathname: string, params: URLSearchParams): string {
  const next = new URLSearchParams(params)
  if (scenario === null) next.delete('scenario')
  else next.set('scenario', String(scenario))
  const text = next.toString()
  return text ? `${pathname}?${text}` : pathname
}

/** The same page with another range. */
export function rangeHref(range: string, pathname: string, params: URLSearchParams): string {
  const next = new URLSearchParams(params)
  next.set('range', range)
  return `${pathname}?${next.toString()}`
}

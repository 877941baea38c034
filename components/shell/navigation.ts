/** A page of a workspace as the shell lists it. */
export type ShellPage = {
  /** Last part of the path: `/w/<workspace>/<segment>`. */
  segment: string
  label: string
  icon: PageIcon
  /** Second key after `g`. */
  shortcut?: string
  /** Groups pages under a small heading. */
  section?: string
}

export type PageIcon =
  | 'overview'
  | 'endpoints'
  | 'users'
  | 'prompts'
  | 'providers'
  | 'requests'
  | 'budgets'
  | 'alerts'
  | 'prices'
  | 'settings'
  | 'health'

export type ShellWorkspace = { slug: string; name: string }

export type ShellRange = { name: string; label: string }

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

/** Another page of the same workspace with the same filters. */
export function pageHref(workspace: string, segment: string, params: URLSearchParams): string {
  return `/w/${encodeURIComponent(workspace)}/${segment}${keep(params, SHARED_PARAMS)}`
}

/** The same page of another workspace with the same range. */
export function workspaceHref(workspace: string, pathname: string, params: URLSearchParams): string {
  const segment = pathname.split('/')[3] || 'overview'
  return `/w/${encodeURIComponent(workspace)}/${segment}${keep(params, TRAVELLING_PARAMS)}`
}

/** The same page with another range. */
export function rangeHref(range: string, pathname: string, params: URLSearchParams): string {
  const next = new URLSearchParams(params)
  next.set('range', range)
  return `${pathname}?${next.toString()}`
}

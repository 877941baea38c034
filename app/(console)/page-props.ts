import type { ViewState } from '@/lib/metrics/url-state'

type NamedScenario = { id: number; name: string }

/** What every view of a workspace is drawn with; it crosses from the server to the browser. */
export type PageWorkspace = {
  slug: string
  name: string
  timeZone: string
  currency: string
  fiscalYearStartMonth: number
  defaultEnvironments: string[]
  defaultDataModes: string[]
  /** What its pages can be shown under, by name. */
  scenarios: NamedScenario[]
}

export type PageProps<Questions> = {
  workspace: PageWorkspace
  view: ViewState
  questions: Questions
  /** When the page was asked for: what "today" and "unfinished" mean on it. */
  nowIso: string
}

import type { Granularity } from '@/bench/exactness/reference-calendar'
import type { WorkspaceName } from '@/bench/exactness/sent-event'

export type QuestionFilter = { dimension: string; operator: 'in' | 'notIn' | 'contains'; values: (string | null)[] }

export type Window = { fromMs: number; toMs: number }

/** A question to both the product and the reference. */
export type Question = {
  name: string
  workspace: WorkspaceName
  /** Without `time`. */
  dimensions: readonly string[]
  window: Window
  granularity: Granularity | null
  timeZone: string
  filters: readonly QuestionFilter[]
  /** The rows with the most spend, and the rest as one where `other`. */
  limit: number | null
  other: boolean
  /** The other window, and how it is asked for. */
  compare: { window: Window; as: 'previous' | 'explicit' } | null
  /** Distinct users and quantiles too, which cost memory. */
  withStates: boolean
  /** Ask for the CSV as well. */
  withCsv: boolean
}

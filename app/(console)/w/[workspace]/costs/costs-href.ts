/** What a pool is set against, as the address has it. */
export type ComparisonState = {
  /** A fixed cost of the pool; null: the first pool. */
  pool: number | null
  /** `provider/model` each; empty: those that the workspace uses most. */
  alternatives: string[]
}

/** Address of a workspace's fixed costs in a month; without one the running month. */
export function costsHref(workspace: string, month?: string, comparison?: ComparisonState): string {
  const params = new URLSearchParams()
  if (month) params.set('month', month)
  if (comparison?.pool) params.set('pool', String(comparison.pool))
  for (const each of comparison?.alternatives ?? []) params.append('alt', each)
  const text = params.toString()
  return `/w/${encodeURIComponent(workspace)}/costs${text ? `?${text}` : ''}`
}

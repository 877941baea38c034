/** Address of a workspace's fixed costs in a month; without one the running month. */
export function costsHref(workspace: string, month?: string): string {
  return `/w/${encodeURIComponent(workspace)}/costs${month ? `?month=${month}` : ''}`
}

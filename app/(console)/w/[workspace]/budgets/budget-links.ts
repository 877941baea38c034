/** Address of a workspace's budgets. */
export function budgetsHref(workspace: string): string {
  return `/w/${encodeURIComponent(workspace)}/budgets`
}

/** Address of one budget. */
export function budgetHref(workspace: string, id: number): string {
  return `${budgetsHref(workspace)}/${id}`
}

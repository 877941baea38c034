/** Address of a workspace's scenarios. */
export function scenariosHref(workspace: string): string {
  return `/w/${encodeURIComponent(workspace)}/scenarios`
}

/** Address of a scenario run over a range. */
export function scenarioHref(workspace: string, id: number, range?: string): string {
  return `${scenariosHref(workspace)}/${id}${range ? `?range=${encodeURIComponent(range)}` : ''}`
}

/** Address of one view of a scenario as CSV; the browser downloads it. */
export function scenarioCsvHref(workspace: string, id: number, range: string, view: string): string {
  return `/api/w/${encodeURIComponent(workspace)}/scenarios/${id}?range=${encodeURIComponent(range)}&by=${view}`
}

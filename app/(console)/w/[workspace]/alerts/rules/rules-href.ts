/** Address of the rules of a workspace, of one of them, or of the form for a new one. */
export function rulesHref(workspace: string, rule?: number | 'new'): string {
  return `/w/${encodeURIComponent(workspace)}/alerts/rules${rule === undefined ? '' : `/${rule}`}`
}

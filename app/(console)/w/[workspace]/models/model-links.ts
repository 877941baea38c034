/** Address of the catalogue. */
export function modelsHref(workspace: string): string {
  return `/w/${encodeURIComponent(workspace)}/models`
}

/** Address of the page on which an alias is previewed and added. */
export function aliasHref(
  workspace: string,
  alias: { rawProvider: string; rawModel: string; provider?: string; model?: string },
): string {
  return `/w/${encodeURIComponent(workspace)}/models/alias?${new URLSearchParams(alias).toString()}`
}

/** Address of the page on which an alias is revoked. */
export function revokeHref(workspace: string, id: number): string {
  return `/w/${encodeURIComponent(workspace)}/models/alias/${id}`
}

/** Address of the prices of a model; `add` opens the form for a new one. */
export function pricesHref(workspace: string, { provider, model }: { provider: string; model: string }, add = false) {
  const params = new URLSearchParams({ provider, model })
  return `/w/${encodeURIComponent(workspace)}/prices?${params.toString()}${add ? '#add' : ''}`
}

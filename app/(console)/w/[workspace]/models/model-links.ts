/** Address of the catalogue. */
export function modelsHref(workspace: string): string {
  return `/w/${encodeURIComponent(workspace)}/models`
}

const ALIAS_FIELDS = ['rawProvider', 'rawModel', 'provider', 'model', 'from', 'to', 'where'] as const

/** Address of the page on which an alias is previewed and added. */
export function aliasHref(
  workspace: string,
  alias: { rawProvider: string; rawModel: string } & Partial<Record<(typeof ALIAS_FIELDS)[number], string>>,
): string {
  const fields = ALIAS_FIELDS.flatMap((name) => (alias[name] ? [[name, alias[name]] satisfies [string, string]] : []))
  return `/w/${encodeURIComponent(workspace)}/models/alias?${new URLSearchParams(fields).toString()}`
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

import 'server-only'
import { type ApiKeyName, listApiKeyNames } from '@/db/postgres/queries/api-key-names'
import type { AuthenticatedKey } from '@/lib/auth/api-key'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import type { Query } from '@/lib/metrics/query-schema'

export type { Scope } from '@/lib/metrics/plan'

/** The part of a workspace that questions about it need. */
export type WorkspaceSettings = Omit<ScopeWorkspace, 'apiKeys'>

/** The scope of questions about one workspace, by its own defaults or by `defaults`. Pure. */
export function buildScope(
  workspace: WorkspaceSettings,
  apiKeys: readonly ApiKeyName[],
  defaults?: Scope['defaults'],
): Scope {
  return { workspaces: [toScopeWorkspace(workspace, apiKeys)], ...(defaults ? { defaults } : {}) }
}

function toScopeWorkspace(workspace: WorkspaceSettings, apiKeys: readonly ApiKeyName[]): ScopeWorkspace {
  const { id, slug, timeZone, currency, fiscalYearStartMonth, defaultEnvironments, defaultDataModes, costPreference } =
    workspace
  return {
    id,
    slug,
    timeZone,
    currency,
    fiscalYearStartMonth,
    defaultEnvironments,
    defaultDataModes,
    costPreference,
    apiKeys: apiKeys.filter((key) => key.workspaceId === id).map((key) => ({ id: key.id, name: key.name })),
  }
}

/**
 * The fewest scopes that hold these workspaces so that one question about a scope means in each workspace what it means
 * there alone: workspaces of one scope agree on zone, fiscal year, defaults and whose cost wins. Pure.
 */
function groupScopes(workspaces: readonly WorkspaceSettings[], apiKeys: readonly ApiKeyName[]): Scope[] {
  const groups = new Map<string, [ScopeWorkspace, ...ScopeWorkspace[]]>()
  for (const workspace of workspaces) {
    const member = toScopeWorkspace(workspace, apiKeys)
    const { timeZone, currency, fiscalYearStartMonth, defaultEnvironments, defaultDataModes, costPreference } = member
    const calendar = [timeZone, currency, fiscalYearStartMonth, costPreference]
    const key = JSON.stringify([calendar, defaultEnvironments.toSorted(), defaultDataModes.toSorted()])
    const group = groups.get(key)
    if (group) group.push(member)
    else groups.set(key, [member])
  }
  return [...groups.values()].map((members) => ({ workspaces: members }))
}

/**
 * What somebody may ask about all of these workspaces at once, see {@link groupScopes}.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function scopesForWorkspaces(workspaces: readonly WorkspaceSettings[]): Promise<Scope[]> {
  if (workspaces.length === 0) return []
  return groupScopes(workspaces, await listApiKeyNames(workspaces.map(({ id }) => id)))
}

/** Names of a workspace's keys; of those that a question does not name or list none is read. */
async function listKeys(workspace: WorkspaceSettings, query: Query | undefined): Promise<ApiKeyName[]> {
  const isAsked =
    !query || query.dimensions.includes('apiKey') || query.filters.some(({ dimension }) => dimension === 'apiKey')
  return isAsked ? await listApiKeyNames([workspace.id]) : []
}

/**
 * What a member of this workspace may ask about.
 * @param query the only question that is asked, where it is known
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function scopeForWorkspace(workspace: WorkspaceSettings, query?: Query): Promise<Scope> {
  return buildScope(workspace, await listKeys(workspace, query))
}

/**
 * What a key may ask about. The environment and the data mode that a key fixes are its defaults, else the workspace's.
 * @param query the only question that is asked, where it is known
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function scopeForKey(
  key: Pick<AuthenticatedKey, 'fixedEnvironment' | 'fixedDataMode'> & { workspace: WorkspaceSettings },
  query?: Query,
): Promise<Scope> {
  const { workspace, fixedEnvironment, fixedDataMode } = key
  return buildScope(workspace, await listKeys(workspace, query), {
    environments: fixedEnvironment === null ? workspace.defaultEnvironments : [fixedEnvironment],
    dataModes: fixedDataMode === null ? workspace.defaultDataModes : [fixedDataMode],
  })
}

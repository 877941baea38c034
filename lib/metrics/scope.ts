import 'server-only'
import { type ApiKeyName, listApiKeyNames } from '@/db/postgres/queries/api-key-names'
import type { AuthenticatedKey } from '@/lib/auth/api-key'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/run'

export type { Scope, ScopeWorkspace } from '@/lib/metrics/run'

/** The part of a workspace that questions about it need. */
export type WorkspaceSettings = Omit<ScopeWorkspace, 'apiKeys'>

/** The scope of questions about one workspace, by its own defaults or by `defaults`. Pure. */
export function buildScope(
  workspace: WorkspaceSettings,
  apiKeys: readonly ApiKeyName[],
  defaults?: Scope['defaults'],
): Scope {
  const { id, slug, timeZone, currency, fiscalYearStartMonth, defaultEnvironments, defaultDataModes, costPreference } =
    workspace
  const keys = apiKeys.filter((key) => key.workspaceId === id).map((key) => ({ id: key.id, name: key.name }))
  return {
    workspaces: [
      {
        id,
        slug,
        timeZone,
        currency,
        fiscalYearStartMonth,
        defaultEnvironments,
        defaultDataModes,
        costPreference,
        apiKeys: keys,
      },
    ],
    ...(defaults ? { defaults } : {}),
  }
}

/**
 * What a member of this workspace may ask about.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function scopeForWorkspace(workspace: WorkspaceSettings): Promise<Scope> {
  return buildScope(workspace, await listApiKeyNames([workspace.id]))
}

/**
 * What a key may ask about. The environment and the data mode that a key fixes are its defaults, else the workspace's.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function scopeForKey(
  key: Pick<AuthenticatedKey, 'fixedEnvironment' | 'fixedDataMode'> & { workspace: WorkspaceSettings },
): Promise<Scope> {
  const { workspace, fixedEnvironment, fixedDataMode } = key
  return buildScope(workspace, await listApiKeyNames([workspace.id]), {
    environments: fixedEnvironment === null ? workspace.defaultEnvironments : [fixedEnvironment],
    dataModes: fixedDataMode === null ? workspace.defaultDataModes : [fixedDataMode],
  })
}

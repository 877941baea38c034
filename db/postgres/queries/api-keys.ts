import 'server-only'
import { eq } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { apiKeys, workspaces } from '@/db/postgres/schema'

export type ApiKeyWithWorkspace = {
  key: typeof apiKeys.$inferSelect
  workspace: typeof workspaces.$inferSelect
}

/** The key with this hash and its workspace, revoked or not; null when there is none. */
export async function findApiKeyByHash(secretHash: string): Promise<ApiKeyWithWorkspace | null> {
  const rows = await withPostgres((db) =>
    db
      .select({ key: apiKeys, workspace: workspaces })
      .from(apiKeys)
      .innerJoin(workspaces, eq(apiKeys.workspaceId, workspaces.id))
      .where(eq(apiKeys.secretHash, secretHash))
      .limit(1),
  )
  return rows[0] ?? null
}

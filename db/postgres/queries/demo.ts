import 'server-only'
import { and, eq, inArray } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { apiKeys, workspaces } from '@/db/postgres/schema'

export type DemoWorkspaceRow = { id: number; slug: string; isDemo: boolean; apiKeyId: number | null }

/** The workspaces with these slugs, each with its key of the given name (revoked or not). */
export async function findDemoWorkspaces(slugs: readonly string[], keyName: string): Promise<DemoWorkspaceRow[]> {
  return await withPostgres((db) =>
    db
      .select({ id: workspaces.id, slug: workspaces.slug, isDemo: workspaces.isDemo, apiKeyId: apiKeys.id })
      .from(workspaces)
      .leftJoin(apiKeys, and(eq(apiKeys.workspaceId, workspaces.id), eq(apiKeys.name, keyName)))
      .where(inArray(workspaces.slug, [...slugs])),
  )
}

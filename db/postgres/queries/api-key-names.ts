import 'server-only'
import { asc, inArray } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { apiKeys } from '@/db/postgres/schema'

const nameRow = z.object({ id: z.number().int(), workspaceId: z.number().int(), name: z.string() })

/** A key by the name that people gave it. */
export type ApiKeyName = z.infer<typeof nameRow>

/**
 * Names of all keys of these workspaces, revoked ones included: what they sent stays theirs.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listApiKeyNames(workspaceIds: readonly number[]): Promise<ApiKeyName[]> {
  const rows = await withPostgres((db) =>
    db
      .select({ id: apiKeys.id, workspaceId: apiKeys.workspaceId, name: apiKeys.name })
      .from(apiKeys)
      .where(inArray(apiKeys.workspaceId, [...workspaceIds]))
      .orderBy(asc(apiKeys.id)),
  )
  return z.array(nameRow).parse(rows)
}

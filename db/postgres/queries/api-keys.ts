import 'server-only'
import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { apiKeys, users, workspaces } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

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

const keyRow = z.object({
  id: z.number().int(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(['ingest', 'read'])),
  fixedEnvironment: z.string().nullable(),
  fixedDataMode: z.string().nullable(),
  createdAt: z.date(),
  createdBy: z.string().nullable(),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
})

/** A key as the settings show it; neither its secret nor its hash. */
export type ApiKeyRow = z.infer<typeof keyRow>

const columns = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  scopes: apiKeys.scopes,
  fixedEnvironment: apiKeys.fixedEnvironment,
  fixedDataMode: apiKeys.fixedDataMode,
  createdAt: apiKeys.createdAt,
  createdBy: users.name,
  expiresAt: apiKeys.expiresAt,
  lastUsedAt: apiKeys.lastUsedAt,
  revokedAt: apiKeys.revokedAt,
}

/** The keys of a workspace, those in use first, then by name. */
export async function listApiKeyRows(workspaceId: number): Promise<ApiKeyRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(apiKeys)
      .leftJoin(users, eq(users.id, apiKeys.createdBy))
      .where(eq(apiKeys.workspaceId, workspaceId))
      .orderBy(sql`${apiKeys.revokedAt} NULLS FIRST`, asc(apiKeys.name)),
  )
  return z.array(keyRow).parse(rows)
}

/** One key of a workspace, or null. */
export async function findApiKeyRow(workspaceId: number, id: number): Promise<ApiKeyRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(apiKeys)
      .leftJoin(users, eq(users.id, apiKeys.createdBy))
      .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id)))
      .limit(1),
  )
  return z.array(keyRow).parse(rows)[0] ?? null
}

const idRow = z.object({ id: z.number().int() })

/** Adds a key; null when the workspace has one of this name, revoked ones included. */
export async function insertApiKey(
  tx: Transaction,
  values: Pick<
    typeof apiKeys.$inferInsert,
    | 'workspaceId'
    | 'name'
    | 'prefix'
    | 'secretHash'
    | 'scopes'
    | 'fixedEnvironment'
    | 'fixedDataMode'
    | 'expiresAt'
    | 'createdBy'
  >,
): Promise<number | null> {
  const rows = await tx.insert(apiKeys).values(values).onConflictDoNothing().returning({ id: apiKeys.id })
  return z.array(idRow).parse(rows)[0]?.id ?? null
}

const revokedRow = z.object({ name: z.string(), secretHash: z.string() })

/** Revokes a key of a workspace; null when there is none in use with this id. */
export async function updateRevoked(
  tx: Transaction,
  workspaceId: number,
  id: number,
): Promise<z.infer<typeof revokedRow> | null> {
  const rows = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ name: apiKeys.name, secretHash: apiKeys.secretHash })
  return z.array(revokedRow).parse(rows)[0] ?? null
}

/** Notes that a key was used, unless another process has noted it within the last minute. */
export async function updateLastUsed(id: number, at: Date): Promise<void> {
  const aMinuteAgo = new Date(at.getTime() - 60_000)
  await withPostgres((db) =>
    db
      .update(apiKeys)
      .set({ lastUsedAt: at })
      .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, aMinuteAgo)))),
  )
}

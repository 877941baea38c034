import 'server-only'
import { and, asc, desc, eq, isNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import type { Reader } from '@/db/postgres/queries/contract-prices'
import { modelAliases } from '@/db/postgres/schema'

type Writer = Pick<ReturnType<typeof postgres>, 'insert' | 'update'>

const aliasRow = z.object({
  id: z.number(),
  workspaceId: z.number().nullable(),
  rawProvider: z.string(),
  rawModel: z.string(),
  provider: z.string(),
  model: z.string(),
  effectiveFrom: z.date().nullable(),
  effectiveTo: z.date().nullable(),
  reason: z.string(),
  authorName: z.string(),
  authorId: z.string().nullable(),
  createdAt: z.date(),
  revokedAt: z.date().nullable(),
  revokedByName: z.string().nullable(),
  revokedReason: z.string().nullable(),
})

/** An alias as it was stored; revoked ones say by whom and why. */
export type StoredAlias = z.output<typeof aliasRow>

/** Aliases that have not been revoked, of one name or of all, oldest first. */
export async function findLiveAliases(
  db: Reader,
  only?: { rawProvider: string; rawModel: string },
): Promise<StoredAlias[]> {
  const ofName = only
    ? and(eq(modelAliases.rawProvider, only.rawProvider), eq(modelAliases.rawModel, only.rawModel))
    : undefined
  const rows = await db
    .select()
    .from(modelAliases)
    .where(and(isNull(modelAliases.revokedAt), ofName))
    .orderBy(asc(modelAliases.id))
  return z.array(aliasRow).parse(rows)
}

/**
 * The aliases that hold in a workspace, its own and the organisation's, revoked ones too, newest first.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listAliases(workspaceId: number): Promise<StoredAlias[]> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(modelAliases)
      .where(or(isNull(modelAliases.workspaceId), eq(modelAliases.workspaceId, workspaceId)))
      .orderBy(desc(modelAliases.id)),
  )
  return z.array(aliasRow).parse(rows)
}

/** @returns the alias's id */
export async function insertAlias(
  db: Writer,
  alias: Omit<typeof modelAliases.$inferInsert, 'id' | 'createdAt' | 'revokedAt' | 'revokedByName' | 'revokedReason'>,
): Promise<number> {
  const [row] = await db
    .insert(modelAliases)
    .values({ ...alias, createdAt: sql`clock_timestamp()` })
    .returning({ id: modelAliases.id })
  if (!row) throw new Error('the alias was not stored')
  return row.id
}

/** Revokes an alias that is in force. */
export async function markAliasRevoked(db: Writer, id: number, by: { name: string; reason: string }): Promise<void> {
  await db
    .update(modelAliases)
    .set({ revokedAt: sql`clock_timestamp()`, revokedByName: by.name, revokedReason: by.reason })
    .where(and(eq(modelAliases.id, id), isNull(modelAliases.revokedAt)))
}

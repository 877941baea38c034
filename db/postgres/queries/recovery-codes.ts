import 'server-only'
import { and, count, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { recoveryCodes } from '@/db/postgres/schema'

type Database = ReturnType<typeof postgres>
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

/** Puts these codes in place of all that the person had. */
export async function replaceRecoveryCodes(db: Transaction, userId: string, codeHashes: string[]): Promise<void> {
  await db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
  if (codeHashes.length === 0) return
  await db.insert(recoveryCodes).values(codeHashes.map((codeHash) => ({ userId, codeHash })))
}

/**
 * Uses a code up: true once, false when it is used or not theirs.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function takeRecoveryCode(userId: string, codeHash: string): Promise<boolean> {
  const rows = await withPostgres((db) =>
    db
      .update(recoveryCodes)
      .set({ usedAt: sql`now()` })
      .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, codeHash), isNull(recoveryCodes.usedAt)))
      .returning({ userId: recoveryCodes.userId }),
  )
  return rows.length > 0
}

/**
 * How many unused codes a person has.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function countRecoveryCodes(userId: string): Promise<number> {
  const rows = await withPostgres((db) =>
    db
      .select({ left: count() })
      .from(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt))),
  )
  return z.object({ left: z.number().int() }).parse(rows[0]).left
}

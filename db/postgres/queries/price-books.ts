import 'server-only'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { prices } from '@/db/postgres/schema'

export type StoredPrice = Omit<typeof prices.$inferInsert, 'bookVersion' | 'loadedAt' | 'supersededAt'>

const ROWS_PER_INSERT = 500

/**
 * Stores a version of the price book and makes it the one in force: rows of other versions are marked as superseded, none
 * is removed. One transaction; storing a known version again only brings it back into force.
 * @returns how many rows are new
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function storePriceBook(bookVersion: string, rows: readonly StoredPrice[], now: Date): Promise<number> {
  return withPostgres((db) =>
    db.transaction(async (tx) => {
      const known = await tx.$count(prices, eq(prices.bookVersion, bookVersion))
      for (let from = 0; known < rows.length && from < rows.length; from += ROWS_PER_INSERT) {
        const chunk = rows.slice(from, from + ROWS_PER_INSERT).map((row) => ({ ...row, bookVersion, loadedAt: now }))
        await tx.insert(prices).values(chunk).onConflictDoNothing()
      }
      await tx
        .update(prices)
        .set({ supersededAt: now })
        .where(and(ne(prices.bookVersion, bookVersion), isNull(prices.supersededAt)))
      await tx
        .update(prices)
        .set({ supersededAt: null })
        .where(and(eq(prices.bookVersion, bookVersion), sql`${prices.supersededAt} IS NOT NULL`))
      return rows.length - known
    }),
  )
}

import 'server-only'
import { and, asc, eq, isNull, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { postgres } from '@/db/postgres/client'
import type { Reader } from '@/db/postgres/queries/contract-prices'
import { type StoredPriceRow, storedPriceRow } from '@/db/postgres/queries/stored-prices'
import { prices } from '@/db/postgres/schema'

export type StoredPrice = Omit<typeof prices.$inferInsert, 'bookVersion' | 'loadedAt' | 'supersededAt'>

const ROWS_PER_INSERT = 500

type Transaction = Parameters<Parameters<ReturnType<typeof postgres>['transaction']>[0]>[0]

/**
 * Stores a version of the price book and makes it the one in force: rows of other versions are marked as superseded, none
 * is removed. Storing a known version again only brings it back into force.
 * @returns how many rows are new
 */
export async function storePriceBook(
  tx: Transaction,
  bookVersion: string,
  rows: readonly StoredPrice[],
  now: Date,
): Promise<number> {
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
}

/** Version of the list in force; null before the first was stored. */
export async function readBookVersion(db: Reader): Promise<string | null> {
  const rows = await db
    .select({ bookVersion: prices.bookVersion })
    .from(prices)
    .where(isNull(prices.supersededAt))
    .limit(1)
  return rows[0]?.bookVersion ?? null
}

/** The rows of the list in force, of one model or of all. */
export async function readPricesInForce(
  db: Reader,
  only?: { provider: string; model: string },
): Promise<StoredPriceRow[]> {
  const ofModel = only ? and(eq(prices.provider, only.provider), eq(prices.model, only.model)) : undefined
  const rows = await db
    .select()
    .from(prices)
    .where(and(isNull(prices.supersededAt), ofModel))
    .orderBy(asc(prices.id))
  return z.array(storedPriceRow).parse(rows)
}

const bookFacts = z.object({ version: z.string(), source: z.string(), loadedAt: z.date() })

/** Version, origin and age of the list in force; null before the first was stored. */
export async function readBookFacts(db: Reader): Promise<(z.output<typeof bookFacts> & { prices: number }) | null> {
  const [first] = await db
    .select({ version: prices.bookVersion, source: prices.source, loadedAt: prices.loadedAt })
    .from(prices)
    .where(isNull(prices.supersededAt))
    .orderBy(sql`length(${prices.source})`, asc(prices.id))
    .limit(1)
  if (!first) return null
  const [counted] = await db.select({ prices: sql`count(*)` }).from(prices).where(isNull(prices.supersededAt))
  return { ...bookFacts.parse(first), prices: z.coerce.number().parse(counted?.prices) }
}

/** Whether a version of the list was ever stored. */
export async function isKnownBookVersion(db: Reader, version: string): Promise<boolean> {
  const rows = await db.select({ id: prices.id }).from(prices).where(eq(prices.bookVersion, version)).limit(1)
  return rows.length > 0
}

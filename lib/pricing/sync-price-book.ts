import 'server-only'
import { storePriceBook } from '@/db/postgres/queries/price-books'
import { loadListPriceBook } from '@/lib/pricing/price-book'

/**
 * Brings the stored price book up to the list that this version of the product ships: inserts it when it is new and marks
 * what it replaces as superseded.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function syncPriceBook(now: Date): Promise<{ version: string; prices: number; added: number }> {
  const { version, rows } = loadListPriceBook()
  const added = await storePriceBook(version, rows, now)
  return { version, prices: rows.length, added }
}

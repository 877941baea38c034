import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { isKnownBookVersion, readBookFacts } from '@/db/postgres/queries/price-books'
import { applyPriceList } from '@/lib/pricing/change-prices'
import { loadListPriceBook } from '@/lib/pricing/price-book'
import { UPLOADED_SOURCE } from '@/lib/pricing/uploaded-list'

/**
 * Brings the list that this version of the product ships into force; what it changes is priced anew. A list that somebody
 * uploaded stays, until the product ships one that was never in force here.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function syncPriceBook(now: Date): Promise<{ version: string; prices: number; added: number }> {
  const book = loadListPriceBook()
  const uploaded = await withPostgres(async (db) => {
    const inForce = await readBookFacts(db)
    const isUpload = inForce?.source.startsWith(UPLOADED_SOURCE) && (await isKnownBookVersion(db, book.version))
    return isUpload ? inForce : null
  })
  if (uploaded) return { version: uploaded.version, prices: uploaded.prices, added: 0 }
  const { added } = await applyPriceList(book, { kind: 'system', name: 'Farthing' }, now)
  return { version: book.version, prices: book.rows.length, added }
}

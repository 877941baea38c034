import 'server-only'
import { applyPriceList } from '@/lib/pricing/change-prices'
import { loadListPriceBook } from '@/lib/pricing/price-book'

/**
 * Brings the list that this version of the product ships into force; what it changes is priced anew.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function syncPriceBook(now: Date): Promise<{ version: string; prices: number; added: number }> {
  const book = loadListPriceBook()
  const { added } = await applyPriceList(book, { kind: 'system', name: 'Farthing' }, now)
  return { version: book.version, prices: book.rows.length, added }
}

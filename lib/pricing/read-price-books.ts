import 'server-only'
import { findLiveContracts, type Reader, type StoredContract } from '@/db/postgres/queries/contract-prices'
import { findLiveAliases } from '@/db/postgres/queries/model-aliases'
import { readBookVersion, readPricesInForce } from '@/db/postgres/queries/price-books'
import { loadListPriceBook, type PriceBook } from '@/lib/pricing/price-book'
import { createPriceBooks, type PriceBooks } from '@/lib/pricing/price-books'
import type { ContractPrice, ModelBook } from '@/lib/pricing/price-layers'

/** The books as Postgres has them. Before a list was stored, it is the one that this version of the product ships. */
export async function readPriceBooks(db: Reader): Promise<PriceBooks> {
  const contracts = await findLiveContracts(db)
  return createPriceBooks(await readListInForce(db), contracts.map(toContractPrice), await findLiveAliases(db))
}

/** What Postgres has of one model. */
export async function readModelBook(db: Reader, place: { provider: string; model: string }): Promise<ModelBook> {
  const contracts = await findLiveContracts(db, place)
  const version = await readBookVersion(db)
  const list =
    version === null || version === loadListPriceBook().version
      ? loadListPriceBook().rows.filter(({ provider, model }) => provider === place.provider && model === place.model)
      : await readPricesInForce(db, place)
  return { list, contracts: contracts.map(toContractPrice) }
}

/** The list in force. */
export async function readListInForce(db: Reader): Promise<PriceBook> {
  const version = await readBookVersion(db)
  const shipped = loadListPriceBook()
  if (version === null || version === shipped.version) return shipped
  return { version, rows: await readPricesInForce(db) }
}

/** A stored contract as the book takes it. */
export function toContractPrice(stored: StoredContract): ContractPrice {
  const { unitPrices, discountPercent, volumeTiers, volumeMonths, volumeCountedAt, ...contract } = stored
  if (discountPercent !== null) return { ...contract, terms: { kind: 'discount', discountPercent } }
  if (unitPrices !== null) return { ...contract, terms: { kind: 'prices', unitPrices } }
  if (volumeTiers !== null) {
    const counted = { months: volumeMonths ?? [], countedAt: volumeCountedAt }
    return { ...contract, terms: { kind: 'volume', tiers: volumeTiers, ...counted } }
  }
  throw new Error(`Contract ${stored.id} has no terms.`)
}

import 'server-only'
import { listContracts, type StoredContract } from '@/db/postgres/queries/contract-prices'
import { listCurrencies } from '@/db/postgres/queries/exchange-rates'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { currentPriceBooks } from '@/lib/pricing/current-prices'
import { type ListFacts, readListFacts } from '@/lib/pricing/manage-price-list'
import { type PriceSearch, type ShownPrice, selectPrices, usedKey } from '@/lib/pricing/price-search'

const USED_DAYS = 400
const DAY_MS = 86_400_000

type Place = { provider: string; model: string }

export type ShownPrices = {
  prices: ShownPrice[]
  providers: string[]
  /** Models that the ledger has attempts of, priced or not. */
  used: Place[]
  /** The public list in force. */
  list: ListFacts | null
  /** Currencies in which a contract may be given, beside USD. */
  currencies: string[]
  /** Contracts that the workspace is priced by, revoked ones too, newest first. */
  contracts: StoredContract[]
}

/**
 * The prices of a workspace that a search asks for, and its contracts. A model was used when the ledger has an attempt of
 * it in the past 400 days, in any environment and data mode.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function readShownPrices(
  workspaceId: number,
  scope: Scope,
  search: PriceSearch,
  now: Date,
): Promise<ShownPrices> {
  const [books, contracts, used, list, currencies] = await Promise.all([
    currentPriceBooks(),
    listContracts(workspaceId),
    readUsedModels(scope, now),
    readListFacts(),
    listCurrencies(),
  ])
  const own = contracts.filter(({ revokedAt }) => revokedAt === null)
  const keys = new Set([...used, ...own].map(usedKey))
  return { ...selectPrices(books.indexOf(workspaceId), search, keys, now), used, list, currencies, contracts }
}

async function readUsedModels(scope: Scope, now: Date): Promise<Place[]> {
  const question = parseQuery({
    measures: ['attempts'],
    dimensions: ['provider', 'model'],
    from: new Date(now.getTime() - USED_DAYS * DAY_MS).toISOString(),
    to: new Date(now.getTime() + DAY_MS).toISOString(),
    filters: [
      { dimension: 'environment', values: ['*'] },
      { dimension: 'dataMode', values: ['*'] },
    ],
  })
  const { rows } = await runQuery(question, scope, now)
  return rows.flatMap((row) => {
    const [provider, model] = [cellOf(row, 'provider'), cellOf(row, 'model')]
    return typeof provider === 'string' && typeof model === 'string' ? [{ provider, model }] : []
  })
}

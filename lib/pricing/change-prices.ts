import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { findLiveContracts, insertContract, markContractRevoked } from '@/db/postgres/queries/contract-prices'
import { readBookVersion, storePriceBook } from '@/db/postgres/queries/price-books'
import { insertPriceChanges, lockPriceBook, type PriceChangeDraft } from '@/db/postgres/queries/price-changes'
import { type Actor, recordAudit } from '@/lib/audit/record-audit'
import { AppError } from '@/lib/errors'
import { type ContractInput, parseContractInput } from '@/lib/pricing/contract-input'
import { refreshPrices } from '@/lib/pricing/current-prices'
import { toBook } from '@/lib/pricing/open-price-change'
import type { PriceBook, PriceRow } from '@/lib/pricing/price-book'
import { createPriceBooks } from '@/lib/pricing/price-books'
import { ANY_WORKSPACE, contractPriceId, findPriceChanges, layerRows, type ModelBook } from '@/lib/pricing/price-layers'
import { publishPriceChanges } from '@/lib/pricing/publish-price-changes'
import { readListInForce, readModelBook, toContractPrice } from '@/lib/pricing/read-price-books'

/**
 * Adds a contract price. When it returns, every figure shows it, whatever is stored of the attempts it touches.
 * @returns the contract's id
 * @throws AppError `invalid_query` when the input says what no price can be; `unavailable` when a store does not answer:
 *   if the contract was stored (it is listed then), it takes effect as soon as both do.
 */
export async function addContractPrice(input: ContractInput, actor: Actor): Promise<number> {
  const contract = parseContractInput(input)
  const id = await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const before = await readModelBook(tx, contract)
      const { terms, ...fields } = contract
      const stored = await insertContract(tx, {
        ...fields,
        unitPrices: terms.kind === 'prices' ? terms.unitPrices : null,
        discountPercent: terms.kind === 'discount' ? terms.discountPercent : null,
        authorName: actor.name,
        authorId: actor.kind === 'user' ? actor.id : null,
      })
      const after = await readModelBook(tx, contract)
      assertPrices(stored, contract.workspaceId, after)
      await insertPriceChanges(tx, draftChanges(before, after, contract, 'contract'))
      await recordAudit(
        {
          actor,
          workspaceId: contract.workspaceId,
          action: 'contract_price.added',
          target: { kind: 'contract_price', id: String(stored), name: `${contract.provider}/${contract.model}` },
          after: contract,
        },
        tx,
      )
      return stored
    }),
  )
  await takeEffect()
  return id
}

/**
 * Undoes a contract price; it stays in the list of contracts, as revoked. Where it held, the next in precedence does,
 * so figures are again what they were without it.
 * @throws AppError `not_found` when no contract of that id is in force; `invalid_query` without a reason; `unavailable` as
 *   for {@link addContractPrice}.
 */
export async function revokeContractPrice(id: number, actor: Actor, reason: string): Promise<void> {
  if (reason.trim() === '') throw new AppError('invalid_query', 'Say why the price is revoked.')
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const contract = (await findLiveContracts(tx)).find((live) => live.id === id)
      if (!contract) throw new AppError('not_found', `No contract price ${id} is in force.`)
      const before = await readModelBook(tx, contract)
      await markContractRevoked(tx, id, { name: actor.name, reason: reason.trim() })
      const after = await readModelBook(tx, contract)
      await insertPriceChanges(tx, draftChanges(before, after, contract, 'contract'))
      await recordAudit(
        {
          actor,
          workspaceId: contract.workspaceId,
          action: 'contract_price.revoked',
          target: { kind: 'contract_price', id: String(id), name: `${contract.provider}/${contract.model}` },
          after: { reason: reason.trim() },
        },
        tx,
      )
    }),
  )
  await takeEffect()
}

/**
 * Brings a version of the list into force. What attempts were stamped by the former one is priced anew at once where the
 * two differ. The same list again changes nothing.
 * @returns how many rows are new to the store, and how many changes of prices came of it
 * @throws AppError `unavailable` when a store does not answer; apply it again then.
 */
export async function applyPriceList(
  book: PriceBook,
  actor: Actor,
  now: Date = new Date(),
): Promise<{ added: number; changes: number }> {
  const applied = await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const version = await readBookVersion(tx)
      const former = version === null ? book : await readListInForce(tx)
      const contracts = (await findLiveContracts(tx)).map(toContractPrice)
      const added = await storePriceBook(tx, book.version, book.rows, now)
      if (former.version === book.version) return { added, changes: 0 }
      const [before, after] = [createPriceBooks(former, contracts), createPriceBooks(book, contracts)]
      const drafts = listModels([...former.rows, ...book.rows]).flatMap((place) =>
        draftChanges(
          before.bookOf(place.provider, place.model),
          after.bookOf(place.provider, place.model),
          place,
          'list',
        ),
      )
      await insertPriceChanges(tx, drafts)
      await recordAudit(
        {
          actor,
          workspaceId: null,
          action: 'price_list.applied',
          target: { kind: 'price_list', id: book.version, name: `Price list ${book.version}` },
          before: { version: former.version },
          after: { version: book.version, changes: drafts.length },
        },
        tx,
      )
      return { added, changes: drafts.length }
    }),
  )
  await takeEffect()
  return applied
}

async function takeEffect(): Promise<void> {
  await publishPriceChanges()
  await refreshPrices()
}

/**
 * A discount needs a price of the list to be taken off.
 * @throws AppError `invalid_query` when the contract of this id prices nothing in that book.
 */
export function assertPrices(id: number, workspaceId: number | null, after: ModelBook): void {
  const ownId = contractPriceId(id)
  const rows = layerRows(after, workspaceId ?? ANY_WORKSPACE)
  if (rows.some((row) => row.id === ownId || row.id.startsWith(`${ownId}:`))) return
  throw new AppError(
    'invalid_query',
    'The list has no price of that model, tier, region and band then, so there is nothing to discount. Enter unit prices.',
  )
}

function listModels(rows: readonly PriceRow[]): { provider: string; model: string }[] {
  return [...new Map(rows.map(({ provider, model }) => [`${provider}\u0000${model}`, { provider, model }])).values()]
}

function draftChanges(
  before: ModelBook,
  after: ModelBook,
  { provider, model }: { provider: string; model: string },
  cause: PriceChangeDraft['cause'],
): PriceChangeDraft[] {
  return findPriceChanges(before, after).map(({ workspaceId, fromMs, toMs }) => {
    // Refused here rather than where attempts are read.
    toBook(layerRows(after, workspaceId))
    const [affectedFrom, affectedTo] = [fromMs, toMs].map((atMs) => (atMs === null ? null : new Date(atMs)))
    return { workspaceId, provider, model, affectedFrom: affectedFrom ?? null, affectedTo: affectedTo ?? null, cause }
  })
}

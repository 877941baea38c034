import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { withPostgres } from '@/db/postgres/client'
import {
  findLiveContracts,
  insertContract,
  markContractRevoked,
  type Reader,
  updateVolumes,
} from '@/db/postgres/queries/contract-prices'
import { readBookVersion, storePriceBook } from '@/db/postgres/queries/price-books'
import { insertPriceChanges, lockPriceBook, type PriceChangeDraft } from '@/db/postgres/queries/price-changes'
import type { Transaction } from '@/db/postgres/transaction'
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
import { spreadVolumes } from '@/lib/pricing/spread-volumes'

type Place = { provider: string; model: string }

/**
 * Adds a contract price. When it returns, every figure shows it, whatever is stored of the attempts it touches.
 * @returns the contract's id
 * @throws AppError `invalid_query` when the input says what no price can be; `unavailable` when a store does not answer:
 *   if the contract was stored (it is listed then), it takes effect as soon as both do.
 */
export async function addContractPrice(input: ContractInput, actor: Actor, now: Date = new Date()): Promise<number> {
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
        volumeTiers: terms.kind === 'volume' ? terms.tiers : null,
        authorName: actor.name,
        authorId: actor.kind === 'user' ? actor.id : null,
      })
      const after = await settleVolumes(tx, contract, before, now)
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
export async function revokeContractPrice(
  id: number,
  actor: Actor,
  reason: string,
  now: Date = new Date(),
): Promise<void> {
  if (reason.trim() === '') throw new AppError('invalid_query', 'Say why the price is revoked.')
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const contract = (await findLiveContracts(tx)).find((live) => live.id === id)
      if (!contract) throw new AppError('not_found', `No contract price ${id} is in force.`)
      const before = await readModelBook(tx, contract)
      await markContractRevoked(tx, id, { name: actor.name, reason: reason.trim() })
      const after = await settleVolumes(tx, contract, before, now)
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

/** What has been stored of a model's contracts, with its volumes as they are now, which are stored too. */
async function settleVolumes(tx: Transaction, place: Place, before: ModelBook, now: Date): Promise<ModelBook> {
  const stored = await readModelBook(tx, place)
  const after = await spreadVolumes(tx, place, before, stored, now)
  for (const { id, terms } of findMovedVolumes(stored, after)) await updateVolumes(tx, id, terms.months ?? [], now)
  return after
}

/** Volume schedules of `after` whose months are others than in `before`. */
function findMovedVolumes(before: ModelBook, after: ModelBook) {
  return after.contracts.flatMap(({ id, terms }) => {
    if (terms.kind !== 'volume') return []
    const was = before.contracts.find((contract) => contract.id === id)?.terms
    const isSame = was?.kind === 'volume' && isDeepStrictEqual(was.months, terms.months)
    return isSame ? [] : [{ id, terms }]
  })
}

/**
 * Brings the prices that a model's volume schedules come to up to what the ledger has now: late events, corrections and
 * deletions move the months that they fall in.
 * @param restMs schedules that have moved within so many milliseconds before `now` are let rest; 0: none
 * @returns whether prices moved
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function renewVolumes(place: Place, restMs: number, now: Date): Promise<boolean> {
  const isDue = async (db: Reader) => {
    const book = await readModelBook(db, place)
    const moved = findMovedVolumes(book, await spreadVolumes(db, place, book, book, now))
    return moved.some(({ terms: { countedAt } }) => {
      return restMs === 0 || !countedAt || now.getTime() - countedAt.getTime() >= restMs
    })
  }
  // Counted without the lock first: for the most part there is nothing to do.
  if (!(await withPostgres(isDue))) return false
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const before = await readModelBook(tx, place)
      const after = await settleVolumes(tx, place, before, now)
      await insertPriceChanges(tx, draftChanges(before, after, place, 'contract'))
    }),
  )
  await takeEffect()
  return true
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

function listModels(rows: readonly PriceRow[]): Place[] {
  return [...new Map(rows.map(({ provider, model }) => [`${provider}\u0000${model}`, { provider, model }])).values()]
}

function draftChanges(
  before: ModelBook,
  after: ModelBook,
  { provider, model }: Place,
  cause: PriceChangeDraft['cause'],
): PriceChangeDraft[] {
  return findPriceChanges(before, after).map(({ workspaceId, fromMs, toMs }) => {
    // Refused here rather than where attempts are read.
    toBook(layerRows(after, workspaceId))
    const [affectedFrom, affectedTo] = [fromMs, toMs].map((atMs) => (atMs === null ? null : new Date(atMs)))
    return { workspaceId, provider, model, affectedFrom: affectedFrom ?? null, affectedTo: affectedTo ?? null, cause }
  })
}

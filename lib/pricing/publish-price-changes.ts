import 'server-only'
import { queryRows } from '@/db/clickhouse/client'
import { findModelsInUse, insertPriceChangeStates } from '@/db/clickhouse/statements/price-changes'
import { withPostgres } from '@/db/postgres/client'
import {
  claimRevisions,
  closeUnpublished,
  confirmRevisions,
  findOpenPriceChanges,
  type PriceChangeRow,
} from '@/db/postgres/queries/price-changes'
import {
  OPEN_PRICE_CHANGES_SQL,
  type OpenPriceChange,
  openPriceChangeRow,
  toBook,
} from '@/lib/pricing/open-price-change'
import type { PriceBooks } from '@/lib/pricing/price-books'
import { layerRows } from '@/lib/pricing/price-layers'
import { readPriceBooks } from '@/lib/pricing/read-price-books'

/** How long after a change a process may still price what it stores by the books before it. */
export const SETTLE_MS = 45_000

/**
 * Puts every change that Postgres has and ClickHouse lacks where reading sees it. Changes of the list are put there for
 * the models that the ledger holds; those of other models are closed once no process can bring the first attempt of one
 * any more that is priced by the former list.
 * @throws AppError `unavailable` when a store does not answer; the next call goes on.
 */
export async function publishPriceChanges(settleMs: number = SETTLE_MS): Promise<void> {
  const { now, changes } = await findOpenPriceChanges('unpublished')
  if (changes.length === 0) return
  const inUse = await findModelsInUse(changes.filter(({ cause }) => cause === 'list'))
  const used = new Set(inUse.map(keyOf))
  const due = changes.filter((change) => change.cause !== 'list' || used.has(keyOf(change)))
  await publish(due)
  const settledMs = now.getTime() - settleMs
  const unused = changes.filter((change) => !due.includes(change) && change.createdAt.getTime() <= settledMs)
  await closeUnpublished(unused.map(({ id }) => id))
}

function keyOf({ provider, model }: { provider: string; model: string }): string {
  return JSON.stringify([provider, model])
}

async function publish(changes: readonly PriceChangeRow[]): Promise<void> {
  if (changes.length === 0) return
  const revisions = await claimRevisions(changes.map(({ id }) => id))
  const books = await withPostgres(readPriceBooks)
  await insertPriceChangeStates(toStates(changes, revisions, (change) => describeBook(books, change)))
  await confirmRevisions(revisions, 'publishedAt')
}

/**
 * Ends what reading makes of these changes, because the stored attempts say the same.
 * @throws AppError `unavailable` when a store does not answer; the next pass goes on.
 */
export async function closePriceChanges(changes: readonly PriceChangeRow[]): Promise<void> {
  if (changes.length === 0) return
  const revisions = await claimRevisions(changes.map(({ id }) => id))
  await insertPriceChangeStates(toStates(changes, revisions, () => null))
  await confirmRevisions(revisions, 'closedAt')
}

function toStates(
  changes: readonly PriceChangeRow[],
  revisions: ReadonlyMap<number, number>,
  bookOf: (change: PriceChangeRow) => string | null,
) {
  return changes.flatMap((change) => {
    const revision = revisions.get(change.id)
    const book = bookOf(change)
    return revision === undefined ? [] : [{ ...change, book: book ?? '[]', isRestamped: book === null, revision }]
  })
}

function describeBook(books: PriceBooks, { provider, model, workspaceId }: PriceChangeRow): string {
  return JSON.stringify(toBook(layerRows(books.bookOf(provider, model), workspaceId)))
}

/**
 * The open changes that touch these workspaces, for `repricedColumns`.
 * @throws AppError `unavailable` when ClickHouse does not answer.
 */
export async function readOpenPriceChanges(workspaceIds: readonly number[]): Promise<OpenPriceChange[]> {
  return await queryRows(openPriceChangeRow, OPEN_PRICE_CHANGES_SQL, { params: { priceWorkspaces: workspaceIds } })
}

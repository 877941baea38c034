import { type OpenPriceChange, toBook } from './open-price-change'
import type { PriceRow } from './price-book'
import { findPriceChanges, layerRows, type ModelBook } from './price-layers'

/** Above every id that a change of prices is stored under, so that what is assumed is the newest. */
const FIRST_ASSUMED_ID = 2 ** 40

/** A model's prices as they are, and as they would be. */
export type AssumedBook = { provider: string; model: string; before: ModelBook; after: ModelBook }

/**
 * The changes of prices that would be stored if these books changed so; pure. Throws for a unit price that the ledger
 * cannot hold exactly.
 */
export function assumePriceChanges(books: readonly AssumedBook[]): OpenPriceChange[] {
  return books
    .flatMap(({ provider, model, before, after }) =>
      findPriceChanges(before, after).map(({ workspaceId, fromMs, toMs }) => ({
        workspaceId,
        provider,
        model,
        affectedFromMs: fromMs,
        affectedToMs: toMs,
        rows: toBook(layerRows(after, workspaceId)),
      })),
    )
    .map((change, at) => ({ changeId: FIRST_ASSUMED_ID + at, ...change }))
}

/**
 * The changes that make these rows the prices of their models in a workspace at any time, whatever is stored; pure. Throws
 * for a unit price that the ledger cannot hold exactly.
 */
export function assumeRows(
  workspaceId: number,
  books: readonly { provider: string; model: string; rows: readonly PriceRow[] }[],
): OpenPriceChange[] {
  return books.map(({ provider, model, rows }, at) => ({
    changeId: FIRST_ASSUMED_ID + at,
    workspaceId,
    provider,
    model,
    affectedFromMs: null,
    affectedToMs: null,
    rows: toBook(rows),
  }))
}

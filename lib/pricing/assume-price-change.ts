import { type OpenPriceChange, toBook } from './open-price-change'
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

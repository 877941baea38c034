import 'server-only'
import { findModelsInUse } from '@/db/clickhouse/statements/price-changes'
import { withPostgres } from '@/db/postgres/client'
import { findLiveContracts } from '@/db/postgres/queries/contract-prices'
import { readBookFacts } from '@/db/postgres/queries/price-books'
import { listWorkspaces } from '@/db/postgres/queries/workspaces'
import { actorOf, authorizeOrganization, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { scopesForWorkspaces } from '@/lib/metrics/scope'
import { assumePriceChanges } from '@/lib/pricing/assume-price-change'
import { applyPriceList } from '@/lib/pricing/change-prices'
import { diffPriceLists } from '@/lib/pricing/diff-price-lists'
import { previewPriceChange } from '@/lib/pricing/preview-price-change'
import { createPriceBooks } from '@/lib/pricing/price-books'
import type { PriceListPreview } from '@/lib/pricing/price-list-preview'
import { readListInForce, toContractPrice } from '@/lib/pricing/read-price-books'
import { readUploadedList } from '@/lib/pricing/uploaded-list'

/** Most bytes of a list; that of the package has less than two million. */
export const MAX_LIST_BYTES = 8 * 1024 * 1024

/** Prices of a difference that are named; the others are counted. */
const MOST_NAMED = 1_000

/** Version, origin and age of the public list in force; null before the first start. */
export type ListFacts = NonNullable<Awaited<ReturnType<typeof readBookFacts>>>

/**
 * The list that all workspaces are priced by.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function readListFacts(): Promise<ListFacts | null> {
  return withPostgres(readBookFacts)
}

/**
 * What a list of genai-prices would change, and by how much which figure would move in all workspaces; nothing is stored.
 * @throws AppError `forbidden` to who is no organisation admin, `invalid_body`, `unavailable`.
 */
export async function previewPriceList(person: Person, json: unknown, now: Date): Promise<PriceListPreview> {
  await authorizeOrganization(person)
  const after = readUploadedList(json)
  const [before, contracts] = await withPostgres(async (db) => [
    await readListInForce(db),
    (await findLiveContracts(db)).map(toContractPrice),
  ])
  const places = new Map(
    [...before.rows, ...after.rows].map(({ provider, model }) => [`${provider}\u0000${model}`, { provider, model }]),
  )
  const [booksBefore, booksAfter] = [createPriceBooks(before, contracts), createPriceBooks(after, contracts)]
  const used = await findModelsInUse([...places.values()])
  const assumed = assumePriceChanges(
    used.map(({ provider, model }) => ({
      provider,
      model,
      before: booksBefore.bookOf(provider, model),
      after: booksAfter.bookOf(provider, model),
    })),
  )
  return {
    version: after.version,
    isInForce: after.version === before.version,
    difference: diffPriceLists(before, after, MOST_NAMED),
    preview: await previewPriceChange(assumed, await scopesForWorkspaces(await listWorkspaces()), now),
  }
}

/**
 * Brings a list of genai-prices into force, the very one that was previewed.
 * @param version what the preview said that it is
 * @throws AppError `forbidden`, `invalid_body`, `conflict` when it is another list than was previewed, `unavailable`.
 */
export async function uploadPriceList(
  person: Person,
  json: unknown,
  version: string,
  now: Date,
): Promise<{ changes: number }> {
  await authorizeOrganization(person)
  const book = readUploadedList(json)
  if (book.version !== version) {
    throw new AppError('conflict', 'This is another list than the one that was previewed. Preview it again.')
  }
  const { changes } = await applyPriceList(book, actorOf(person), now)
  return { changes }
}

import 'server-only'
import { and, asc, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import type { Reader } from '@/db/postgres/queries/contract-prices'
import { priceChanges } from '@/db/postgres/schema'

type Writer = Pick<ReturnType<typeof postgres>, 'insert' | 'execute'>

const ROWS_PER_INSERT = 500
const PRICE_BOOK_LOCK = 7_310_461

const changeRow = z.object({
  id: z.number(),
  workspaceId: z.number(),
  provider: z.string(),
  model: z.string(),
  rawProvider: z.string().nullable(),
  rawModel: z.string().nullable(),
  affectedFrom: z.date().nullable(),
  affectedTo: z.date().nullable(),
  cause: z.enum(['contract', 'list', 'alias']),
  createdAt: z.date(),
  publishedAt: z.date().nullable(),
  lastPassAt: z.date().nullable(),
  revision: z.number(),
})

/** A change of prices that is not closed. */
export type PriceChangeRow = z.output<typeof changeRow>

export type PriceChangeDraft = Pick<
  PriceChangeRow,
  'workspaceId' | 'provider' | 'model' | 'affectedFrom' | 'affectedTo' | 'cause'
> &
  Partial<Pick<PriceChangeRow, 'rawProvider' | 'rawModel'>>

/** Until the transaction ends nobody else changes prices, so that the ids of changes grow as they are committed. */
export async function lockPriceBook(db: Writer): Promise<void> {
  await db.execute(sql`SELECT pg_advisory_xact_lock(${PRICE_BOOK_LOCK})`)
}

/** Adds changes in their order. Call it under {@link lockPriceBook}. */
export async function insertPriceChanges(db: Writer, drafts: readonly PriceChangeDraft[]): Promise<void> {
  for (let from = 0; from < drafts.length; from += ROWS_PER_INSERT) {
    const chunk = drafts.slice(from, from + ROWS_PER_INSERT)
    await db.insert(priceChanges).values(chunk.map((draft) => ({ ...draft, createdAt: sql`clock_timestamp()` })))
  }
}

const clockRow = z.object({ now: z.coerce.date() })

/**
 * Changes that are not closed, oldest first, and the time at which they were read, by the clock of which their times are.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findOpenPriceChanges(
  which: 'published' | 'unpublished',
): Promise<{ now: Date; changes: PriceChangeRow[] }> {
  return await withPostgres(async (db) => {
    const { rows: clock } = await db.execute(sql`SELECT clock_timestamp() AS now`)
    const rows = await db
      .select()
      .from(priceChanges)
      .where(
        and(
          isNull(priceChanges.closedAt),
          which === 'published' ? isNotNull(priceChanges.publishedAt) : isNull(priceChanges.publishedAt),
        ),
      )
      .orderBy(asc(priceChanges.id))
    const now = z.array(clockRow).parse(clock)[0]?.now ?? new Date(0)
    return { now, changes: z.array(changeRow).parse(rows) }
  })
}

/**
 * Numbers the next statement about each change.
 * @returns the new revisions by id, of those that are not closed
 */
export async function claimRevisions(ids: readonly number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map()
  const rows = await withPostgres((db) =>
    db
      .update(priceChanges)
      .set({ revision: sql`${priceChanges.revision} + 1` })
      .where(and(inArray(priceChanges.id, [...ids]), isNull(priceChanges.closedAt)))
      .returning({ id: priceChanges.id, revision: priceChanges.revision }),
  )
  return new Map(rows.map((row) => [row.id, row.revision]))
}

/** Notes that these revisions stand in ClickHouse, as open or as closed, unless a later one has been claimed. */
export async function confirmRevisions(
  revisions: ReadonlyMap<number, number>,
  state: 'publishedAt' | 'closedAt',
): Promise<void> {
  if (revisions.size === 0) return
  const pairs = [...revisions].map(([id, revision]) => sql`(${id}::bigint, ${revision}::integer)`)
  await withPostgres((db) =>
    db
      .update(priceChanges)
      .set({ [state]: sql`clock_timestamp()` })
      .where(sql`(${priceChanges.id}, ${priceChanges.revision}) IN (${sql.join(pairs, sql`, `)})`),
  )
}

/** Closes changes that were never published because no stored attempt is of their model. */
export async function closeUnpublished(ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await withPostgres((db) =>
    db
      .update(priceChanges)
      .set({ closedAt: sql`clock_timestamp()` })
      .where(and(inArray(priceChanges.id, [...ids]), isNull(priceChanges.publishedAt))),
  )
}

/** Notes the end of a pass over the attempts of these changes. */
export async function notePass(ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await withPostgres((db) =>
    db
      .update(priceChanges)
      .set({ lastPassAt: sql`clock_timestamp()` })
      .where(inArray(priceChanges.id, [...ids])),
  )
}

/** Opens all changes after one again, to be published and gone over anew. */
export async function reopenPriceChanges(afterId: number): Promise<void> {
  await withPostgres((db) =>
    db
      .update(priceChanges)
      .set({ closedAt: null, publishedAt: null, lastPassAt: null, revision: sql`${priceChanges.revision} + 1` })
      .where(gt(priceChanges.id, afterId)),
  )
}

/** Id of the last change, 0 before the first: the version of the book. */
export async function readLastChangeId(db: Reader): Promise<number> {
  const [row] = await db.select({ id: sql<string>`coalesce(max(${priceChanges.id}), 0)` }).from(priceChanges)
  return z.coerce.number().int().parse(row?.id)
}

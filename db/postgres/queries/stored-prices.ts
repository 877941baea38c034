import 'server-only'
import { desc, inArray } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { prices } from '@/db/postgres/schema'

/** A row of `prices`. */
export const storedPriceRow = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  serviceTier: z.string(),
  region: z.string().nullable(),
  contextBand: z.union([z.literal('base'), z.templateLiteral(['>', z.number()])]),
  effectiveFrom: z.date().nullable(),
  effectiveTo: z.date().nullable(),
  dailyFrom: z.string().nullable(),
  dailyTo: z.string().nullable(),
  unitPrices: z.record(z.string(), z.string()),
  source: z.string(),
})

/** A price as some version of the book had it. */
export type StoredPriceRow = z.output<typeof storedPriceRow>

/**
 * All versions of these prices, the newest first, superseded ones included.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findStoredPrices(ids: readonly string[]): Promise<StoredPriceRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(prices)
      .where(inArray(prices.id, [...ids]))
      .orderBy(desc(prices.loadedAt)),
  )
  return z.array(storedPriceRow).parse(rows)
}

import 'server-only'
import { and, desc, eq, lte } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { exchangeRates } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

const rateRow = z.object({
  id: z.number(),
  currency: z.string(),
  day: z.string(),
  rateToUsd: z.string(),
  source: z.string(),
  authorName: z.string(),
  createdAt: z.date(),
})

/** A rate as somebody entered it. */
export type ExchangeRateRow = z.output<typeof rateRow>

/**
 * The newest rates by day, those entered later first.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listRates(most: number): Promise<ExchangeRateRow[]> {
  const rows = await withPostgres((db) =>
    db.select().from(exchangeRates).orderBy(desc(exchangeRates.day), desc(exchangeRates.id)).limit(most),
  )
  return z.array(rateRow).parse(rows)
}

/**
 * The rate of a currency on a day or the last before it, whichever was entered last of that day; none or one.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findRatesUntil(currency: string, day: string): Promise<ExchangeRateRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(exchangeRates)
      .where(and(eq(exchangeRates.currency, currency), lte(exchangeRates.day, day)))
      .orderBy(desc(exchangeRates.day), desc(exchangeRates.id))
      .limit(1),
  )
  return z.array(rateRow).parse(rows)
}

/**
 * Currencies that have a rate, by code.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listCurrencies(): Promise<string[]> {
  const rows = await withPostgres((db) =>
    db.selectDistinct({ currency: exchangeRates.currency }).from(exchangeRates).orderBy(exchangeRates.currency),
  )
  return rows.map(({ currency }) => currency)
}

export async function insertRates(
  tx: Transaction,
  rates: readonly Omit<typeof exchangeRates.$inferInsert, 'id' | 'createdAt'>[],
): Promise<void> {
  for (let from = 0; from < rates.length; from += 1_000) {
    await tx.insert(exchangeRates).values(rates.slice(from, from + 1_000))
  }
}

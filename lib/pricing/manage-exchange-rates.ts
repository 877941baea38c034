import 'server-only'
import { findRatesUntil, insertRates } from '@/db/postgres/queries/exchange-rates'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeOrganization, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { type ExchangeRate, findRate, type StoredRate } from '@/lib/pricing/exchange-rates'

/** In an entry of the audit log; of more only their number. */
const MOST_NAMED = 20

/**
 * Stores rates. What was converted by other rates stays as it was.
 * @throws AppError `forbidden` to who is no organisation admin, `unavailable`.
 */
export async function addRates(person: Person, rates: readonly ExchangeRate[]): Promise<void> {
  await authorizeOrganization(person)
  const [first] = rates
  if (!first) return
  await inTransaction(async (tx) => {
    await insertRates(
      tx,
      rates.map((rate) => ({ ...rate, authorName: person.name, authorId: person.id })),
    )
    const name = rates.length === 1 ? `${first.currency} of ${first.day}` : `${rates.length} exchange rates`
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: null,
        action: 'exchange_rate.added',
        target: { kind: 'exchange_rate', name },
        after:
          rates.length > MOST_NAMED
            ? { count: rates.length, currencies: [...new Set(rates.map(({ currency }) => currency))] }
            : {
                rates: rates.map(({ currency, day, rateToUsd, source }) => `${currency} ${day} ${rateToUsd} ${source}`),
              },
      },
      tx,
    )
  })
}

/**
 * The stored rate that converts a price which begins to hold on a day: the day's, else the last earlier one, marked.
 * @throws AppError `invalid_query` when there is none, `unavailable`.
 */
export async function requireRate(currency: string, day: string): Promise<StoredRate & { isEarlier: boolean }> {
  const rate = findRate(await findRatesUntil(currency, day), currency, day)
  if (rate) return rate
  throw new AppError(
    'invalid_query',
    `No exchange rate of ${currency} is stored for ${day} or before. An organisation admin enters it under Price list.`,
    { details: { errors: { currency: `No rate for ${day} or before.` } } },
  )
}

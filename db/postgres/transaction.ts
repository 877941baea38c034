import 'server-only'
import { type postgres, withPostgres } from '@/db/postgres/client'

/** A transaction of Postgres: what is done through it is stored together or not at all. */
export type Transaction = Parameters<Parameters<ReturnType<typeof postgres>['transaction']>[0]>[0]

/**
 * Runs statements as one transaction; whatever is thrown undoes all of them.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function inTransaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T> {
  return withPostgres((db) => db.transaction(run))
}

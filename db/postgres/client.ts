import 'server-only'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import * as schema from '@/db/postgres/schema'
import { readEnv } from '@/lib/env'
import { AppError, unavailable } from '@/lib/errors'

let pool: Pool | null = null
let database: NodePgDatabase<typeof schema> | null = null

/** The process's Postgres database through Drizzle. Connects on first use. */
export function postgres(): NodePgDatabase<typeof schema> {
  if (database) return database
  pool = new Pool({
    connectionString: readEnv().DATABASE_URL,
    max: 8,
    connectionTimeoutMillis: 3_000,
    query_timeout: 15_000,
    keepAlive: true,
  })
  // An idle connection that breaks is replaced by the pool; without a listener the error would end the process.
  pool.on('error', () => {})
  database = drizzle(pool, { schema })
  return database
}

/**
 * Runs a statement and turns "no connection" into a typed error.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function withPostgres<T>(run: (db: NodePgDatabase<typeof schema>) => Promise<T>): Promise<T> {
  try {
    return await run(postgres())
  } catch (error) {
    throw isConnectionFailure(error) ? unavailable('The settings store (Postgres)', error) : error
  }
}

function isConnectionFailure(error: unknown): boolean {
  if (error instanceof AppError || !(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|57P0|53|08)/.test(code)) return true
  if (/timeout|terminated|Connection/.test(error.message)) return true
  return error.cause !== undefined && isConnectionFailure(error.cause)
}

/** Whether Postgres answers within `timeoutMs`. */
export async function pingPostgres(timeoutMs: number): Promise<boolean> {
  const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref())
  const answer = postgres()
    .execute('SELECT 1')
    .then(
      () => true,
      () => false,
    )
  return Promise.race([answer, timeout])
}

/** Closes the pool of this process. */
export async function closePostgres(): Promise<void> {
  await pool?.end()
  pool = null
  database = null
}

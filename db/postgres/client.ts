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
 * Runs a statement and turns "no connection" and "no such text" into typed errors.
 * @throws AppError `unavailable` when Postgres does not answer, `invalid_body` for a text with a NUL character.
 */
export async function withPostgres<T>(run: (db: NodePgDatabase<typeof schema>) => Promise<T>): Promise<T> {
  try {
    return await run(postgres())
  } catch (error) {
    if (isTextRefused(error)) {
      throw new AppError('invalid_body', 'A text holds a NUL character, which cannot be kept. Leave it out.', {
        cause: error,
      })
    }
    throw isConnectionFailure(error) ? unavailable('The settings store (Postgres)', error) : error
  }
}

/** A NUL character, in a text (22021) or in JSON (22P05). */
function isTextRefused(error: unknown): boolean {
  if (error instanceof AppError || !(error instanceof Error)) return false
  if ('code' in error && (error.code === '22021' || error.code === '22P05')) return true
  return isTextRefused(error.cause)
}

function isConnectionFailure(error: unknown): boolean {
  if (error instanceof AppError || !(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|57P0|53|08)/.test(code)) return true
  if (/timeout|terminated|Connection/.test(error.message)) return true
  return error.cause !== undefined && isConnectionFailure(error.cause)
}

/** Closes the pool of this process. */
export async function closePostgres(): Promise<void> {
  await pool?.end()
  pool = null
  database = null
}

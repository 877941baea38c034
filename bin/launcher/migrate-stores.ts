import { say } from '@/bin/launcher/say'
import { closeClickHouse } from '@/db/clickhouse/client'
import { migrateClickhouse } from '@/db/clickhouse/migrate'
import { LaunchError } from '@/db/embedded/launch-error'
import { closePostgres } from '@/db/postgres/client'
import { migratePostgres } from '@/db/postgres/migrate'
import { AppError } from '@/lib/errors'

const WAIT_MS = 30_000
const RETRY_MS = 1_000

/**
 * Brings both schemas up to date. Servers that are still starting are waited for.
 * @throws LaunchError when one does not answer
 */
export async function migrateStores(): Promise<void> {
  try {
    await whenAvailable('CLICKHOUSE_URL', () => migrateClickhouse(say))
    await whenAvailable('DATABASE_URL', migratePostgres)
  } finally {
    await Promise.all([closeClickHouse(), closePostgres()])
  }
}

async function whenAvailable(variable: string, migrate: () => Promise<void>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await migrate()
    } catch (error) {
      const reason = connectionFailure(error)
      if (reason === null) throw error
      const address = withoutPassword(process.env[variable] ?? '')
      if (performance.now() > deadlineMs) {
        throw new LaunchError(`${address} does not answer (${reason}). Start it, or correct ${variable}.`)
      }
      if (isFirst) say(`Waiting for ${address}`)
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

function connectionFailure(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if (error instanceof AppError && error.code === 'unavailable') return connectionFailure(error.cause) ?? 'no answer'
  if ('code' in error && typeof error.code === 'string' && /^(E[A-Z_]+|57P0\d)$/.test(error.code)) return error.code
  return error.cause === undefined ? null : connectionFailure(error.cause)
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

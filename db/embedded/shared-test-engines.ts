import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngines } from '@/db/embedded/start-engines'

/**
 * The engines of the integration tests: one fresh, migrated pair for all files. Each test mints its own workspace.
 * @returns what ends them
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-test-'))
  const engines = await startEngines({ dataDir, purpose: 'the integration tests' })
  process.env.CLICKHOUSE_URL = engines.clickhouseUrl
  process.env.CLICKHOUSE_READ_URL = engines.clickhouseReadUrl
  process.env.DATABASE_URL = engines.databaseUrl
  process.env.AUTH_SECRET = 'a secret of the integration tests only'
  process.env.FARTHING_ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64')
  const [{ migrateClickhouse }, { migratePostgres }, { closeClickHouse }, { closePostgres }] = await Promise.all([
    import('@/db/clickhouse/migrate'),
    import('@/db/postgres/migrate'),
    import('@/db/clickhouse/client'),
    import('@/db/postgres/client'),
  ])
  try {
    await Promise.all([migrateClickhouse(), migratePostgres()])
  } catch (error) {
    await engines.stop()
    throw error
  } finally {
    await Promise.all([closeClickHouse(), closePostgres()])
  }
  return async () => {
    await engines.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

import 'server-only'
import { migrateClickhouse } from '@/db/clickhouse/migrate'
import { readOrCreateSecrets } from '@/db/embedded/secrets'
import { connectOrStartEngines } from '@/db/embedded/start-engines'
import { migratePostgres } from '@/db/postgres/migrate'

/**
 * Points this process at the stores of an installation: the configured servers, else the embedded engines of its data
 * directory, those of a running instance included.
 * @param purpose what holds the directory, should nothing else
 * @throws LaunchError when an engine does not come up
 */
export async function connectEngines(dataDir: string | undefined, purpose: string): Promise<{ stop(): Promise<void> }> {
  if (process.env.CLICKHOUSE_URL && process.env.DATABASE_URL) return { stop: async () => {} }
  const directory = dataDir ?? process.env.FARTHING_DATA_DIR ?? '.farthing'
  const engines = await connectOrStartEngines({
    dataDir: directory,
    purpose,
    onProgress: (line) => console.error(line),
  })
  process.env.CLICKHOUSE_URL = engines.clickhouseUrl
  process.env.CLICKHOUSE_READ_URL = engines.clickhouseReadUrl
  process.env.DATABASE_URL = engines.databaseUrl
  // Erased users are known by hashes with a key of it.
  process.env.AUTH_SECRET ||= readOrCreateSecrets(directory).auth
  await migrateClickhouse()
  await migratePostgres()
  return engines
}

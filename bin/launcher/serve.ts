import { ensureBuild } from '@/bin/launcher/ensure-build'
import { migrateStores } from '@/bin/launcher/migrate-stores'
import { requireFreePort } from '@/bin/launcher/require-free-port'
import type { Lifecycle } from '@/bin/launcher/run-command'
import { say, sayWhile } from '@/bin/launcher/say'
import type { Settings } from '@/bin/launcher/settings'
import { startWebServer } from '@/bin/launcher/web-server'
import { lockDataDirectory } from '@/db/embedded/data-directory'
import { endOrphans, pidFileOf } from '@/db/embedded/orphans'
import { readOrCreateSecrets } from '@/db/embedded/secrets'
import { startEngines } from '@/db/embedded/start-engines'

/**
 * Starts an instance: locks its data directory, builds if need be, starts the embedded engines (or uses the servers that
 * the settings name), migrates, and serves. Returns when it is ready; everything ends with the lifecycle.
 * @param options.prepare runs between the migration and the first request
 */
export async function serve(
  lifecycle: Lifecycle,
  options: {
    name: string
    mode: 'start' | 'dev'
    engines: 'embedded' | 'configured'
    settings: Settings
    prepare?: () => Promise<void>
  },
): Promise<void> {
  const { settings, mode } = options
  const isEmbedded = options.engines === 'embedded' || !process.env.CLICKHOUSE_URL
  const directory = isEmbedded
    ? await lockDataDirectory({ dataDir: settings.dataDir, purpose: `npm run ${options.name} on ${settings.localUrl}` })
    : null
  if (directory) {
    lifecycle.defer(() => directory.release())
    await endOrphans(directory.path)
  }
  await requireFreePort(settings.port, settings.host)
  if (mode === 'start') await ensureBuild(lifecycle)

  const env = { ...process.env }
  if (directory) {
    const engines = await sayWhile('Starting the embedded ClickHouse and PostgreSQL', () =>
      startEngines({ dataDir: directory.path, directory, onProgress: say }),
    )
    lifecycle.defer(() => engines.stop())
    env.CLICKHOUSE_URL = engines.clickhouseUrl
    env.CLICKHOUSE_READ_URL = engines.clickhouseReadUrl
    env.DATABASE_URL = engines.databaseUrl
    const secrets = readOrCreateSecrets(directory.path)
    env.AUTH_SECRET ||= secrets.auth
    env.FARTHING_ENCRYPTION_KEY ||= secrets.encryption
  }
  env.FARTHING_PUBLIC_URL = settings.publicUrl
  env.FARTHING_DATA_DIR = settings.dataDir
  env.PORT = String(settings.port)
  Object.assign(process.env, env)

  await migrateStores()
  await options.prepare?.()
  const web = await sayWhile('Starting the web server', () =>
    startWebServer({ mode, settings, env, pidFile: directory ? pidFileOf(directory.path, 'web') : undefined }),
  )
  lifecycle.defer(() => web.stop())
}

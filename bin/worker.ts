import { migrateStores } from '@/bin/launcher/migrate-stores'
import { runCommand } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { readSettings } from '@/bin/launcher/settings'
import { readOrCreateSecrets } from '@/db/embedded/secrets'
import { connectOrStartEngines } from '@/db/embedded/start-engines'
import { startAlertWorker } from '@/lib/alerts/worker'
import { EVALUATORS } from '@/lib/boot/evaluators'

/** Evaluates, escalates and sends alerts without serving anything: beside `npm start`, or on a machine of its own. */
runCommand(async (lifecycle) => {
  const settings = readSettings(null)
  process.env.FARTHING_PUBLIC_URL ||= settings.publicUrl
  if (!process.env.DATABASE_URL) {
    const engines = await connectOrStartEngines({
      dataDir: settings.dataDir,
      purpose: 'npm run worker',
      onProgress: say,
    })
    lifecycle.defer(() => engines.stop())
    process.env.CLICKHOUSE_URL = engines.clickhouseUrl
    process.env.CLICKHOUSE_READ_URL = engines.clickhouseReadUrl
    process.env.DATABASE_URL = engines.databaseUrl
    const secrets = readOrCreateSecrets(settings.dataDir)
    process.env.AUTH_SECRET ||= secrets.auth
    process.env.FARTHING_ENCRYPTION_KEY ||= secrets.encryption
  }
  await migrateStores()
  const stop = startAlertWorker(EVALUATORS)
  lifecycle.defer(stop)
  say('The worker is ready')
  // Its turns alone do not keep a process alive.
  const alive = setInterval(() => {}, 3_600_000)
  lifecycle.defer(() => clearInterval(alive))
  return new Promise<never>(() => {})
})

import 'server-only'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { KEY_DEFAULTS, type KeyName, WORKSPACES, type WorkspaceName } from '@/bench/exactness/sent-event'
import { ensureBuild } from '@/bin/launcher/ensure-build'
import { migrateStores } from '@/bin/launcher/migrate-stores'
import type { Lifecycle } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { startWebServer } from '@/bin/launcher/web-server'
import { findFreePort } from '@/db/embedded/free-port'
import { pidFileOf } from '@/db/embedded/orphans'
import { readOrCreateSecrets } from '@/db/embedded/secrets'
import { startEngines } from '@/db/embedded/start-engines'
import { closePostgres } from '@/db/postgres/client'
import { applyProvision } from '@/lib/auth/provision'

export type KillTarget = 'app' | 'ClickHouse' | 'PostgreSQL'

export type Instance = {
  /** One address per app process. */
  urls: [string, ...string[]]
  /**
   * kill -9; whoever keeps the process running starts it again.
   * @returns false when it was not running just then
   */
  kill(target: KillTarget, app: number): boolean
}

const WRITERS = ['sdk', 'edge'] as const
const identity = z.object({ pid: z.number() })

/** The secret of a workspace's key in these instances, which live as long as a run. */
export function secretOf(workspace: WorkspaceName, key: KeyName | 'reader'): string {
  return `fk_exactness-${workspace}-${key}-000000000000000000000000`
}

/** Engines of their own and app processes in front of them, as in production, with two workspaces. */
export async function startInstance(lifecycle: Lifecycle, apps: number): Promise<Instance> {
  await ensureBuild(lifecycle)
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-exactness-'))
  lifecycle.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const engines = await startEngines({ dataDir, purpose: 'the exactness suite', onProgress: say })
  lifecycle.defer(() => engines.stop())
  Object.assign(process.env, {
    CLICKHOUSE_URL: engines.clickhouseUrl,
    CLICKHOUSE_READ_URL: engines.clickhouseReadUrl,
    DATABASE_URL: engines.databaseUrl,
    AUTH_SECRET: readOrCreateSecrets(dataDir).auth,
    AUTH_TRUST_HOST: 'true',
    FARTHING_DATA_DIR: dataDir,
    FARTHING_PROVISION: '',
    LOG_LEVEL: 'error',
  })
  await migrateStores()
  await provisionWorkspaces()
  await closePostgres()
  const processes = await startApps(lifecycle, dataDir, apps)
  const [first, ...others] = processes.map(({ url }) => url)
  if (first === undefined) throw new Error('no app process')
  return {
    urls: [first, ...others],
    kill(target, app) {
      const { clickhouse, postgres } = engines.pids()
      const pid =
        target === 'ClickHouse'
          ? clickhouse
          : target === 'PostgreSQL'
            ? postgres
            : readPid(processes[app % processes.length]?.pidFile)
      if (pid === undefined) return false
      try {
        process.kill(pid, 'SIGKILL')
        return true
      } catch {
        return false
      }
    },
  }
}

/** Creates the workspaces and keys of the suite in the stores that the settings name. */
export async function provisionWorkspaces(): Promise<void> {
  await applyProvision({
    workspaces: WORKSPACES.map(({ slug, ...workspace }) => ({
      ...workspace,
      slug,
      name: slug,
      keys: [
        ...WRITERS.map((name) => ({ name, secret: secretOf(slug, name), scopes: ['ingest' as const], ...fixed(name) })),
        { name: 'reader', secret: secretOf(slug, 'reader'), scopes: ['read' as const] },
      ],
    })),
  })
}

async function startApps(lifecycle: Lifecycle, dataDir: string, apps: number) {
  const processes: { url: string; pidFile: string }[] = []
  for (let app = 0; app < apps; app += 1) {
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}`
    const pidFile = pidFileOf(dataDir, `web-${app}`)
    const settings = { port, host: '127.0.0.1', publicUrl: url, localUrl: url, dataDir }
    const env = { ...process.env, PORT: String(port), FARTHING_PUBLIC_URL: url }
    const web = await startWebServer({ mode: 'start', settings, env, pidFile })
    lifecycle.defer(() => web.stop())
    processes.push({ url, pidFile })
  }
  return processes
}

function fixed(key: KeyName): { environment?: 'prod'; dataMode?: 'real' } {
  return KEY_DEFAULTS[key].environment === 'prod' ? { environment: 'prod', dataMode: 'real' } : {}
}

function readPid(file: string | undefined): number | undefined {
  try {
    return file === undefined ? undefined : identity.parse(JSON.parse(readFileSync(file, 'utf8'))).pid
  } catch {
    return undefined
  }
}

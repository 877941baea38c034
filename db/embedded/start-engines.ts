import 'server-only'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { z } from 'zod'
import { askClickhouse } from '@/db/embedded/ask-clickhouse.mjs'
import {
  APP_DATABASE,
  type EngineCluster,
  engineMemoryBytes,
  READER,
  renderServerConfig,
  renderUsersConfig,
  WRITER,
} from '@/db/embedded/clickhouse-config'
import { type DataDirectory, DirectoryInUseError, lockDataDirectory } from '@/db/embedded/data-directory'
import { findFreePort } from '@/db/embedded/free-port'
import { LaunchError } from '@/db/embedded/launch-error'
import { endOrphans, pidFileOf } from '@/db/embedded/orphans'
import { readOrCreateSecrets, type Secrets, writePrivateFile } from '@/db/embedded/secrets'
import { type Supervised, supervise } from '@/db/embedded/supervise'

const PROBE_MS = 5_000
const JOIN_MS = 60_000
const JOIN_POLL_MS = 250

const urlsSchema = z.object({ clickhouseUrl: z.string(), clickhouseReadUrl: z.string(), databaseUrl: z.string() })

export type EngineUrls = z.infer<typeof urlsSchema>

export type Engines = EngineUrls & {
  /** Process ids at this moment; an engine that is being restarted has none. */
  pids(): { clickhouse: number | undefined; postgres: number | undefined }
  stop(): Promise<void>
}

/**
 * Starts ClickHouse and PostgreSQL as child processes on loopback ports, waits until both answer, and keeps them running.
 * @param options.directory a lock taken before; otherwise it is taken and given back here
 * @throws LaunchError when the directory is in use or an engine does not come up
 */
export async function startEngines(options: {
  dataDir: string
  purpose?: string
  directory?: DataDirectory
  onProgress?: (line: string) => void
}): Promise<Engines> {
  const { onProgress = () => {} } = options
  const directory =
    options.directory ??
    (await lockDataDirectory({ dataDir: options.dataDir, purpose: options.purpose ?? 'the embedded engines' }))
  const release = () => {
    if (!options.directory) directory.release()
  }
  try {
    await endOrphans(directory.path)
    return await startBoth(directory.path, onProgress, release)
  } catch (error) {
    release()
    throw error
  }
}

/**
 * The engines of a data directory: those of the instance that holds it, else some of our own, which end with `stop()`.
 * @throws LaunchError as {@link startEngines}, or when the holder's engines do not answer
 */
export async function connectOrStartEngines(options: {
  dataDir: string
  purpose?: string
  onProgress?: (line: string) => void
}): Promise<EngineUrls & { stop(): Promise<void> }> {
  const deadlineMs = performance.now() + JOIN_MS
  for (;;) {
    const running = readRunning(options.dataDir)
    if (running && (await answersAt(running))) return { ...running, stop: async () => {} }
    try {
      return await startEngines(options)
    } catch (error) {
      // Whoever holds the directory may be starting its engines at this moment.
      if (!(error instanceof DirectoryInUseError) || performance.now() > deadlineMs) throw error
    }
    await new Promise((done) => setTimeout(done, JOIN_POLL_MS))
  }
}

async function startBoth(dataDir: string, onProgress: (line: string) => void, release: () => void): Promise<Engines> {
  const secrets = readOrCreateSecrets(dataDir)
  const [clickhousePort, postgresPort] = [await findFreePort(), await findFreePort()]
  const urls = engineUrls(secrets, clickhousePort, postgresPort)
  const started = await Promise.allSettled([
    startClickhouse({ dataDir, port: clickhousePort, secrets, urls, onProgress }),
    startPostgres({ dataDir, port: postgresPort, secrets, urls, onProgress }),
  ])
  const [clickhouse, postgres] = started
  if (clickhouse.status === 'rejected' || postgres.status === 'rejected') {
    await Promise.all(started.map((engine) => engine.status === 'fulfilled' && engine.value.stop()))
    throw started.find((engine) => engine.status === 'rejected')?.reason
  }
  writePrivateFile(runningFile(dataDir), JSON.stringify(urls))
  let stopped: Promise<void> | undefined
  return {
    ...urls,
    pids: () => ({ clickhouse: clickhouse.value.pid(), postgres: postgres.value.pid() }),
    stop() {
      stopped ??= (async () => {
        rmSync(runningFile(dataDir), { force: true })
        await Promise.all([clickhouse.value.stop(), postgres.value.stop()])
        release()
      })()
      return stopped
    },
  }
}

export type Shards = {
  clickhouseUrl: string
  clickhouseReadUrl: string
  /** As CLICKHOUSE_CLUSTER and CLICKHOUSE_CLUSTER_URLS take them. */
  cluster: string
  clusterUrls: string
  stop(): Promise<void>
}

/**
 * Starts several ClickHouse engines that know each other as the shards of a cluster. They have no keeper, so each shard
 * is one engine.
 * @throws LaunchError when an engine does not come up
 */
export async function startShards(options: { dataDir: string; shards: number }): Promise<Shards> {
  const secrets = readOrCreateSecrets(options.dataDir)
  const ports: { port: number; tcpPort: number }[] = []
  while (ports.length < options.shards) ports.push({ port: await findFreePort(), tcpPort: await findFreePort() })
  const urls = ports.map(({ port }) => engineUrls(secrets, port, 0))
  const name = 'farthing'
  const started = await Promise.allSettled(
    ports.map(({ port, tcpPort }, index) => {
      const cluster = {
        name,
        tcpPort,
        shardPorts: ports.map((each) => each.tcpPort),
        writerPassword: secrets.clickhouseWriter,
      }
      const dataDir = join(options.dataDir, `shard-${index + 1}`)
      return startClickhouse({
        dataDir,
        port,
        secrets,
        urls: urls[index] ?? engineUrls(secrets, port, 0),
        onProgress: () => {},
        cluster,
      })
    }),
  )
  const stop = async () => {
    await Promise.all(started.map((engine) => engine.status === 'fulfilled' && engine.value.stop()))
  }
  const failed = started.find((engine) => engine.status === 'rejected')
  const [first] = urls
  if (failed || !first) {
    await stop()
    throw failed?.reason ?? new LaunchError('A cluster has at least one shard.')
  }
  return {
    clickhouseUrl: first.clickhouseUrl,
    clickhouseReadUrl: first.clickhouseReadUrl,
    cluster: name,
    clusterUrls: ports.map(({ port }) => `http://127.0.0.1:${port}`).join(','),
    stop,
  }
}

type EngineOptions = {
  dataDir: string
  port: number
  secrets: Secrets
  urls: Omit<EngineUrls, 'databaseUrl'>
  onProgress: (line: string) => void
}

async function startClickhouse({
  dataDir,
  port,
  secrets,
  urls,
  onProgress,
  cluster,
}: EngineOptions & { cluster?: EngineCluster }): Promise<Supervised> {
  const directory = join(dataDir, 'clickhouse')
  const usersFile = join(directory, 'users.xml')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const memoryBytes = engineMemoryBytes(Math.min(totalmem(), process.constrainedMemory() || totalmem()))
  writePrivateFile(join(directory, 'config.xml'), renderServerConfig({ port, usersFile, memoryBytes, cluster }))
  writePrivateFile(
    usersFile,
    renderUsersConfig({ writerPassword: secrets.clickhouseWriter, readerPassword: secrets.clickhouseReader }),
  )
  writePrivateFile(join(directory, 'authorization'), basicAuthorization(WRITER, secrets.clickhouseWriter))
  const engine = await supervise({
    name: 'ClickHouse',
    script: fileURLToPath(new URL('clickhouse-engine.mjs', import.meta.url)),
    args: [directory, String(port), pidFileOf(dataDir, 'clickhouse')],
    cwd: directory,
    answers: () => clickhouseAnswers(urls.clickhouseUrl),
    onProgress,
  })
  const created = await askAt(urls.clickhouseUrl, `CREATE DATABASE IF NOT EXISTS ${APP_DATABASE} ENGINE = Atomic`)
  if (created.ok) return engine
  await engine.stop()
  throw new LaunchError(`ClickHouse cannot create its database: ${created.text.split('\n')[0]}`)
}

async function startPostgres({
  dataDir,
  port,
  secrets,
  urls,
  onProgress,
}: EngineOptions & { urls: EngineUrls }): Promise<Supervised> {
  const directory = join(dataDir, 'postgres')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writePrivateFile(join(directory, 'password'), secrets.postgres)
  return supervise({
    name: 'PostgreSQL',
    script: fileURLToPath(new URL('postgres-engine.mjs', import.meta.url)),
    args: [directory, String(port), pidFileOf(dataDir, 'postgres')],
    cwd: directory,
    answers: () => postgresAnswers(urls.databaseUrl),
    onProgress,
  })
}

function engineUrls(secrets: Secrets, clickhousePort: number, postgresPort: number): EngineUrls {
  const clickhouse = (user: string, password: string) =>
    `http://${user}:${password}@127.0.0.1:${clickhousePort}/${APP_DATABASE}`
  return {
    clickhouseUrl: clickhouse(WRITER, secrets.clickhouseWriter),
    clickhouseReadUrl: clickhouse(READER, secrets.clickhouseReader),
    databaseUrl: `postgresql://postgres:${secrets.postgres}@127.0.0.1:${postgresPort}/postgres`,
  }
}

function runningFile(dataDir: string): string {
  return join(resolve(dataDir), 'engines.json')
}

function readRunning(dataDir: string): EngineUrls | null {
  try {
    return urlsSchema.parse(JSON.parse(readFileSync(runningFile(dataDir), 'utf8')))
  } catch {
    return null
  }
}

async function answersAt(urls: EngineUrls): Promise<boolean> {
  const answers = await Promise.all([clickhouseAnswers(urls.clickhouseReadUrl), postgresAnswers(urls.databaseUrl)])
  return answers.every(Boolean)
}

async function clickhouseAnswers(url: string): Promise<boolean> {
  try {
    return (await askAt(url, 'SELECT 1')).ok
  } catch {
    return false
  }
}

function askAt(url: string, sql: string): Promise<{ ok: boolean; text: string }> {
  const { port, username, password } = new URL(url)
  return askClickhouse({
    port: Number(port),
    authorization: basicAuthorization(username, password),
    sql,
    timeoutMs: PROBE_MS,
  })
}

async function postgresAnswers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    client.end().catch(() => {})
  }
}

function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

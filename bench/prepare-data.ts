import 'server-only'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { showCount } from '@/bench/format-figures'
import { generateAttemptsSql, listModelRows } from '@/bench/generate-attempts'
import { loadAttempts, ROWS_PER_STATEMENT } from '@/bench/load-attempts'
import { fillPeer, type Peer } from '@/bench/peers'
import { lastDays } from '@/bench/questions'
import { BLOCK, DAY_MS, DAYS, INGEST_SLUG, secretOf, WORKSPACE_SLUGS } from '@/bench/world'
import { migrateStores } from '@/bin/launcher/migrate-stores'
import type { Lifecycle } from '@/bin/launcher/run-command'
import { say, sayWhile } from '@/bin/launcher/say'
import { closeClickHouse, queryRows, runCommand } from '@/db/clickhouse/client'
import { migrations } from '@/db/clickhouse/migrations'
import { startEngines } from '@/db/embedded/start-engines'
import { closePostgres } from '@/db/postgres/client'
import { listApiKeyNames } from '@/db/postgres/queries/api-key-names'
import { listWorkspaces } from '@/db/postgres/queries/workspaces'
import { applyProvision } from '@/lib/auth/provision'
import { AppError } from '@/lib/errors'
import { reconcile } from '@/lib/ledger/reconcile'
import { ROLLUPS } from '@/lib/metrics/rollups'
import { createPriceIndex, loadListPriceBook } from '@/lib/pricing/price-book'

const MIN_ATTEMPTS = 20_000
const MERGE_POLL_MS = 200
/** How often partitions are tried that the engine leaves in several parts, for want of disk perhaps. */
const MAX_ROUNDS = 3

const loadedSchema = z.object({
  /** Of what the data were made of: another one means that they are loaded anew. */
  fingerprint: z.string(),
  attempts: z.number(),
  /** Start of the last UTC day that has attempts. */
  lastDayMs: z.number(),
  workspaces: z.array(z.object({ slug: z.string(), id: z.number() })),
  loadMs: z.number(),
  settleMs: z.number(),
  reconcileMs: z.number(),
  builtDays: z.number(),
  peers: z.array(z.object({ name: z.string(), durationMs: z.number(), rows: z.number() })),
})

/** Data that were loaded, and how long it took. */
export type LoadedData = z.infer<typeof loadedSchema> & { directory: string }

/**
 * Data of a size: those of an earlier run when they were made of the same schema, generator and layouts, else loaded now.
 * @throws Error when the size is too small, or no whole number of blocks
 */
export async function prepareData(
  lifecycle: Lifecycle,
  options: { attempts: number; directory: string; isFresh: boolean; peers: readonly Peer[] },
): Promise<LoadedData> {
  const { attempts, isFresh, peers } = options
  if (attempts < MIN_ATTEMPTS || attempts % BLOCK !== 0)
    throw new Error(`--attempts must be at least ${showCount(MIN_ATTEMPTS)} and a multiple of ${BLOCK}`)
  const directory = join(options.directory, `data-${attempts}`)
  const noteFile = join(directory, 'bench.json')
  const fingerprint = fingerprintOf(attempts, peers)
  const known = isFresh ? null : readNote(noteFile)
  if (known?.fingerprint === fingerprint) {
    say(`Using the ${showCount(attempts)} attempts of an earlier run`)
    return { ...known, directory }
  }
  rmSync(directory, { recursive: true, force: true })
  const loaded = { ...(await load(lifecycle, attempts, directory, peers)), fingerprint }
  writeFileSync(noteFile, JSON.stringify(loaded))
  return { ...loaded, directory }
}

function fingerprintOf(attempts: number, peers: readonly Peer[]): string {
  const workspaces = WORKSPACE_SLUGS.map((_, index) => ({ id: index, apiKeyId: index }))
  const parts = [
    migrations,
    generateAttemptsSql({ attempts, from: 0, to: attempts, lastDayMs: 0, endMs: DAY_MS, workspaces }),
    listModelRows(createPriceIndex(loadListPriceBook())),
    peers,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function readNote(file: string): z.infer<typeof loadedSchema> | null {
  return existsSync(file) ? loadedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null
}

async function load(
  lifecycle: Lifecycle,
  attempts: number,
  directory: string,
  layouts: readonly Peer[],
): Promise<Omit<z.infer<typeof loadedSchema>, 'fingerprint'>> {
  const engines = await startEngines({ dataDir: directory, purpose: 'npm run bench' })
  lifecycle.defer(() => engines.stop())
  process.env.CLICKHOUSE_URL = engines.clickhouseUrl
  process.env.CLICKHOUSE_READ_URL = engines.clickhouseReadUrl
  process.env.DATABASE_URL = engines.databaseUrl
  try {
    await migrateStores()
    const workspaces = await provision()
    // Day boundaries are those of UTC; the data end now, so that today's attempts can stream in.
    const lastDayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS
    const startedMs = performance.now()
    await sayWhile(`Loading ${showCount(attempts)} attempts`, () =>
      loadAttempts({
        attempts,
        lastDayMs,
        endMs: Date.now(),
        workspaces,
        onProgress: (done) => say(`  ${showCount(done)}`),
      }),
    )
    const loadMs = performance.now() - startedMs
    const settleStartedMs = performance.now()
    await sayWhile('Merging what a running instance would have merged by now', async () => {
      for (const table of ['attempts', 'attempt_times']) await settle(table)
    })
    const settleMs = performance.now() - settleStartedMs
    const reconcileStartedMs = performance.now()
    // Nobody else writes here, so that no slot need be waited for.
    const { days: builtDays } = await sayWhile('Building the rollups', () => reconcile({ now: new Date(), quietMs: 0 }))
    const reconcileMs = performance.now() - reconcileStartedMs
    for (const { table } of ROLLUPS) await settle(table)
    const peers: z.infer<typeof loadedSchema>['peers'] = []
    const daysAtOnce = Math.max(1, Math.floor((ROWS_PER_STATEMENT * DAYS) / attempts))
    for (const peer of layouts) {
      const { durationMs } = await sayWhile(`Loading the layout "${peer.name}"`, () =>
        fillPeer(peer, lastDays(lastDayMs, DAYS), daysAtOnce),
      )
      for (const { name } of peer.tables) await settle(name)
      peers.push({ name: peer.name, durationMs, rows: attempts })
    }
    return {
      attempts,
      lastDayMs,
      workspaces: workspaces.map(({ slug, id }) => ({ slug, id })),
      loadMs,
      settleMs,
      reconcileMs,
      builtDays,
      peers,
    }
  } finally {
    await Promise.all([closeClickHouse(), closePostgres()])
    await engines.stop()
  }
}

const KEY_NAME = 'bench'

async function provision(): Promise<{ slug: string; id: number; apiKeyId: number }[]> {
  await applyProvision({
    workspaces: [...WORKSPACE_SLUGS, INGEST_SLUG].map((slug) => ({
      slug,
      name: slug,
      timeZone: 'UTC',
      defaultEnvironments: ['prod'],
      defaultDataModes: ['real'],
      keys: [{ name: KEY_NAME, secret: secretOf(slug), scopes: ['ingest', 'read'] }],
    })),
  })
  const rows = await listWorkspaces()
  const keys = await listApiKeyNames(rows.map(({ id }) => id))
  return WORKSPACE_SLUGS.map((slug) => {
    const id = rows.find((row) => row.slug === slug)?.id
    const apiKeyId = keys.find((key) => key.workspaceId === id && key.name === KEY_NAME)?.id
    if (id === undefined || apiKeyId === undefined) throw new Error(`the workspace ${slug} has no key`)
    return { slug, id, apiKeyId }
  })
}

const partitionRow = z.object({ partition_id: z.string() })
const mergesRow = z.object({ running: z.coerce.number() })

/** Merges each partition of a table into one part. A merge that outlasts its request goes on and is waited for. */
async function settle(table: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const partitions = await queryRows(
      partitionRow,
      `SELECT partition_id FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active
       GROUP BY partition_id HAVING count() > 1 ORDER BY partition_id`,
      { role: 'write', params: { table } },
    )
    if (partitions.length === 0) return
    for (const { partition_id } of partitions) {
      await runCommand(`OPTIMIZE TABLE ${table} PARTITION ID '${partition_id}' FINAL`).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
      })
      await untilMerged(table)
    }
  }
}

async function untilMerged(table: string): Promise<void> {
  for (;;) {
    const [row] = await queryRows(
      mergesRow,
      'SELECT count() AS running FROM system.merges WHERE database = currentDatabase() AND table = {table:String}',
      { role: 'write', params: { table } },
    )
    if (!row || row.running === 0) return
    await new Promise((resolve) => setTimeout(resolve, MERGE_POLL_MS))
  }
}

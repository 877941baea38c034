import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { POST as postEvents } from '@/app/v1/events/route'
import { POST as postExport } from '@/app/v1/export/route'
import { POST as postQuery } from '@/app/v1/query/route'
import { provisionWorkspaces } from '@/bench/exactness/instance'
import { WORKSPACES } from '@/bench/exactness/sent-event'
import { runSuiteOn } from '@/bench/exactness/suite'
import { changeTable, closeClickHouse, listHosts, queryRows } from '@/db/clickhouse/client'
import { migrateClickhouse } from '@/db/clickhouse/migrate'
import { isClickHouseMigrated } from '@/db/clickhouse/schema-version'
import { type Shards, startShards } from '@/db/embedded/start-engines'
import { closePostgres } from '@/db/postgres/client'
import { findWorkspaceBySlug } from '@/db/postgres/queries/workspaces'
import { prepareIngest } from '@/lib/events/ingest'
import { eraseUser } from '@/lib/ledger/erase'
import { startHealing } from '@/lib/ledger/healing'
import { reconcileWorkspace, removeStaleBuilds } from '@/lib/ledger/reconcile'
import { startReconciler } from '@/lib/ledger/reconciler'
import { type TableReport, verifyWorkspace } from '@/lib/ledger/verify'

const ROUTES: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
  '/v1/events': postEvents,
  '/v1/query': postQuery,
  '/v1/export': postExport,
}

const DELIVERIES = 600
const DAY_MS = 86_400_000

/** The public API in this process, over HTTP. */
async function serveApi(): Promise<{ url: string; server: Server }> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
    const headers = new Headers()
    for (const [name, value] of Object.entries(incoming.headers))
      if (typeof value === 'string') headers.set(name, value)
    const request = new Request(`http://localhost${incoming.url}`, {
      method: 'POST',
      headers,
      body: Buffer.concat(chunks),
    })
    const response = (await ROUTES[incoming.url ?? '']?.(request)) ?? new Response(null, { status: 404 })
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    if (response.body) Readable.from(response.body).pipe(outgoing)
    else outgoing.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = z.object({ port: z.number() }).parse(server.address())
  return { url: `http://127.0.0.1:${address.port}`, server }
}

const heldRow = z.object({ rows: z.coerce.number(), requests: z.array(z.string()) })

describe('a cluster of two shards', { timeout: 900_000 }, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-cluster-'))
  let shards: Shards
  let api: { url: string; server: Server }

  beforeAll(async () => {
    shards = await startShards({ dataDir, shards: 2 })
    Object.assign(process.env, {
      CLICKHOUSE_URL: shards.clickhouseUrl,
      CLICKHOUSE_READ_URL: shards.clickhouseReadUrl,
      CLICKHOUSE_CLUSTER: shards.cluster,
      CLICKHOUSE_CLUSTER_URLS: shards.clusterUrls,
    })
    await migrateClickhouse()
    await provisionWorkspaces()
    await prepareIngest()
    startReconciler()
    startHealing()
    api = await serveApi()
  }, 300_000)
  afterAll(async () => {
    api?.server.closeAllConnections()
    api?.server.close()
    await closeClickHouse()
    await closePostgres()
    await shards?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }, 60_000)

  it('is migrated by the same migrations, any number of times', async () => {
    await migrateClickhouse()
    expect(await isClickHouseMigrated()).toBe(true)
    expect(await listHosts()).toHaveLength(2)
  })

  it('passes the exactness suite', async () => {
    const instance = { urls: [api.url] as [string], kill: () => false }
    const result = await runSuiteOn(instance, {
      deliveries: DELIVERIES,
      kills: 0,
      apps: 1,
      checkpoints: 1,
      questions: 8,
      isAdministered: false,
      seed: 20_260_701,
    })
    expect(result.failed).toBe(0)
    expect(result.passed).toBeGreaterThan(100)
  })

  it('holds data on both shards, and the attempts of a request on one of them', async () => {
    const hosts = (await listHosts()) ?? []
    for (const [table, key] of [
      ['attempts_local', 'request_key'],
      ['attempt_times_local', 'request_hash'],
    ]) {
      const held = await Promise.all(
        hosts.map((host) =>
          queryRows(heldRow, `SELECT count() AS rows, groupUniqArray(toString(${key})) AS requests FROM ${table}`, {
            role: 'write',
            host,
          }),
        ),
      )
      const [first, second] = held.map((rows) => rows[0])
      expect(first?.rows).toBeGreaterThan(DELIVERIES / 4)
      expect(second?.rows).toBeGreaterThan(DELIVERIES / 4)
      const there = new Set(second?.requests)
      expect(first?.requests.filter((request) => there.has(request))).toEqual([])
    }
  })

  it('builds rollups that say what the attempts say, and removes those that were replaced', async () => {
    const workspace = await findWorkspaceBySlug(WORKSPACES[0].slug)
    if (!workspace) throw new Error('no workspace')
    const toMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS
    const span = { fromMs: toMs - 4 * DAY_MS, toMs }
    await reconcileWorkspace(workspace, span, { now: new Date(), quietMs: 0 })
    const reports: TableReport[] = []
    const verify = (repair: boolean) =>
      verifyWorkspace(workspace, span, { repair, quietMs: 0, onTable: (report) => reports.push(report) })
    const summary = await verify(false)
    expect(reports.filter(({ state }) => state !== 'agrees')).toEqual([])
    expect(summary).toMatchObject({ differing: 0, left: 0 })
    expect(summary.days).toBeGreaterThanOrEqual(4)

    await changeTable(
      'rollup_models',
      (table) => `ALTER TABLE ${table} UPDATE attempts = attempts + 1 WHERE workspace_id = ${workspace.id}`,
      { settings: { mutations_sync: '1' } },
    )
    const broken = await verify(true)
    expect(broken.differing).toBeGreaterThan(0)
    expect(broken.left).toBe(0)
    const removeStale = () => removeStaleBuilds(new Date(Date.now() + 1_000), 0)
    expect(await removeStale()).toBeGreaterThanOrEqual(4)
    // The reconciler in the background may be replacing a build of the day that runs.
    await expect.poll(removeStale, { timeout: 30_000 }).toBe(0)
    expect(await verify(false)).toMatchObject({ differing: 0, left: 0 })
  })

  it('erases a user on both shards', async () => {
    const workspace = await findWorkspaceBySlug(WORKSPACES[0].slug)
    const [user] = await queryRows(
      z.object({ user_id: z.string(), attempts: z.coerce.number() }),
      `SELECT user_id, count() AS attempts FROM attempts FINAL
       WHERE workspace_id = {id:UInt32} AND user_id != '' GROUP BY user_id ORDER BY attempts DESC LIMIT 1`,
      { role: 'write', params: { id: workspace?.id } },
    )
    if (!workspace || !user) throw new Error('nobody is there')
    expect(user.attempts).toBeGreaterThan(10)
    const report = await eraseUser(workspace, user.user_id, { kind: 'system', name: 'test' })
    expect(report.attempts).toBe(user.attempts)
    const left = await queryRows(
      z.object({ n: z.coerce.number() }),
      'SELECT count() AS n FROM attempts FINAL WHERE workspace_id = {id:UInt32} AND user_id = {user:String}',
      { role: 'write', params: { id: workspace.id, user: user.user_id } },
    )
    expect(left).toEqual([{ n: 0 }])
  })
})

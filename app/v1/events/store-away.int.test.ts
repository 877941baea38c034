import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { POST } from '@/app/v1/events/route'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { authenticateApiKey } from '@/lib/auth/api-key'
import { type MintedKey, mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'

/** A way to a store that can be shut, as a network or a server can. */
class Gate {
  private server: Server | null = null
  private readonly sockets = new Set<Socket>()
  port = 0

  constructor(private readonly target: { host: string; port: number }) {}

  async open(): Promise<void> {
    const server = createServer((client) => {
      const upstream = connect(this.target.port, this.target.host)
      for (const socket of [client, upstream]) {
        this.sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.sockets.delete(socket)
          client.destroy()
          upstream.destroy()
        })
      }
      client.pipe(upstream).pipe(client)
    })
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    this.port = address.port
    this.server = server
  }

  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve))
    for (const socket of this.sockets) socket.destroy()
    await closed
  }
}

function gateTo(variable: 'CLICKHOUSE_URL' | 'DATABASE_URL'): { gate: Gate; through: () => string; direct: string } {
  const direct = process.env[variable] ?? ''
  const url = new URL(direct)
  const gate = new Gate({ host: url.hostname, port: Number(url.port) })
  const through = () => {
    const gated = new URL(direct)
    gated.hostname = '127.0.0.1'
    gated.port = String(gate.port)
    return gated.toString()
  }
  return { gate, through, direct }
}

const failure = z.object({ code: z.string(), message: z.string() })

function post(secret: string, event: Record<string, unknown>): Promise<Response> {
  return POST(
    new Request('http://localhost/v1/events', {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    }),
  )
}

function event(changes: Record<string, unknown> = {}) {
  return {
    externalRequestId: 'r-1',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 10,
    outputTokens: 1,
    timestamp: new Date().toISOString(),
    ...changes,
  }
}

const clickhouse = gateTo('CLICKHOUSE_URL')
const postgres = gateTo('DATABASE_URL')
let key: MintedKey

beforeAll(async () => {
  await Promise.all([clickhouse.gate.open(), postgres.gate.open()])
  await Promise.all([closeClickHouse(), closePostgres()])
  process.env.CLICKHOUSE_URL = clickhouse.through()
  process.env.DATABASE_URL = postgres.through()
  key = await mintWorkspace({ scopes: ['ingest', 'read'] })
})

afterAll(async () => {
  process.env.CLICKHOUSE_URL = clickhouse.direct
  process.env.DATABASE_URL = postgres.direct
  await Promise.all([closeClickHouse(), closePostgres()])
  await Promise.all([clickhouse.gate.shut(), postgres.gate.shut()])
})

afterEach(() => {
  vi.useRealTimers()
})

describe('with ClickHouse away', () => {
  it('answers 503 with Retry-After at once, and stores the retry once', async () => {
    const one = event()
    expect((await post(key.secret, one)).status).toBe(200)
    const other = event({ externalRequestId: 'r-2' })
    await clickhouse.gate.shut()
    const startedMs = performance.now()
    const refused = await post(key.secret, other)
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(failure.parse(await refused.json()).code).toBe('unavailable')
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    await clickhouse.gate.open()
    expect((await post(key.secret, other)).status).toBe(200)
    expect((await post(key.secret, other)).status).toBe(200)
    expect((await readTotals(key.workspaceId)).attempts).toBe(2)
  })
})

describe('with Postgres away', () => {
  it('lets a key seen in the last 10 minutes ingest, and nothing else', async () => {
    const headers = new Headers({ 'x-api-key': key.secret })
    expect((await authenticateApiKey(headers, 'read')).workspace.id).toBe(key.workspaceId)
    await postgres.gate.shut()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40_000 })
    expect((await post(key.secret, event({ externalRequestId: 'r-3' }))).status).toBe(200)
    expect((await post(key.secret, event({ externalRequestId: 'r-4', timestamp: undefined }))).status).toBe(503)
    await expect(authenticateApiKey(headers, 'read')).rejects.toMatchObject({ code: 'unavailable' })
    expect((await post(`fk_${'0'.repeat(32)}`, event())).status).toBe(503)
    expect((await post('fk_short', event())).status).toBe(401)
    vi.setSystemTime(Date.now() + 11 * 60_000)
    expect((await post(key.secret, event({ externalRequestId: 'r-5' }))).status).toBe(503)
    await postgres.gate.open()
    vi.setSystemTime(Date.now() + 5_000)
    expect((await post(key.secret, event({ externalRequestId: 'r-5', timestamp: undefined }))).status).toBe(200)
    expect((await authenticateApiKey(headers, 'read')).keyId).toBe(key.keyId)
  })
})

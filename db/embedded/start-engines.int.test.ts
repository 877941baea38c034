import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { askClickhouse } from '@/db/embedded/ask-clickhouse.mjs'
import { identifyProcess } from '@/db/embedded/process-identity.mjs'
import { connectOrStartEngines, type Engines, startEngines } from '@/db/embedded/start-engines'

const CHILD = fileURLToPath(new URL('start-engines-in-child.ts', import.meta.url))
const RECOVERY_MS = 10_000

const pidsSchema = z.object({ clickhouse: z.number(), postgres: z.number() })

describe('a pair of engines', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-engines-'))
  const lines: string[] = []
  let engines: Engines

  beforeAll(async () => {
    engines = await startEngines({ dataDir, purpose: 'the first instance', onProgress: (line) => lines.push(line) })
    await ask(engines.clickhouseUrl, 'CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n')
    await ask(engines.clickhouseUrl, 'INSERT INTO kept SELECT number FROM numbers(1000)')
    await askPostgres(engines.databaseUrl, 'CREATE TABLE kept AS SELECT n FROM generate_series(1, 1000) n')
  })

  afterAll(async () => {
    await engines.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('keeps its secrets and addresses from other users', () => {
    for (const file of ['secrets.json', 'engines.json', 'lock.json', 'clickhouse/users.xml', 'postgres/password']) {
      expect([file, statSync(join(dataDir, file)).mode & 0o777]).toEqual([file, 0o600])
    }
    expect(readFileSync(join(dataDir, 'clickhouse/users.xml'), 'utf8')).not.toContain(
      new URL(engines.clickhouseUrl).password,
    )
  })

  it('lets the reader read, within limits it sets for each request', async () => {
    const answer = await ask(engines.clickhouseReadUrl, 'SELECT count() FROM kept', 'max_execution_time=5')
    expect(answer).toBe('1000\n')
  })

  it.each([
    ['insert', 'INSERT INTO kept VALUES (1)', 'INSERT'],
    ['delete', 'ALTER TABLE kept DELETE WHERE n = 1', 'ALTER'],
    ['define tables', 'CREATE TABLE mine (n UInt64) ENGINE = MergeTree ORDER BY n', 'CREATE'],
    ['drop tables', 'DROP TABLE kept', 'DROP'],
    ['read files', "SELECT * FROM file('/etc/passwd', 'LineAsString')", 'READ ON FILE'],
    ['write files', "INSERT INTO FUNCTION file('out.csv', 'CSV', 'n UInt64') VALUES (1)", 'WRITE ON FILE'],
    ['fetch addresses', "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')", 'READ ON URL'],
    ['reach other servers', "SELECT * FROM remote('127.0.0.1', system.one)", 'READ ON REMOTE'],
    ['see users', 'SELECT * FROM system.users', 'SELECT'],
    ['stop listening', 'SYSTEM STOP LISTEN HTTP', 'SYSTEM LISTEN'],
  ])('does not let the reader %s', async (_, sql, right) => {
    const answer = await ask(engines.clickhouseReadUrl, sql)
    expect(answer).toMatch(/\((ACCESS_DENIED|READONLY)\)/)
    if (answer.includes('ACCESS_DENIED')) expect(answer).toContain(right)
  })

  it('does not let the writer read files or fetch addresses', async () => {
    const file = await ask(engines.clickhouseUrl, "SELECT * FROM file('/etc/passwd', 'LineAsString')")
    expect(file).toContain('READ ON FILE')
    const url = await ask(engines.clickhouseUrl, "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')")
    expect(url).toContain('READ ON URL')
  })

  it('answers nobody without a password', async () => {
    const { origin } = new URL(engines.clickhouseUrl)
    const passwd = encodeURIComponent("SELECT * FROM file('/etc/passwd', 'LineAsString')")
    const anonymous = await fetch(`${origin}/?query=${passwd}`)
    expect(anonymous.status).toBe(404)
    const reader = new URL(engines.clickhouseReadUrl)
    const authorization = `Basic ${btoa(`${reader.username}:${reader.password}`)}`
    const disguised = await fetch(`${origin}/?query=${passwd}&user=default&password=`, { headers: { authorization } })
    expect(disguised.ok).toBe(false)
    expect(await disguised.text()).not.toContain('root:')

    const stranger = new URL(engines.databaseUrl)
    stranger.password = 'wrong'
    await expect(askPostgres(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  it('survives clients of Postgres that hang up in the middle', async () => {
    const { port } = new URL(engines.databaseUrl)
    const noise = createConnection(Number(port), '127.0.0.1')
    noise.write(Buffer.from([0, 0, 0, 99, 0, 3, 0, 0, 1]))
    noise.destroy()
    const quitter = new Client({ connectionString: engines.databaseUrl })
    quitter.on('error', () => {})
    await quitter.connect()
    await quitter.query('BEGIN')
    await quitter.query('INSERT INTO kept VALUES (-1)')
    const quitterSocket = Reflect.get(quitter, 'connection')
    expect(quitterSocket).toBeDefined()
    Reflect.get(quitterSocket, 'stream').destroy()
    await vi.waitFor(
      async () =>
        expect(await askPostgres(engines.databaseUrl, 'SELECT count(*) AS n FROM kept')).toEqual([{ n: '1000' }]),
      { timeout: 5_000 },
    )
  })

  it('keeps concurrent connections to Postgres apart', async () => {
    const pool = new Pool({ connectionString: engines.databaseUrl, max: 8 })
    onTestFinished(() => pool.end())
    await pool.query('CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)')
    const addOne = async () => {
      const client = await pool.connect()
      await client.query('BEGIN')
      const { rows } = await client.query('SELECT n FROM counter FOR UPDATE')
      await client.query('UPDATE counter SET n = $1', [z.object({ n: z.number() }).parse(rows[0]).n + 1])
      await client.query('COMMIT')
      client.release()
    }
    const echo = async (text: string) => (await pool.query('SELECT $1::text AS text', [text])).rows
    const [echoed] = await Promise.all([
      Promise.all(Array.from({ length: 50 }, (_, i) => echo(String(i)))),
      Promise.all(Array.from({ length: 50 }, addOne)),
    ])
    expect(echoed).toEqual(Array.from({ length: 50 }, (_, i) => [{ text: String(i) }]))
    expect((await pool.query('SELECT n FROM counter')).rows).toEqual([{ n: 50 }])
  })

  it('refuses a second instance and names the first', async () => {
    await expect(startEngines({ dataDir })).rejects.toThrow(
      `is in use by the first instance (pid ${process.pid}, since `,
    )
  })

  it('shares its engines with a command that runs beside it', async () => {
    const { stop, ...urls } = await connectOrStartEngines({ dataDir })
    expect(urls.clickhouseUrl).toBe(engines.clickhouseUrl)
    await stop()
    expect(await ask(engines.clickhouseReadUrl, 'SELECT count() FROM kept')).toBe('1000\n')
  })

  it.each([
    ['ClickHouse', 'clickhouse'],
    ['PostgreSQL', 'postgres'],
  ] as const)('brings %s back with its data and address after kill -9', async (name, key) => {
    const before = engines.pids()[key]
    expect(before).toBeTypeOf('number')
    process.kill(Number(before), 'SIGKILL')
    await vi.waitFor(
      async () => {
        expect(engines.pids()[key]).not.toBe(before)
        const clickhouse = await ask(engines.clickhouseReadUrl, 'SELECT count(), sum(n) FROM kept')
        expect(clickhouse).toBe('1000\t499500\n')
        expect(await askPostgres(engines.databaseUrl, 'SELECT count(*) AS n FROM kept')).toEqual([{ n: '1000' }])
      },
      { timeout: RECOVERY_MS, interval: 50 },
    )
    expect(lines).toContain(`${name} ended (SIGKILL); starting it again`)
  })

  it('logs its queries, one row each, also after a start over an earlier log', async () => {
    const loggedQueries = async (marker: string): Promise<string> => {
      await ask(engines.clickhouseReadUrl, `SELECT '${marker}' AS marker FROM kept LIMIT 1`, `log_comment=${marker}`)
      await ask(engines.clickhouseUrl, 'SYSTEM FLUSH LOGS query_log')
      return ask(
        engines.clickhouseReadUrl,
        `SELECT type, read_rows > 0 FROM system.query_log WHERE log_comment = '${marker}'`,
      )
    }
    expect(await loggedQueries('before')).toBe('QueryFinish\t1\n')
    const before = engines.pids().clickhouse
    process.kill(Number(before), 'SIGKILL')
    await vi.waitFor(
      async () => {
        expect(engines.pids().clickhouse).not.toBe(before)
        expect(await ask(engines.clickhouseReadUrl, 'SELECT count() FROM kept')).toBe('1000\n')
      },
      { timeout: RECOVERY_MS, interval: 50 },
    )
    expect(await loggedQueries('after')).toBe('QueryFinish\t1\n')
  })
})

describe('a launcher that is killed', () => {
  it('takes its engines along, and the next one starts with the data', async () => {
    const dataDir = temporaryDirectory()
    const { parent, pids } = await startInChild(dataDir)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect([isAlive(pids.clickhouse), isAlive(pids.postgres)]).toEqual([false, false]), {
      timeout: RECOVERY_MS,
      interval: 25,
    })
    const engines = await startEngines({ dataDir })
    onTestFinished(() => engines.stop())
    expect(await ask(engines.clickhouseReadUrl, 'SELECT 1')).toBe('1\n')
  })

  it('leaves the directory to the next one at once', async () => {
    const dataDir = temporaryDirectory()
    const { parent, pids } = await startInChild(dataDir)
    parent.kill('SIGKILL')
    await new Promise((resolve) => parent.once('exit', resolve))
    const engines = await startEngines({ dataDir })
    onTestFinished(() => engines.stop())
    expect([isAlive(pids.clickhouse), isAlive(pids.postgres)]).toEqual([false, false])
    expect(await askPostgres(engines.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it.each([
    'clickhouse/config.xml',
    'clickhouse/data',
    'postgres/initialising',
    'postgres/data/PG_VERSION',
    'postgres/data/global/pg_control',
  ])('in its very first start, when %s appeared, leaves a directory that starts', async (mark) => {
    const dataDir = temporaryDirectory()
    const parent = spawnChild(dataDir)
    await vi.waitFor(() => expect(existsSync(join(dataDir, mark))).toBe(true), { timeout: 30_000, interval: 1 })
    parent.kill('SIGKILL')
    await new Promise((resolve) => parent.once('exit', resolve))
    const engines = await startEngines({ dataDir })
    onTestFinished(() => engines.stop())
    expect(await ask(engines.clickhouseUrl, 'SELECT currentDatabase()')).toBe('farthing\n')
    expect(await askPostgres(engines.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

async function ask(url: string, sql: string, query = ''): Promise<string> {
  const { port, pathname, username, password } = new URL(url)
  const { text } = await askClickhouse({
    port: Number(port),
    path: `/?database=${pathname.slice(1)}&${query}`,
    authorization: `Basic ${btoa(`${username}:${password}`)}`,
    sql,
    timeoutMs: 10_000,
  })
  return text
}

async function askPostgres(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'farthing-engines-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function spawnChild(dataDir: string): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=react-server', '--import', 'tsx', CHILD, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function startInChild(dataDir: string) {
  const parent = spawnChild(dataDir)
  const line = await new Promise<string>((resolve, reject) => {
    parent.stdout?.setEncoding('utf8').once('data', resolve)
    parent.once('exit', () => reject(new Error('the launcher ended before its engines were ready')))
  })
  return { parent, pids: pidsSchema.parse(JSON.parse(line)) }
}

function isAlive(pid: number): boolean {
  return identifyProcess(pid) !== null
}

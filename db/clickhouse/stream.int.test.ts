import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows, runCommand, streamRows, streamTuples } from '@/db/clickhouse/client'

afterAll(closeClickHouse)

const number = z.tuple([z.string()])

/** Never ends by itself within a test. */
const ENDLESS = 'SELECT number FROM numbers(1000000000000) SETTINGS max_rows_to_read = 0'
/** Neither does this, nor does it give a first row before its end. */
const SILENT = 'SELECT max(cityHash64(number)) FROM numbers(1000000000000) SETTINGS max_rows_to_read = 0'

const running = z.object({ queries: z.coerce.number() })
const finished = z.object({ type: z.string() })

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const row of rows) collected.push(row)
  return collected
}

async function countRunning(queryId: string): Promise<number | undefined> {
  const rows = await queryRows(
    running,
    'SELECT count() AS queries FROM system.processes WHERE query_id = {queryId:String}',
    { role: 'write', params: { queryId } },
  )
  return rows[0]?.queries
}

async function readEnd(queryId: string): Promise<string | undefined> {
  await runCommand('SYSTEM FLUSH LOGS query_log')
  const rows = await queryRows(
    finished,
    `SELECT toString(type) AS type FROM system.query_log WHERE query_id = {queryId:String} AND type != 'QueryStart'`,
    { role: 'write', params: { queryId } },
  )
  return rows[0]?.type
}

describe('a stream', () => {
  test('gives the rows as objects and as tuples', async () => {
    const sql = 'SELECT number AS n, toString(number) AS text FROM numbers(3)'
    const objects = await collect(streamRows(z.object({ n: z.string(), text: z.string() }), sql))
    expect(objects).toEqual([0, 1, 2].map((n) => ({ n: String(n), text: String(n) })))
    const tuples = await collect(streamTuples(z.tuple([z.string(), z.string()]), sql))
    expect(tuples).toEqual([0, 1, 2].map((n) => [String(n), String(n)]))
  })

  test('whose reader waits elsewhere when the signal aborts ends its query, and says why to whoever reads on', async () => {
    const queryId = randomUUID()
    const request = new AbortController()
    const rows = streamTuples(number, ENDLESS, { queryId, signal: request.signal })
    expect((await rows.next()).value).toEqual(['0'])
    expect(await countRunning(queryId)).toBe(1)
    request.abort(new Error('the client has gone'))
    await expect.poll(() => countRunning(queryId), { timeout: 5_000 }).toBe(0)
    expect(await readEnd(queryId)).toBe('ExceptionWhileProcessing')
    await expect(collect(rows)).rejects.toThrow('the client has gone')
  })

  test('without a first row yet ends its query', async () => {
    const queryId = randomUUID()
    const request = new AbortController()
    const first = streamTuples(number, SILENT, { queryId, signal: request.signal }).next()
    await expect.poll(() => countRunning(queryId)).toBe(1)
    request.abort(new Error('the client has gone'))
    await expect(first).rejects.toThrow('the client has gone')
    await expect.poll(() => countRunning(queryId), { timeout: 5_000 }).toBe(0)
    expect(await readEnd(queryId)).toBe('ExceptionWhileProcessing')
  })

  test('that is left half-way ends its query', async () => {
    const queryId = randomUUID()
    for await (const _ of streamTuples(number, ENDLESS, { queryId })) break
    await expect.poll(() => countRunning(queryId), { timeout: 5_000 }).toBe(0)
    expect(await readEnd(queryId)).toBe('ExceptionWhileProcessing')
  })

  test('that the engine breaks off is an error, not an end', async () => {
    const sql = `SELECT throwIf(number = 500000, 'broken') FROM numbers(1000000)`
    await expect(collect(streamTuples(z.tuple([z.number()]), sql))).rejects.toThrow('broken')
  })
})

test('a question that reads too many rows says so, and is no outage', async () => {
  const counted = queryRows(running, 'SELECT count() AS queries FROM numbers(100) WHERE number % 3 = 0', {
    role: 'write',
    settings: { max_rows_to_read: '10' },
  })
  await expect(counted).rejects.toMatchObject({
    code: 'invalid_query',
    message: expect.stringContaining('too many rows'),
  })
})

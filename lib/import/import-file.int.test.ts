import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { newestAudit } from '@/lib/members/access-fixture'
import { findImportWorkspace } from './find-workspace'
import { type ImportOptions, importFile, REJECTS_KEPT } from './import-file'

const directory = mkdtempSync(join(tmpdir(), 'farthing-import-'))
const TRACE = join(process.cwd(), '../shared/data/azure-llm-2023-conv.csv')
const TRACE_OPTIONS = {
  maps: ['timestamp=TIMESTAMP', 'inputTokens=ContextTokens', 'outputTokens=GeneratedTokens'],
  sets: ['provider=openai', 'model=gpt-4', 'endpointTag=conv', 'environment=prod', 'dataMode=real', 'status=success'],
}

let workspace: { id: number }

beforeAll(async () => {
  workspace = await findImportWorkspace(`import-${randomUUID().slice(0, 8)}`, { create: true })
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
  rmSync(directory, { recursive: true, force: true })
})

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

function read(path: string, options: Partial<ImportOptions> = {}) {
  return importFile({
    path,
    workspace,
    format: null,
    delimiter: ',',
    maps: [],
    sets: [],
    zone: 'UTC',
    rejectsPath: null,
    now: () => new Date(),
    ...options,
  })
}

async function stored(idPrefix: string) {
  const rows = await queryRows(
    z.object({ attempts: z.string(), input: z.string(), output: z.string(), first: z.string(), last: z.string() }),
    `SELECT count() AS attempts, sum(input_uncached) AS input, sum(output_text) AS output, toString(min(ts)) AS first,
       toString(max(ts)) AS last
     FROM attempts WHERE workspace_id = {id:UInt32} AND startsWith(external_request_id, {prefix:String})`,
    { params: { id: workspace.id, prefix: idPrefix } },
  )
  return rows[0]
}

/** A trace of the Azure data set's form: naive times with seven digits, CRLF, no line end after the last line. */
function generateTrace(rows: number): string {
  let at = Date.UTC(2023, 10, 16, 18, 15, 46, 680)
  const lines = Array.from({ length: rows }, (_, index) => {
    at += (index * 7919) % 900
    const stamp = new Date(at)
      .toISOString()
      .replace('T', ' ')
      .replace('Z', String((index * 31) % 10_000).padStart(4, '0'))
    return `${stamp},${3 + ((index * 104_729) % 4_000)},${1 + ((index * 1_299_709) % 700)}`
  })
  return `TIMESTAMP,ContextTokens,GeneratedTokens\r\n${lines.join('\r\n')}`
}

function sumsOf(csv: string) {
  const rows = csv
    .split(/\r?\n/)
    .slice(1)
    .filter(Boolean)
    .map((line) => line.split(','))
  const stamps = rows.map(([stamp = '']) => stamp.slice(0, 23)).sort()
  return {
    attempts: String(rows.length),
    input: String(rows.reduce((sum, [, input]) => sum + Number(input), 0)),
    output: String(rows.reduce((sum, [, , output]) => sum + Number(output), 0)),
    first: stamps[0],
    last: stamps.at(-1),
  }
}

async function checkTrace(path: string, csv: string): Promise<void> {
  const sums = sumsOf(csv)
  const prefix = `import:${createHash('sha256').update(csv).digest('hex').slice(0, 16)}:`
  const total = Number(sums.attempts)
  expect(await read(path, TRACE_OPTIONS)).toEqual({
    records: total,
    accepted: total,
    duplicates: 0,
    rejected: 0,
    rejects: [],
    unusedColumns: [],
  })
  expect(await stored(prefix)).toEqual(sums)
  expect(await read(path, TRACE_OPTIONS)).toMatchObject({ records: total, accepted: 0, duplicates: total, rejected: 0 })
  expect(await stored(prefix)).toEqual(sums)
  const [again, , first, begun] = await newestAudit(workspace.id, 4)
  expect(again).toMatchObject({ action: 'import.completed', after: { accepted: 0, duplicates: total } })
  expect(first).toMatchObject({ action: 'import.completed', targetName: basename(path), after: { accepted: total } })
  expect(begun).toMatchObject({ action: 'import.started', actorName: 'npm run import', after: null })
}

describe('a trace of requests', () => {
  it('is stored as it is, to the token, however often it is read', async () => {
    const csv = generateTrace(12_345)
    await checkTrace(file('trace.csv', csv), csv)
    expect(await read(file('trace.csv.gz', gzipSync(csv)), TRACE_OPTIONS)).toMatchObject({
      accepted: 0,
      duplicates: 12_345,
    })
  })

  it('has the sums of the published Azure trace where that is at hand', async () => {
    const csv = existsSync(TRACE) ? readFileSync(TRACE, 'utf8') : generateTrace(19_366)
    expect(sumsOf(csv).attempts).toBe('19366')
    await checkTrace(existsSync(TRACE) ? TRACE : file('trace-19366.csv', csv), csv)
  })
})

describe('rejected records', () => {
  it('are named by line, written as safe CSV, and do not keep their siblings out', async () => {
    const path = file(
      'mixed.csv',
      [
        'externalRequestId,timestamp,provider,model,inputTokens,outputTokens,userId',
        'mix-1,2026-01-01 00:00:00,openai,gpt-4o,10,1,"=HYPERLINK(""x"")"',
        'mix-2,2026-01-01 00:00:00,openai,gpt-4o,"12,3",1,@SUM(A1)',
        'mix-3,2026-01-01 00:00:00,openai,gpt-4o,10,1,"two\nlines"',
        'mix-4,2026-02-30 00:00:00,openai,gpt-4o,10,1,u',
        'mix-5,2026-01-01 00:00:00,openai,gpt-4o,10',
        'mix-6,2026-01-01 00:00:00,openai,gpt-4o,-1,1,u',
        'mix-7,2026-01-01 00:00:00,openai,gpt-4o,10,1,u',
      ].join('\r\n'),
    )
    const rejectsPath = join(directory, 'rejects.csv')
    const summary = await read(path, { rejectsPath })
    expect(summary).toMatchObject({ records: 7, accepted: 3, duplicates: 0, rejected: 4 })
    expect(summary.rejects.map(({ line, code }) => [line, code])).toEqual([
      [3, 'unreadable'],
      [6, 'unreadable'],
      [7, 'unreadable'],
      [8, 'invalid_event'],
    ])
    expect(summary.rejects[0]?.message).toBe('inputTokens must be a whole number without separators, got "12,3"')
    expect(readFileSync(rejectsPath, 'utf8').split('\n')[0]).toBe('line,element,code,message,record')
    expect(await stored('mix-')).toMatchObject({ attempts: '3', input: '30', output: '3' })
    expect(await read(path)).toMatchObject({ accepted: 0, duplicates: 3, rejected: 4 })
  })

  it('name the last one too, where a quote hides the rest of the file, after all before it was stored', async () => {
    const row = (id: string, tokens: string) => `${id},2026-01-01 00:00:00,openai,gpt-4o,${tokens},1`
    const path = file(
      'hidden.csv',
      [
        'externalRequestId,timestamp,provider,model,inputTokens,outputTokens',
        ...Array.from({ length: 30 }, (_, index) => row(`hid-bad-${index}`, 'many')),
        ...Array.from({ length: 7_000 }, (_, index) => row(`hid-${index}`, '10')),
        row('"hid-broken', '10'),
        row('hid-after', '10'),
      ].join('\r\n'),
    )
    const summary = await read(path)
    expect(summary).toMatchObject({ records: 7_031, accepted: 7_000, rejected: 31 })
    expect(summary.rejects).toHaveLength(REJECTS_KEPT + 1)
    expect(summary.rejects.at(-1)).toMatchObject({
      line: 7_032,
      message: 'a quote is opened and never closed: nothing from this line to the end of the file was read',
    })
    expect(await stored('hid-')).toMatchObject({ attempts: '7000', input: '70000' })
  })

  it('are found in NDJSON and JSON too', async () => {
    const good = (id: string) =>
      JSON.stringify({
        externalRequestId: id,
        timestamp: '2026-01-01T00:00:00Z',
        provider: 'openai',
        model: 'gpt-4o',
        inputTokens: 2,
        outputTokens: 1,
      })
    const ndjson = await read(file('bad.ndjson', `${good('nd-1')}\n\n{"externalRequestId":\r\n[]\n${good('nd-2')}`))
    expect(ndjson).toMatchObject({ records: 4, accepted: 2, rejected: 2 })
    expect(ndjson.rejects.map(({ line, message }) => [line, message])).toEqual([
      [3, 'not JSON'],
      [4, 'not a JSON object'],
    ])
    const json = await read(file('bad.json', `[${good('js-1')}, 7,\n${good('js-2')}, ${good('js-2')}]`))
    expect(json).toMatchObject({ records: 4, accepted: 2, duplicates: 1, rejected: 1 })
    expect(json.rejects[0]).toMatchObject({ line: 1, element: 2, message: 'not a JSON object' })
  })
})

describe('what cannot be read at all', () => {
  it.each([
    ['a missing file', 'missing.csv', 'does not exist'],
    ['an unknown extension', file('x.parquet', 'x'), 'say --format'],
    ['an empty CSV', file('empty.csv', ''), 'The file is empty'],
    ['UTF-16', file('utf16.csv', Buffer.from('\uFEFFa,b', 'utf16le')), 'is UTF-16'],
    ['other bytes than UTF-8', file('latin.csv', Buffer.from([0x61, 0x2c, 0xfc, 0x0a])), 'is not UTF-8'],
    ['a name that lies', file('plain.csv.gz', 'a,b'), 'is not gzip'],
    ['gzip cut off', file('cut.csv.gz', gzipSync(generateTrace(5_000)).subarray(0, 20_000)), 'is damaged'],
  ])('is told in one line: %s', async (_, path, message) => {
    await expect(read(path, TRACE_OPTIONS)).rejects.toThrow(message)
  })

  it('names the zone, the log and the workspace that do not exist', async () => {
    const path = file('ok.csv', generateTrace(1))
    await expect(read(path, { ...TRACE_OPTIONS, zone: 'Europe/Atlantis' })).rejects.toThrow(
      '--zone Europe/Atlantis: no such',
    )
    await expect(read(path, { ...TRACE_OPTIONS, rejectsPath: join(directory, 'no/such/log.csv') })).rejects.toThrow(
      'cannot be written',
    )
    await expect(findImportWorkspace('nobody-here', { create: false })).rejects.toThrow(
      /There is no workspace nobody-here\. There are: .*import-/,
    )
    await expect(findImportWorkspace('Not A Slug', { create: true })).rejects.toThrow('--workspace Not A Slug')
  })
})

it('checks without storing when there is no workspace', async () => {
  const csv = generateTrace(100).replace('TIMESTAMP', '\uFEFFTIMESTAMP')
  expect(await read(file('dry.csv', csv), { ...TRACE_OPTIONS, workspace: null })).toMatchObject({
    records: 100,
    accepted: 100,
    rejected: 0,
  })
  expect(await stored(`import:${createHash('sha256').update(csv).digest('hex').slice(0, 16)}:`)).toMatchObject({
    attempts: '0',
  })
})

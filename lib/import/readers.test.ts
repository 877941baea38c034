import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileRecord, RecordSource } from './file-record'
import { ImportError } from './import-error'
import { readCsv } from './read-csv'
import { readJsonArray } from './read-json-array'
import { readNdjson } from './read-ndjson'

async function* inChunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

async function collect(source: RecordSource | Promise<RecordSource>): Promise<FileRecord[]> {
  const records: FileRecord[] = []
  for await (const record of (await source).records) records.push(record)
  return records
}

/** `line value` of good records, `line! message` of bad ones; the same for every chunk size. */
async function summarise(read: (chunks: AsyncIterable<string>) => RecordSource | Promise<RecordSource>, text: string) {
  const outcomes = await Promise.all(
    [1, 2, 3, 7, 1_000_000].map(async (size) =>
      (await collect(read(inChunks(text, size)))).map((record) =>
        record.ok
          ? `${record.line} ${JSON.stringify(Object.values(record.value))}`
          : `${record.line}! ${record.message}`,
      ),
    ),
  )
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0])
  return outcomes[0]
}

const csv = (text: string, delimiter = ',') => summarise((chunks) => readCsv(chunks, delimiter), text)

describe('readCsv', () => {
  it('reads CRLF, LF and a missing last line end', async () => {
    expect(await csv('a,b\r\n1,2\r\n3,4')).toEqual(['2 ["1","2"]', '3 ["3","4"]'])
    expect(await csv('a,b\n1,2\r\n3,4\n')).toEqual(['2 ["1","2"]', '3 ["3","4"]'])
    expect(await csv('a,b\r\n1,\n,4\r\n')).toEqual(['2 ["1",""]', '3 ["","4"]'])
  })

  it('names the line on which a record begins, across quoted line ends and blank lines', async () => {
    expect(await csv('a,b\r\n"x\r\n\r\ny",1\r\n\r\nz,2\r\n"p\nq","say ""hi"""\r\nlast,3')).toEqual([
      '2 ["x\\r\\n\\r\\ny","1"]',
      '6 ["z","2"]',
      '7 ["p\\nq","say \\"hi\\""]',
      '9 ["last","3"]',
    ])
  })

  it('takes text as it is: formulas, quotes inside a field, spaces', async () => {
    expect(await csv('a,b\n=HYPERLINK("x"),@SUM\n5" disk, b \n')).toEqual([
      '2 ["=HYPERLINK(\\"x\\")","@SUM"]',
      '3 ["5\\" disk"," b "]',
    ])
  })

  it('reports a line of another width and goes on', async () => {
    expect(await csv('a,b\n1\n1,2\n1,2,3\n')).toEqual([
      '2! the line has 1 fields, the header has 2',
      '3 ["1","2"]',
      '4! the line has 3 fields, the header has 2',
    ])
  })

  it('loses one line to a broken quote, not the rest of the file', async () => {
    expect(await csv('a,b\n1,"2\n3,4\n5,6\n')).toEqual([
      '2! a quote is opened and never closed',
      '3 ["3","4"]',
      '4 ["5","6"]',
    ])
    const [problem, ...rest] = (await csv('a,b\n1,"x"y\n3,4\n')) ?? []
    expect(problem).toMatch(/^2! text follows a closing quote/)
    expect(rest).toEqual(['3 ["3","4"]'])
  })

  it('splits at the delimiter that was given', async () => {
    expect(await csv('a;b\n1,5;"x;y"\n', ';')).toEqual(['2 ["1,5","x;y"]'])
    expect(await csv('a\tb\n1\t2\n', '\t')).toEqual(['2 ["1","2"]'])
  })

  it('keeps a column named __proto__ inert', async () => {
    const [record] = await collect(readCsv(inChunks('__proto__,constructor\nx,y\n', 5), ','))
    expect(record?.ok && Object.keys(record.value)).toEqual(['__proto__', 'constructor'])
    expect(Object.hasOwn({}, 'x')).toBe(false)
  })

  it('refuses a file without a header and a column that occurs twice', async () => {
    await expect(readCsv(inChunks('', 1), ',')).rejects.toThrow(ImportError)
    await expect(readCsv(inChunks('a,b,a\n1,2,3\n', 4), ',')).rejects.toThrow('The column "a" occurs twice')
  })

  it('reads back whatever csv-stringify writes, with the right line numbers, in chunks of any size', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', '=', 'ü', '') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, size, lineEnd) => {
          const text = stringify([['first', 'second'], ...rows], { record_delimiter: lineEnd, quoted: true })
          const records = await collect(readCsv(inChunks(text, size), ','))
          let line = 2
          expect(records).toEqual(
            rows.map(([first, second]) => {
              const record = {
                ok: true,
                line,
                element: null,
                value: Object.assign(Object.create(null), { first, second }),
              }
              line += 1 + `${first}${second}`.split('\n').length - 1
              return record
            }),
          )
        },
      ),
    )
  })
})

describe('readNdjson', () => {
  it('reads LF, CRLF, blank lines and no last line end; names bad lines', async () => {
    expect(await summarise(readNdjson, '{"a":1}\r\n\n{"a":\n[1]\n"x"\n{"a":"é\\n"}')).toEqual([
      '1 [1]',
      '3! not JSON',
      '4! not a JSON object',
      '5! not a JSON object',
      '6 ["é\\n"]',
    ])
  })

  it('reports a line of more than 1 MiB without keeping it, and goes on', async () => {
    const records = await collect(readNdjson(inChunks(`{"a":"${'x'.repeat(3_000_000)}"}\n{"a":2}\n`, 65_536)))
    expect(records.map((record) => [record.line, record.ok])).toEqual([
      [1, false],
      [2, true],
    ])
  })
})

describe('readJsonArray', () => {
  it('reads element by element and names the line of each', async () => {
    const text = '[\n  {"a": "]},{[\\"", "b": [1, {"c": 2}]},\n  {"a": 2}\n  , {"a":\n 3}]\n'
    expect(await summarise(readJsonArray, text)).toEqual(['2 ["]},{[\\"",[1,{"c":2}]]', '3 [2]', '4 [3]'])
    expect(await summarise(readJsonArray, ' [ ] ')).toEqual([])
    const onOneLine = await collect(readJsonArray(inChunks('[{"a":1},{"a":2}]', 3)))
    expect(onOneLine.map((record) => [record.line, record.element])).toEqual([
      [1, 1],
      [1, 2],
    ])
  })

  it('reports bad elements and goes on', async () => {
    expect(await summarise(readJsonArray, '[{"a":1},\n7,\n{"a" 2},,\n{"a":3}]')).toEqual([
      '1 [1]',
      '2! not a JSON object',
      '3! not JSON',
      '3! not JSON',
      '4 [3]',
    ])
  })

  it('reports where a file is cut off', async () => {
    expect(await summarise(readJsonArray, '[{"a":1},\n{"a":"x')).toEqual([
      '1 [1]',
      '2! the array is not closed: the file is cut off here',
    ])
  })

  it('refuses what is no array', async () => {
    await expect(collect(readJsonArray(inChunks('{"a":1}\n{"a":2}', 4)))).rejects.toThrow('--format ndjson')
    await expect(collect(readJsonArray(inChunks('[{"a":1}] x', 4)))).rejects.toThrow('line 1')
    await expect(collect(readJsonArray(inChunks(' ', 4)))).rejects.toThrow('empty')
  })
})

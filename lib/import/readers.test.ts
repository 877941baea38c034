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

  it('reads CR alone and line ends of every kind in one file, and counts each once', async () => {
    expect(await csv('a,b\r1,2\r3,4')).toEqual(['2 ["1","2"]', '3 ["3","4"]'])
    expect(await csv('\uFEFFa,b\r\n\r\n\n1,2\n\r\n\r\n"x\ry\r\n\nz",4\r\r\n5,6\r\n\n')).toEqual([
      '4 ["1","2"]',
      '7 ["x\\ry\\r\\n\\nz","4"]',
      '12 ["5","6"]',
    ])
  })

  it('loses the record alone where text follows a closing quote', async () => {
    const message = 'text follows a closing quote; a quote inside quotes is written twice ("")'
    expect(await csv('a,b\n1,"x"y\n3,4\n"""q""",""\n""z,1\n"p"  ,1\r\n5,"""6"')).toEqual([
      `2! ${message}`,
      '3 ["3","4"]',
      '4 ["\\"q\\"",""]',
      `5! ${message}`,
      `6! ${message}`,
      '7 ["5","\\"6"]',
    ])
    expect(await csv('a,b\r\n1,"2\r\n3,"x"\r\n5,6\r\n')).toEqual([
      `2! ${message}; lines 2 to 3 are one record, joined by a quote`,
      '4 ["5","6"]',
    ])
    expect(await csv('a,b\n1,"2\n3,4\n5,",6\n7,8\n')).toEqual([
      '2! the line has 3 fields, the header has 2; lines 2 to 4 are one record, joined by a quote',
      '5 ["7","8"]',
    ])
  })

  it('tells that a quote which is never closed hides the rest of the file, and keeps all before it', async () => {
    const message = 'a quote is opened and never closed: nothing from this line to the end of the file was read'
    expect(await csv('a,b\r\n1,2\r\n"x\r\ny",3\r\n\r\n1,"2\r\n3,4\r\n5,6\r\n')).toEqual([
      '2 ["1","2"]',
      '3 ["x\\r\\ny","3"]',
      `6! ${message}`,
    ])
    await expect(readCsv(inChunks('a,"b\n1,2\n', 4), ',')).rejects.toThrow(
      `The line of column names cannot be read: ${message}.`,
    )
  })

  it.each([7, 65_536, 100_000_000])('reads no further than 1 MiB into a quote, in chunks of %i', async (size) => {
    const good = 'a,b\n'.repeat(20_001)
    const text = `${good}1,"2\n${'3,4\n'.repeat(600_000)}`
    let givenLength = 0
    async function* watched() {
      for await (const chunk of inChunks(text, size)) {
        givenLength += chunk.length
        yield chunk
      }
    }
    const records = await collect(readCsv(watched(), ','))
    expect(records).toHaveLength(20_001)
    expect(records.filter((record) => record.ok)).toHaveLength(20_000)
    const last = records.at(-1)
    expect(last).toMatchObject({
      ok: false,
      line: 20_002,
      message:
        'the record is longer than 1 MiB, as when a quote is opened and never closed: nothing from this line to the end of the file was read',
    })
    expect(last?.ok === false && last.text.startsWith('1,"2\n3,4\n') && last.text.length).toBeLessThanOrEqual(1_000)
    if (size < text.length) expect(givenLength).toBeLessThan(good.length + 1_048_576 + 400_000)
  })

  it('throws what the text throws', async () => {
    async function* failing() {
      yield 'a,b\n1,2\n'
      throw new ImportError('the text ends here')
    }
    await expect(collect(readCsv(failing(), ','))).rejects.toThrow('the text ends here')
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
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '\r', ' ', '=', 'ü', '') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n', '\r'),
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
              line += `${first},${second}`.split(/\r\n|\n|\r/).length
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

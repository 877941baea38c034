import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CsvCell, type CsvColumn, guardText, writeCsv } from '@/lib/exports/csv'

const columns: CsvColumn[] = [
  { name: 'endpoint', kind: 'text' },
  { name: 'spend', kind: 'number' },
]

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function csvOf(
  records: readonly (readonly CsvCell[])[],
  options: { bom?: boolean } = {},
  of: readonly CsvColumn[] = columns,
): Promise<string> {
  let text = ''
  for await (const chunk of writeCsv(of, each(records), options)) text += chunk
  return text
}

describe('guardText', () => {
  test.each([
    '=HYPERLINK("http://evil.example","x")',
    '+1+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '\rX',
    '\nX',
    ' =1',
    '\u00A0=1',
    '\uFEFF=1',
    '\u200B@SUM(1)',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(1)',
  ])('makes %j inert', (text) => {
    expect(guardText(text)).toBe(`'${text}`)
  })

  test.each(['/v1/chat', 'a=b', "it's", '1+1', '日本語', 'é', '', '–', ' padded', '#1', '100%'])(
    'leaves %j alone',
    (text) => {
      expect(guardText(text)).toBe(text)
    },
  )
})

describe('writeCsv', () => {
  test('quotes, newlines, separators and negative numbers', async () => {
    const text = await csvOf([
      ['say "hi"', '-0.000000000000000001'],
      ['two\r\nlines', '12'],
      ['a,b', null],
      ['a;=1', '0'],
      [null, '-5'],
      ['=1+1', '1e3'],
    ])
    expect(text).toBe(
      [
        'endpoint,spend',
        '"say ""hi""",-0.000000000000000001',
        '"two\r\nlines",12',
        '"a,b",',
        '"a;=1",0',
        ',-5',
        "'=1+1,1e3",
        '',
      ].join('\r\n'),
    )
  })

  test('a header row even without records', async () => {
    expect(await csvOf([])).toBe('endpoint,spend\r\n')
  })

  test('a byte order mark where asked for', async () => {
    expect((await csvOf([], { bom: true })).codePointAt(0)).toBe(0xfeff)
    expect((await csvOf([])).codePointAt(0)).not.toBe(0xfeff)
  })

  test('an empty field alone in its row is still a row', async () => {
    const [text] = columns
    if (!text) throw new Error('no column')
    expect(await csvOf([[null], ['a']], {}, [text])).toBe('endpoint\r\n""\r\na\r\n')
  })

  test('a column named like a formula', async () => {
    expect(await csvOf([], {}, [{ name: '=1', kind: 'text' }])).toBe("'=1\r\n")
  })

  test('any text comes back, guarded, in its own row', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.integer()), { maxLength: 30 }),
        async (rows) => {
          const text = await csvOf(rows.map(([name, value]) => [name, String(value)]))
          const parsed: unknown = parse(text, { record_delimiter: '\r\n' })
          expect(parsed).toEqual([
            ['endpoint', 'spend'],
            ...rows.map(([name, value]) => [guardText(name), String(value)]),
          ])
        },
      ),
      { numRuns: 300 },
    )
  })

  test('reads no further ahead than one chunk', async () => {
    let read = 0
    async function* endless(): AsyncGenerator<CsvCell[]> {
      for (;;) {
        read += 1
        yield ['x', '1']
      }
    }
    const chunks = writeCsv(columns, endless())
    await chunks.next()
    expect(read).toBeLessThanOrEqual(500)
    await chunks.return()
  })

  test('an error of the source is an error of the file', async () => {
    async function* broken(): AsyncGenerator<CsvCell[]> {
      yield ['x', '1']
      throw new Error('cut')
    }
    const collect = async () => {
      for await (const _ of writeCsv(columns, broken()));
    }
    await expect(collect()).rejects.toThrow('cut')
  })
})

import { stringify } from 'csv-stringify/sync'

/**
 * What a column holds. `text` is guarded against formulas; `number` is written as it is, so that negative numbers stay
 * numbers.
 */
export type CsvColumn = { readonly name: string; readonly kind: 'text' | 'number' }

export type CsvCell = string | number | boolean | null

/**
 * What makes a spreadsheet read text as a formula: `=`, `+`, `-`, `@` and their full-width forms at the start, also
 * behind white space or invisible characters that an import trims, and a leading tab or line break
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const FORMULA_START = /^(?:[\t\r\n]|[\p{Z}\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])/u

/** Text that no spreadsheet runs: a single quote in front where it would. */
export function guardText(text: string): string {
  return FORMULA_START.test(text) ? `'${text}` : text
}

const BYTE_ORDER_MARK = '\uFEFF'
const RECORDS_PER_CHUNK = 500

/**
 * A CSV by RFC 4180, in chunks: comma, CRLF, UTF-8, a header row with the columns' names, null as an empty field. Without
 * a byte order mark unless `bom` asks for one (Excel needs it to see UTF-8). Holds one chunk of records at a time.
 */
export async function* writeCsv(
  columns: readonly CsvColumn[],
  records: AsyncIterable<readonly CsvCell[]>,
  options: { bom?: boolean } = {},
): AsyncGenerator<string, void, undefined> {
  const header = columns.map((column) => guardText(column.name))
  let chunk: (readonly CsvCell[])[] = [header]
  const flush = (): string => {
    const text = stringify(chunk, {
      record_delimiter: 'windows',
      quote_record_delimiter: true,
      // A lone empty field would be an empty line, which readers skip.
      quoted_empty: columns.length === 1,
      quoted_match: /[\t;]|^\s|\s$/,
      cast: { boolean: (value) => (value ? 'true' : 'false') },
    })
    chunk = []
    return text
  }
  if (options.bom) yield BYTE_ORDER_MARK
  for await (const record of records) {
    chunk.push(columns.map((column, index) => encodeCell(column, record[index] ?? null)))
    if (chunk.length >= RECORDS_PER_CHUNK) yield flush()
  }
  if (chunk.length > 0) yield flush()
}

function encodeCell(column: CsvColumn, cell: CsvCell): CsvCell {
  return column.kind === 'text' && typeof cell === 'string' ? guardText(cell) : cell
}

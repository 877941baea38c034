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
/** What nearly all texts begin with, and no formula does. */
const PLAIN_START = /^[0-9A-Za-z/_{]/

/** Text that no spreadsheet runs: a single quote in front where it would. */
export function guardText(text: string): string {
  return !PLAIN_START.test(text) && FORMULA_START.test(text) ? `'${text}` : text
}

const BYTE_ORDER_MARK = '\uFEFF'
const LINE_END = '\r\n'
const RECORDS_PER_CHUNK = 500

/** What must be quoted, and what some readers take for a separator or trim away. */
const QUOTED = /[",\r\n\t;]|^\s|\s$/

/**
 * A CSV by RFC 4180, in chunks: comma, CRLF, UTF-8, a header row with the columns' names, null as an empty field. Without
 * a byte order mark unless `bom` asks for one (Excel needs it to see UTF-8). Holds one chunk of records at a time.
 */
export async function* writeCsv(
  columns: readonly CsvColumn[],
  records: AsyncIterable<readonly CsvCell[]>,
  options: { bom?: boolean } = {},
): AsyncGenerator<string, void, undefined> {
  if (options.bom) yield BYTE_ORDER_MARK
  let chunk = writeRecord(columns.map(({ name }) => quote(guardText(name))))
  let count = 0
  for await (const record of records) {
    chunk += writeRecord(columns.map(({ kind }, index) => writeCell(kind, record[index] ?? null)))
    count += 1
    if (count < RECORDS_PER_CHUNK) continue
    yield chunk
    chunk = ''
    count = 0
  }
  if (chunk !== '') yield chunk
}

/** A lone empty field is quoted: as an empty line, readers would skip it. */
function writeRecord(fields: readonly string[]): string {
  const line = fields.join(',')
  return `${line === '' ? '""' : line}${LINE_END}`
}

function writeCell(kind: CsvColumn['kind'], cell: CsvCell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  return quote(kind === 'text' ? guardText(cell) : cell)
}

function quote(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

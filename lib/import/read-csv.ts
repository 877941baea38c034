import { pipeline } from 'node:stream'
import { parse } from 'csv-parse'
import { z } from 'zod'
import { type FileRecord, MAX_RECORD_LENGTH, type RecordSource } from './file-record'
import { ImportError } from './import-error'

/**
 * Records of a CSV text (RFC 4180: quotes, doubled quotes, delimiters and line ends inside quotes; CRLF, LF or CR, also
 * mixed), keyed by the header row. Blank lines are skipped. A record with too few or too many fields, or with text after a
 * closing quote, is a problem of its own. A quote that is never closed, or a record of more than 1 MiB, is the last record:
 * where the next one begins cannot be known, and its message says that the rest of the file was not read.
 * @throws ImportError when there is no header or a column's name occurs twice.
 */
export async function readCsv(chunks: AsyncIterable<string>, delimiter: string): Promise<RecordSource> {
  const rows = readRows(chunks, delimiter)
  try {
    const columns = readColumns(await rows.next())
    return { columns: columns.filter((name) => name !== ''), records: toRecords(rows, columns, delimiter) }
  } catch (error) {
    await rows.return(undefined)
    throw error
  }
}

function readColumns(first: IteratorResult<Row, void>): string[] {
  if (first.done) throw new ImportError('The file is empty: a CSV file starts with a line of column names.')
  if (!first.value.ok) throw new ImportError(`The line of column names cannot be read: ${first.value.message}.`)
  const columns = first.value.fields.map((name) => name.trim())
  const twice = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index)
  if (twice !== undefined)
    throw new ImportError(`The column ${JSON.stringify(twice)} occurs twice: rename one of them.`)
  return columns
}

async function* toRecords(
  rows: AsyncGenerator<Row, void>,
  columns: readonly string[],
  delimiter: string,
): AsyncGenerator<FileRecord> {
  for await (const row of rows) {
    const { line } = row
    if (!row.ok) {
      yield { ok: false, line, element: null, message: row.message, text: row.text }
    } else if (row.fields.length !== columns.length) {
      const message = `the line has ${row.fields.length} fields, the header has ${columns.length}${tellExtent(row)}`
      yield { ok: false, line, element: null, message, text: row.fields.join(delimiter) }
    } else {
      const value: Record<string, unknown> = Object.create(null)
      columns.forEach((name, index) => {
        if (name !== '') value[name] = row.fields[index]
      })
      yield { ok: true, line, element: null, value }
    }
  }
}

/** The lines that a record stands on. */
type Extent = { readonly line: number; readonly lastLine: number }

type Row =
  | (Extent & { readonly ok: true; readonly fields: string[] })
  | (Extent & { readonly ok: false; readonly message: string; readonly text: string })

/** Where the parser gave up: `raw` is the text of that row until there. */
type Break = { readonly code: string; readonly raw: string; readonly rowsBefore: number }

const BREAK_TEXT_LENGTH = 1_000

const parsedRow = z.object({ record: z.array(z.string()), raw: z.string() })

async function* readRows(chunks: AsyncIterable<string>, delimiter: string): AsyncGenerator<Row, void> {
  const breaks: Break[] = []
  const parser = parse({
    delimiter,
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // A quote in a field that does not begin with one is text. What else this lets through, `isQuoteBroken` finds.
    relax_quotes: true,
    max_record_size: MAX_RECORD_LENGTH,
    // Lines are counted here: the parser counts a CRLF inside quotes twice.
    raw: true,
    // An error of the stream would discard good rows that are parsed and not yet taken.
    skip_records_with_error: true,
    on_skip: (error, raw) => {
      breaks.push({ code: error?.code ?? '', raw: raw ?? '', rowsBefore: parser.info.records })
      return undefined
    },
  })
  async function* untilBreak(): AsyncGenerator<string> {
    for await (const chunk of chunks) {
      if (breaks.length > 0) return
      yield chunk
    }
  }
  // What goes wrong in `chunks` is thrown by the iteration.
  pipeline(untilBreak(), parser, () => {})

  let rows = 0
  let line = 1
  for await (const parsed of parser) {
    if (breaks[0]?.rowsBefore === rows) break
    rows += 1
    const { record: fields, raw } = parsedRow.parse(parsed)
    const extent = measureExtent(raw, line)
    if (fields.some((field) => isQuoteBroken(field, raw))) {
      const message = `text follows a closing quote; a quote inside quotes is written twice ("")${tellExtent(extent)}`
      yield { ok: false, ...extent, message, text: raw.trimEnd() }
    } else if (fields.length > 1 || fields[0] !== '') {
      yield { ok: true, ...extent, fields }
    }
    line += countLineEnds(raw)
  }
  const [broken] = breaks
  if (broken === undefined) return
  const reason =
    broken.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quote is opened and never closed'
      : 'the record is longer than 1 MiB, as when a quote is opened and never closed'
  yield {
    ok: false,
    ...measureExtent(broken.raw, line),
    message: `${reason}: nothing from this line to the end of the file was read`,
    text: broken.raw.slice(0, BREAK_TEXT_LENGTH).trimEnd(),
  }
}

/** A field that goes on after its closing quote is kept with its quotes, unlike one that was written with doubled quotes. */
function isQuoteBroken(field: string, raw: string): boolean {
  return field.startsWith('"') && !raw.includes(`"${field.replaceAll('"', '""')}"`)
}

function measureExtent(raw: string, line: number): Extent {
  const endsLine = raw.endsWith('\n') || raw.endsWith('\r')
  return { line, lastLine: line + countLineEnds(raw) - (endsLine ? 1 : 0) }
}

function tellExtent({ line, lastLine }: Extent): string {
  return line === lastLine ? '' : `; lines ${line} to ${lastLine} are one record, joined by a quote`
}

/** CRLF is one line end. (`raw` shows a CRLF outside quotes as CR.) */
function countLineEnds(raw: string): number {
  return raw.match(/\r\n|\n|\r/g)?.length ?? 0
}

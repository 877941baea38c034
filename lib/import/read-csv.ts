import { type FileRecord, MAX_RECORD_LENGTH, type RecordSource } from './file-record'
import { ImportError } from './import-error'

/**
 * Records of a CSV text (RFC 4180: quotes, doubled quotes, delimiters and line ends inside quotes; CRLF or LF, also mixed),
 * keyed by the header row. Blank lines are skipped. A line whose quotes make no sense is a problem of that line alone:
 * reading goes on with the next one.
 * @throws ImportError when there is no header or a column's name occurs twice.
 */
export async function readCsv(chunks: AsyncIterable<string>, delimiter: string): Promise<RecordSource> {
  const rows = readRows(chunks, delimiter)
  const first = await rows.next()
  if (first.done) throw new ImportError('The file is empty: a CSV file starts with a line of column names.')
  if (!first.value.ok) throw new ImportError(`The line of column names cannot be read: ${first.value.message}.`)
  const columns = first.value.fields.map((name) => name.trim())
  const twice = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index)
  if (twice !== undefined)
    throw new ImportError(`The column ${JSON.stringify(twice)} occurs twice: rename one of them.`)
  return { columns: columns.filter((name) => name !== ''), records: toRecords(rows, columns) }
}

async function* toRecords(rows: AsyncGenerator<Row>, columns: readonly string[]): AsyncGenerator<FileRecord> {
  for await (const row of rows) {
    if (!row.ok) {
      yield { ...row, element: null }
    } else if (row.fields.length !== columns.length) {
      const message = `the line has ${row.fields.length} fields, the header has ${columns.length}`
      yield { ok: false, line: row.line, element: null, message, text: row.fields.join(',') }
    } else {
      const value: Record<string, unknown> = Object.create(null)
      columns.forEach((name, index) => {
        if (name !== '') value[name] = row.fields[index]
      })
      yield { ok: true, line: row.line, element: null, value }
    }
  }
}

const TOO_LONG = 'the line is longer than 1 MiB'

type Row =
  | { readonly ok: true; readonly line: number; readonly fields: string[] }
  | { readonly ok: false; readonly line: number; readonly message: string; readonly text: string }

type Scan =
  | { readonly kind: 'row'; readonly fields: string[]; readonly end: number }
  | { readonly kind: 'problem'; readonly message: string }
  | { readonly kind: 'more' }

async function* readRows(chunks: AsyncIterable<string>, delimiter: string): AsyncGenerator<Row> {
  let buffer = ''
  let line = 1

  function* drain(isLast: boolean): Generator<Row> {
    let start = 0
    while (start < buffer.length) {
      const scan = scanRow(buffer, start, delimiter, isLast)
      if (scan.kind === 'more') break
      const end = scan.kind === 'row' ? scan.end : endOfLine(buffer, start)
      if (scan.kind === 'problem') {
        yield { ok: false, line, message: scan.message, text: buffer.slice(start, end).trimEnd() }
      } else if (scan.fields.length > 1 || scan.fields[0] !== '') {
        yield { ok: true, line, fields: scan.fields }
      }
      line += countLineEnds(buffer, start, end)
      start = end
    }
    buffer = buffer.slice(start)
  }

  for await (const chunk of chunks) {
    buffer += chunk
    yield* drain(false)
  }
  yield* drain(true)
}

function scanRow(text: string, start: number, delimiter: string, isLast: boolean): Scan {
  const end = endOfLine(text, start)
  const line = text.slice(start, end)
  if (!line.includes('"')) {
    if (!line.endsWith('\n')) {
      if (!isLast) return needMore(text, start, TOO_LONG)
      return { kind: 'row', fields: stripReturn(line).split(delimiter), end }
    }
    return { kind: 'row', fields: stripReturn(line.slice(0, -1)).split(delimiter), end }
  }
  return scanQuotedRow(text, start, delimiter, isLast)
}

function scanQuotedRow(text: string, start: number, delimiter: string, isLast: boolean): Scan {
  const fields: string[] = []
  let at = start
  for (;;) {
    let value: string
    if (text[at] === '"') {
      const closing = closingQuote(text, at + 1)
      if (closing === -1 || (closing + 1 >= text.length && !isLast)) {
        const message = 'a quote is opened and never closed'
        return isLast ? { kind: 'problem', message } : needMore(text, start, message)
      }
      value = text.slice(at + 1, closing).replaceAll('""', '"')
      at = closing + 1
      if (text[at] === '\r' && (text[at + 1] === '\n' || at + 1 === text.length)) at += 1
      if (at < text.length && text[at] !== '\n' && !text.startsWith(delimiter, at)) {
        return { kind: 'problem', message: 'text follows a closing quote; a quote inside quotes is written twice ("")' }
      }
      if (at === text.length && !isLast) return needMore(text, start, TOO_LONG)
    } else {
      const nextDelimiter = text.indexOf(delimiter, at)
      const nextLineFeed = text.indexOf('\n', at)
      const end = Math.min(
        nextDelimiter === -1 ? text.length : nextDelimiter,
        nextLineFeed === -1 ? text.length : nextLineFeed,
      )
      if (end === text.length && !isLast) return needMore(text, start, TOO_LONG)
      value = end === nextDelimiter ? text.slice(at, end) : stripReturn(text.slice(at, end))
      at = end
    }
    fields.push(value)
    if (at >= text.length) return { kind: 'row', fields, end: text.length }
    if (text[at] === '\n') return { kind: 'row', fields, end: at + 1 }
    at += delimiter.length
  }
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

function needMore(text: string, start: number, message: string): Scan {
  return text.length - start > MAX_RECORD_LENGTH ? { kind: 'problem', message } : { kind: 'more' }
}

function endOfLine(text: string, start: number): number {
  const lineFeed = text.indexOf('\n', start)
  return lineFeed === -1 ? text.length : lineFeed + 1
}

function countLineEnds(text: string, start: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

function stripReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text
}

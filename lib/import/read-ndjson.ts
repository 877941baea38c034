import { type FileRecord, MAX_RECORD_LENGTH, type RecordSource } from './file-record'
import { parseObject } from './parse-object'

/** Records of a text with one JSON object a line (LF or CRLF; blank lines are skipped). A bad line is a problem of its own. */
export function readNdjson(chunks: AsyncIterable<string>): RecordSource {
  return { columns: null, records: toRecords(chunks) }
}

async function* toRecords(chunks: AsyncIterable<string>): AsyncGenerator<FileRecord> {
  let buffer = ''
  let line = 1
  let isSkipping = false
  for await (const chunk of chunks) {
    buffer += chunk
    let start = 0
    for (let end = buffer.indexOf('\n'); end !== -1; end = buffer.indexOf('\n', start)) {
      const text = buffer.slice(start, end).trim()
      if (text !== '' && !isSkipping) yield parseObject(text, { line, element: null })
      isSkipping = false
      line += 1
      start = end + 1
    }
    buffer = isSkipping ? '' : buffer.slice(start)
    if (buffer.length > MAX_RECORD_LENGTH) {
      yield { ok: false, line, element: null, message: 'the line is longer than 1 MiB', text: buffer.slice(0, 200) }
      buffer = ''
      isSkipping = true
    }
  }
  const rest = buffer.trim()
  if (rest !== '') yield parseObject(rest, { line, element: null })
}

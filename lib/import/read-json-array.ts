import { type FileRecord, MAX_RECORD_LENGTH, type RecordSource } from './file-record'
import { ImportError } from './import-error'
import { parseObject } from './parse-object'

/**
 * Records of a text that is one JSON array of objects, element by element: the text is never whole in memory. A bad
 * element is a problem of its own.
 * @throws ImportError from the iteration when the text is no array, or an element exceeds 1 MiB.
 */
export function readJsonArray(chunks: AsyncIterable<string>): RecordSource {
  return { columns: null, records: toRecords(chunks) }
}

async function* toRecords(chunks: AsyncIterable<string>): AsyncGenerator<FileRecord> {
  let isOpened = false
  let isClosed = false
  let isInString = false
  let isEscaped = false
  let depth = 0
  let element = ''
  let elementLine: number | null = null
  let line = 1
  let elements = 0

  for await (const chunk of chunks) {
    let from = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const character = chunk[at]
      if (character === '\n') line += 1
      if (isInString) {
        if (isEscaped) isEscaped = false
        else if (character === '\\') isEscaped = true
        else if (character === '"') isInString = false
        continue
      }
      if (character === ' ' || character === '\n' || character === '\r' || character === '\t') continue
      if (!isOpened) {
        if (character !== '[') throw new ImportError(NOT_AN_ARRAY)
        isOpened = true
        from = at + 1
        continue
      }
      if (isClosed) throw new ImportError(`Text follows the end of the JSON array on line ${line}.`)
      const endsArray = character === ']' && depth === 0
      const endsElement = endsArray || (character === ',' && depth === 0)
      if (!endsElement) {
        elementLine ??= line
        if (character === '"') isInString = true
        else if (character === '{' || character === '[') depth += 1
        else if (character === '}' || character === ']') depth = Math.max(0, depth - 1)
        continue
      }
      const text = (element + chunk.slice(from, at)).trim()
      if (text !== '' || !endsArray) {
        elements += 1
        yield parseObject(text, { line: elementLine ?? line, element: elements })
      }
      element = ''
      elementLine = null
      from = at + 1
      if (endsArray) isClosed = true
    }
    if (!isOpened || isClosed) continue
    element += chunk.slice(from)
    if (element.length > MAX_RECORD_LENGTH) {
      throw new ImportError(`The element that begins on line ${elementLine ?? line} is longer than 1 MiB.`)
    }
  }
  if (!isOpened) throw new ImportError('The file is empty.')
  if (!isClosed) {
    yield {
      ok: false,
      line: elementLine ?? line,
      element: elements + 1,
      message: 'the array is not closed: the file is cut off here',
      text: element.trim(),
    }
  }
}

const NOT_AN_ARRAY =
  'The file is not a JSON array. Say --format ndjson if each line is an object of its own, or --format csv.'

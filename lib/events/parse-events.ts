import { AppError } from '@/lib/errors'
import { isJsonObject } from '@/lib/events/validate-event'

type ParsedItem = { ok: true; value: unknown; line?: number } | { ok: false; message: string; line: number }

export type ParsedBody = {
  /** `single`: one bare object, whose failure is the whole answer's. */
  shape: 'single' | 'batch'
  items: ParsedItem[]
}

/** Most events that one body may hold. */
export const MAX_EVENTS_PER_BODY = 10_000

/** Largest body after decompression. */
export const MAX_BODY_BYTES = 20 * 1024 * 1024

const NDJSON_TYPES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
])

/**
 * How a body of this media type is read.
 * @throws AppError `unsupported_media_type` for any other type.
 */
export function readEventsFormat(mediaType: string): 'json' | 'ndjson' {
  if (mediaType === 'application/json') return 'json'
  if (NDJSON_TYPES.has(mediaType)) return 'ndjson'
  throw new AppError('unsupported_media_type', 'Content-Type must be application/json or application/x-ndjson.')
}

function tooMany(count: string): AppError {
  return new AppError(
    'payload_too_large',
    `A request may hold at most ${MAX_EVENTS_PER_BODY} events, got ${count}. Send smaller batches.`,
  )
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    const value: unknown = JSON.parse(text)
    return { ok: true, value }
  } catch {
    return { ok: false }
  }
}

function parseLines(text: string): ParsedBody {
  const items: ParsedItem[] = []
  let start = 0
  for (let line = 1; start < text.length; line += 1) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const content = text.slice(start, end).trim()
    start = end + 1
    if (content === '') continue
    if (items.length >= MAX_EVENTS_PER_BODY) throw tooMany('more')
    const parsed = parseJson(content)
    items.push(
      parsed.ok
        ? { ok: true, value: parsed.value, line }
        : { ok: false, line, message: 'This line is not valid JSON.' },
    )
  }
  if (items.length === 0) throw new AppError('invalid_body', 'The body is empty. Send one event, an array or NDJSON.')
  return { shape: 'batch', items }
}

/** Whether a body that is not one JSON text reads as NDJSON: several lines, the first of which is an object. */
function looksLikeLines(text: string): boolean {
  const lines = text.split('\n', 1_000).map((line) => line.trim())
  const filled = lines.filter((line) => line !== '')
  const first = filled[0]
  if (first === undefined || filled.length < 2) return false
  const parsed = parseJson(first)
  return parsed.ok && isJsonObject(parsed.value)
}

/**
 * The events of a body: one object, an array of them, or NDJSON (by content type, or JSON of several lines that each are
 * an object).
 * @throws AppError `invalid_body` when it cannot be parsed as a whole, `payload_too_large` above the limit of events.
 */
export function parseEvents(text: string, format: 'json' | 'ndjson'): ParsedBody {
  if (text.trim() === '') {
    throw new AppError('invalid_body', 'The body is empty. Send one event, an array of events or NDJSON.')
  }
  if (format === 'ndjson') return parseLines(text)
  const parsed = parseJson(text)
  if (!parsed.ok) {
    if (looksLikeLines(text)) return parseLines(text)
    throw new AppError('invalid_body', 'The body is not valid JSON. Send one event, an array of events or NDJSON.')
  }
  const { value } = parsed
  if (Array.isArray(value)) {
    if (value.length > MAX_EVENTS_PER_BODY) throw tooMany(String(value.length))
    return { shape: 'batch', items: value.map((item: unknown) => ({ ok: true, value: item })) }
  }
  if (!isJsonObject(value)) {
    throw new AppError('invalid_body', 'The body must be a JSON object (one event), an array of them, or NDJSON.')
  }
  return { shape: 'single', items: [{ ok: true, value }] }
}

import { describe, expect, it } from 'vitest'
import { AppError } from '@/lib/errors'
import { MAX_EVENTS_PER_BODY, parseEvents, readEventsFormat } from '@/lib/events/parse-events'

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'no error'
  } catch (error) {
    return error instanceof AppError ? error.code : 'another error'
  }
}

describe('bodies that cannot be parsed as a whole', () => {
  it.each(['', '  \n', '{', 'null', '"x"', '7', 'NaN', '[{"a":1}', '{"a":1},{"b":2}', '[\n{"a":1}\n'])('%j', (text) => {
    expect(codeOf(() => parseEvents(text, 'json'))).toBe('invalid_body')
  })

  it('names the limit of events', () => {
    const events = Array.from({ length: MAX_EVENTS_PER_BODY + 1 }, () => '{}')
    expect(codeOf(() => parseEvents(`[${events.join(',')}]`, 'json'))).toBe('payload_too_large')
    expect(codeOf(() => parseEvents(events.join('\n'), 'ndjson'))).toBe('payload_too_large')
    expect(() => parseEvents(events.join('\n'), 'ndjson')).toThrow('at most 10000 events')
    expect(parseEvents(events.slice(1).join('\n'), 'ndjson').items).toHaveLength(MAX_EVENTS_PER_BODY)
  })
})

describe('shapes', () => {
  it('takes one object, an array and an empty array', () => {
    expect(parseEvents('{"a":1}', 'json')).toEqual({ shape: 'single', items: [{ ok: true, value: { a: 1 } }] })
    expect(parseEvents('[{"a":1},7]', 'json').items.map((item) => item.ok && item.value)).toEqual([{ a: 1 }, 7])
    expect(parseEvents('[]', 'json')).toEqual({ shape: 'batch', items: [] })
  })

  it('takes NDJSON with CRLF, blank lines and no final newline, and numbers its lines', () => {
    const body = parseEvents('{"a":1}\r\n\r\n{"a":2}\n  \n{"a":3}', 'ndjson')
    expect(body.items.map((item) => [item.ok, item.line])).toEqual([
      [true, 1],
      [true, 3],
      [true, 5],
    ])
  })

  it('names the one bad line of 1,000', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => (index === 499 ? '{"a":' : `{"a":${index}}`))
    const { items } = parseEvents(lines.join('\n'), 'ndjson')
    expect(items.filter((item) => !item.ok)).toEqual([
      { ok: false, line: 500, message: 'This line is not valid JSON.' },
    ])
    expect(items).toHaveLength(1_000)
  })

  it('reads NDJSON that is sent as JSON', () => {
    expect(parseEvents('{"a":1}\n{"a":2}\n', 'json').items).toHaveLength(2)
    expect(parseEvents('{"a":1}', 'ndjson').shape).toBe('batch')
  })
})

describe('media types', () => {
  it.each([
    ['application/json', 'json'],
    ['application/x-ndjson', 'ndjson'],
    ['application/jsonl', 'ndjson'],
  ])('%s is %s', (type, format) => {
    expect(readEventsFormat(type)).toBe(format)
  })

  it.each(['', 'text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('%j is refused', (type) => {
    expect(codeOf(() => readEventsFormat(type))).toBe('unsupported_media_type')
  })
})

import { describe, expect, it } from 'vitest'
import { validateEvent, validateLateOutcome } from '@/lib/events/validate-event'

const RECEIVED_MS = Date.parse('2026-11-15T12:00:00Z')
const LIMITS = { receivedAtMs: RECEIVED_MS, maxAgeDays: 400 }

const GOOD = { externalRequestId: 'r-1', provider: 'openai', model: 'gpt-4o', inputTokens: 10, outputTokens: 5 }

function validate(changes: Record<string, unknown>, limits = LIMITS) {
  return validateEvent({ ...GOOD, ...changes }, limits)
}

function problemOf(changes: Record<string, unknown>): string {
  const result = validate(changes)
  return result.ok ? 'accepted' : `${result.field}: ${result.message}`
}

function eventOf(changes: Record<string, unknown>) {
  const result = validate(changes)
  if (!result.ok) throw new Error(result.message)
  return result.event
}

describe('what is refused, with the field and what is expected', () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['no request id', { externalRequestId: undefined }, /^externalRequestId: externalRequestId is required/],
    ['a blank request id', { externalRequestId: '  ' }, /^externalRequestId: .*required/],
    ['a request id that is a number', { externalRequestId: 7 }, /must be text of at most 200 characters, got 7/],
    ['a request id of 201 characters', { externalRequestId: 'x'.repeat(201) }, /at most 200 characters, got 201/],
    ['no provider', { provider: null }, /^provider: provider is required/],
    ['no model', { model: '' }, /^model: model is required/],
    ['a model of 201 characters', { model: 'x'.repeat(201) }, /^model: .*at most 200/],
    ['negative tokens', { inputTokens: -1 }, /^inputTokens: .*integer from 0 to 1000000000000, got -1/],
    ['half a token', { outputTokens: 1.5 }, /^outputTokens: .*got 1.5/],
    ['NaN tokens', { inputTokens: Number.NaN }, /^inputTokens: .*got NaN/],
    ['infinite tokens', { inputTokens: JSON.parse('1e400') }, /^inputTokens: .*got Infinity/],
    ['tokens that no double holds', { inputTokens: JSON.parse('9007199254740993') }, /^inputTokens: .*integer/],
    ['tokens as text', { inputTokens: '10' }, /^inputTokens: .*got "10"/],
    ['tokens as a boolean', { inputTokens: true }, /^inputTokens: .*got true/],
    ['a cost of 1e30', { costUsd: 1e30 }, /^costUsd: .*from 0 to 1000000000/],
    ['a negative cost', { costUsd: -5 }, /^costUsd: .*got -5/],
    ['a negative cost as text', { costUsd: '-5' }, /^costUsd: .*got "-5"/],
    ['a cost in exponents', { costUsd: '1e3' }, /^costUsd: /],
    ['a cost of 19 fraction digits', { costUsd: '0.1234567890123456789' }, /^costUsd: .*at most 18 fraction digits/],
    ['a day that does not exist', { timestamp: '2026-02-30T00:00:00Z' }, /^timestamp: .*RFC 3339/],
    ['a timestamp without a zone', { timestamp: '2026-11-15T11:00:00' }, /^timestamp: .*with a zone/],
    ['a timestamp in a year', { timestamp: '2027-11-15T12:00:00Z' }, /^timestamp: .*in the future/],
    ['a timestamp 11 minutes ahead', { timestamp: RECEIVED_MS + 660_000 }, /^timestamp: .*in the future/],
    ['a timestamp of 1970', { timestamp: '1970-01-01T00:00:00Z' }, /^timestamp: .*more than 400 days/],
    ['epoch seconds', { timestamp: Math.floor(RECEIVED_MS / 1000) }, /^timestamp: .*epoch milliseconds/],
    ['half a millisecond', { timestamp: RECEIVED_MS + 0.5 }, /^timestamp: /],
    ['a timestamp of digits as text', { timestamp: String(RECEIVED_MS) }, /^timestamp: .*RFC 3339/],
    ['an unknown status', { status: 'ok' }, /^status: .*one of .*success, error.*got "ok"/],
    ['an unknown environment', { environment: 'production' }, /^environment: .*one of .*prod, staging, dev/],
    ['an unknown data mode', { dataMode: 'live' }, /^dataMode: .*one of/],
    ['an unknown tier', { serviceTier: 'gold' }, /^serviceTier: .*standard, batch, flex, priority/],
    ['a negative latency', { latencyMs: -1 }, /^latencyMs: /],
    ['an infinite latency', { latencyMs: Number.POSITIVE_INFINITY }, /^latencyMs: /],
    ['attempt 0', { attempt: 0 }, /^attempt: .*from 1/],
    ['revision 0', { attemptId: 'a', revision: 0 }, /^revision: .*from 1/],
    ['a correction of nothing', { revision: 2 }, /^revision: .*needs attemptId or attempt/],
    ['tags that are an array', { tags: ['a'] }, /^tags: .*object of at most 20 keys.*an array/],
    [
      '21 tags',
      { tags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 1])) },
      /at most 20 keys, got 21/,
    ],
    ['a nested tag', { tags: { team: { a: 1 } } }, /^tags.team: .*an object/],
    ['an empty tag key', { tags: { '': 'x' } }, /^tags: /],
    ['a tag key of 101 characters', { tags: { ['k'.repeat(101)]: 'x' } }, /at most 100/],
    [
      'a tag value of 1 MB',
      { tags: { team: 'x'.repeat(1_000_000) } },
      /^tags.team: .*at most 500 characters, got 1000000/,
    ],
    ['a lone surrogate', { endpointTag: '\ud800' }, /^endpointTag: .*surrogates/],
    ['a NUL character', { endpointTag: 'a\u0000b' }, /^endpointTag: .*NUL/],
    ['caches above the input', { cacheReadTokens: 8, cacheWriteTokens: 3 }, /^inputTokens: .*11 > 10/],
    ['audio above the input', { audioInputTokens: 11 }, /^inputTokens: .*11 > 10/],
    ['reasoning above the output', { reasoningTokens: 4, audioOutputTokens: 2 }, /^outputTokens: .*6 > 5/],
    ['1 h writes above all writes', { cacheWriteTokens: 2, cacheWrite1hTokens: 3 }, /^cacheWrite1hTokens: .*3 > 2/],
    ['an unknown field with an infinite number', { other: JSON.parse('1e400') }, /out of range/],
    ['an unknown field of 6,000 values', { other: Array.from({ length: 6_000 }, () => 1) }, /at most 5000 values/],
    ['an unknown field of 200,000 characters', { other: 'x'.repeat(200_000) }, /at most 100000 characters/],
    [
      'a deep unknown field',
      { other: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) },
      /nested deeper than 16/,
    ],
  ]
  it.each(cases)('%s', (_, changes, message) => {
    expect(problemOf(changes)).toMatch(message)
  })

  it.each([null, 'x', 7, true, []])('%j is not an event', (sent) => {
    expect(validateEvent(sent, LIMITS)).toMatchObject({ ok: false, message: expect.stringMatching(/JSON object/) })
  })

  it('is quick with 100,000 tags', () => {
    const tags = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 'v']))
    expect(problemOf({ tags })).toMatch(/at most 20 keys, got 100000/)
  })

  it('quotes values shortly and on one line', () => {
    expect(problemOf({ status: `a\n${'b'.repeat(10_000)}` }).length).toBeLessThan(250)
  })
})

describe('what is taken', () => {
  it('reads an event that says as little as possible', () => {
    const result = validateEvent({ externalRequestId: 'r', provider: 'p', model: 'm' }, LIMITS)
    expect(result).toMatchObject({
      ok: true,
      event: {
        status: 'unspecified',
        environment: null,
        dataMode: null,
        revision: 1,
        timestampMs: null,
        costUsd: null,
      },
    })
  })

  it('takes null and empty text for absent', () => {
    const event = eventOf({ userId: null, endpointTag: '', status: null, timestamp: '', costUsd: '', tags: null })
    expect([event.userId, event.endpointTag, event.status, event.timestampMs, event.costUsd]).toEqual([
      '',
      '',
      'unspecified',
      null,
      null,
    ])
  })

  it.each([
    [0.00001234, '0.00001234'],
    [1e-7, '0.0000001'],
    ['12.50', '12.5'],
    ['0.000000000000000001', '0.000000000000000001'],
    [1_000_000_000, '1000000000'],
    [0, '0'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1e-5 / 7, '0.000001428571428571'],
  ])('keeps the cost %j as %s', (sent, kept) => {
    expect(eventOf({ costUsd: sent }).costUsd).toBe(kept)
  })

  it.each([
    ['2026-11-15T12:00:00Z', RECEIVED_MS],
    ['2026-11-15T13:00:00.5+01:00', RECEIVED_MS + 500],
    ['2026-11-15T17:45:00.123456+05:45', RECEIVED_MS + 123],
    [RECEIVED_MS + 600_000, RECEIVED_MS + 600_000],
    [RECEIVED_MS - 400 * 86_400_000, RECEIVED_MS - 400 * 86_400_000],
  ])('reads the timestamp %j', (timestamp, ms) => {
    expect(eventOf({ timestamp }).timestampMs).toBe(ms)
  })

  it('takes any past when importing', () => {
    const limits = { ...LIMITS, maxAgeDays: null }
    expect(validateEvent({ ...GOOD, timestamp: '2003-11-16T18:17:03Z' }, limits)).toMatchObject({ ok: true })
    expect(validateEvent({ ...GOOD, timestamp: '1970-01-01T00:00:00Z' }, limits)).toMatchObject({ ok: false })
  })

  it('keeps tags of any name inert, scalars as text', () => {
    const event = eventOf({
      tags: JSON.parse('{"__proto__":"x","constructor":"y","n":1.5,"b":false,"gone":null,"e":""}'),
    })
    expect(event.tags).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['n', '1.5'],
      ['b', 'false'],
    ])
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  it('does not read fields that are not the event’s own', () => {
    expect(
      validateEvent(JSON.parse('{"__proto__":{"externalRequestId":"r","provider":"p","model":"m"}}'), LIMITS),
    ).toMatchObject({
      ok: false,
      field: 'externalRequestId',
    })
  })

  it('names what it does not know', () => {
    expect(eventOf({ workspace: 'other', input_tokens: 3 }).unknownFields).toEqual(['workspace', 'input_tokens'])
  })
})

describe('an outcome alone', () => {
  it('is taken with what names its attempt', () => {
    expect(
      validateLateOutcome({ externalRequestId: 'r-1', attempt: 2, outcome: 'solved', qualityScore: 0.5, extra: 1 }),
    ).toEqual({
      ok: true,
      late: {
        externalRequestId: 'r-1',
        attempt: 2,
        attemptId: '',
        dataMode: null,
        environment: null,
        outcome: 'solved',
        qualityScore: 0.5,
        unknownFields: ['extra'],
      },
    })
  })

  it.each([
    [{ externalRequestId: 'r-1' }],
    [{ externalRequestId: 'r-1', outcome: 'solved', model: 'gpt-4o' }],
    [{ externalRequestId: 'r-1', outcome: 'solved', inputTokens: 1 }],
    ['text'],
  ])('is not %j', (sent) => {
    expect(validateLateOutcome(sent)).toBeNull()
  })

  it.each([
    [{ outcome: 'solved' }, 'externalRequestId'],
    [{ externalRequestId: 'r-1', qualityScore: 'high' }, 'qualityScore'],
    [{ externalRequestId: 'r-1', outcome: 'x', attempt: 0 }, 'attempt'],
  ])('names what is wrong in %j', (sent, field) => {
    expect(validateLateOutcome(sent)).toMatchObject({ ok: false, field })
  })
})

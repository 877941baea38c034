import { describe, expect, it } from 'vitest'
import { validateEvent } from '@/lib/events/validate-event'
import { buildEvent } from './build-event'
import { EVENT_FIELDS } from './event-fields'
import { type PlanOptions, planEvent } from './plan-event'

const DIGEST = 'abcdef0123456789'.repeat(4)
const BASE: PlanOptions = {
  columns: ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens', 'note'],
  maps: ['timestamp=TIMESTAMP', 'inputTokens=ContextTokens', 'outputTokens=GeneratedTokens'],
  sets: ['provider=openai', 'model=gpt-4', 'endpointTag=conv'],
  zone: 'UTC',
}

function build(
  value: Record<string, unknown>,
  options: Partial<PlanOptions> = {},
  place = { line: 7, element: null as number | null },
) {
  return buildEvent({ ok: true, ...place, value }, planEvent({ ...BASE, ...options }), DIGEST)
}

function eventOf(...args: Parameters<typeof build>) {
  const built = build(...args)
  if (!built.ok) throw new Error(built.message)
  return built.event
}

const ROW = { TIMESTAMP: '2023-11-16 18:15:46.6805900', ContextTokens: '374', GeneratedTokens: '44', note: '' }

describe('planEvent', () => {
  it('refuses unknown fields with the list of valid ones', () => {
    expect(() => planEvent({ ...BASE, maps: ['tokens=ContextTokens'] })).toThrow(
      /--map tokens=ContextTokens: events have no field "tokens"\. Fields: externalRequestId, .*qualityScore, tags, tags\.<key>\./,
    )
    expect(() => planEvent({ ...BASE, sets: ['__proto__=x'] })).toThrow('events have no field "__proto__"')
    expect(() => planEvent({ ...BASE, sets: ['constructor=x'] })).toThrow('events have no field "constructor"')
    expect(() => planEvent({ ...BASE, sets: ['tags.=x'] })).toThrow('events have no field "tags."')
  })

  it('refuses a column that the file lacks, with those it has', () => {
    expect(() => planEvent({ ...BASE, maps: ['inputTokens=Context'] })).toThrow(
      'the file has no column "Context". Its columns: TIMESTAMP, ContextTokens, GeneratedTokens, note.',
    )
  })

  it('refuses a field that is filled twice, a malformed pair and a constant of the wrong kind', () => {
    expect(() => planEvent({ ...BASE, sets: [...BASE.sets, 'model=gpt-5'] })).toThrow('model is already filled')
    expect(() => planEvent({ ...BASE, sets: [...BASE.sets, 'timestamp=2023-11-16T00:00:00Z'] })).toThrow(
      'timestamp is already',
    )
    expect(() => planEvent({ ...BASE, maps: ['inputTokens'] })).toThrow('not of the form --map field=column')
    expect(() => planEvent({ ...BASE, sets: ['region='] })).toThrow('not of the form --set field=value')
    expect(() => planEvent({ ...BASE, sets: [...BASE.sets, 'toolRequests=two'] })).toThrow(
      'toolRequests must be a whole number',
    )
  })

  it('refuses a file that leaves provider, model or timestamp open', () => {
    expect(() => planEvent({ ...BASE, maps: [], sets: [] })).toThrow('Nothing fills timestamp, provider, model')
  })

  it('takes columns named as a field, and names those that nothing takes', () => {
    const plan = planEvent({ ...BASE, columns: [...(BASE.columns ?? []), 'userId', 'tags.team', 'modelName'] })
    expect(plan.unusedColumns).toEqual(['note', 'modelName'])
    expect(plan.sources.map(({ field }) => field)).toEqual(expect.arrayContaining(['userId', 'tags.team']))
  })

  it('knows the fields of events and no others', () => {
    const sent = Object.fromEntries(Object.keys(EVENT_FIELDS).map((field) => [field, null]))
    const result = validateEvent(
      { ...sent, externalRequestId: 'r', provider: 'p', model: 'm' },
      { receivedAtMs: 0, maxAgeDays: null },
    )
    expect(result.ok && result.event.unknownFields).toEqual([])
  })
})

describe('buildEvent', () => {
  it('names a record without an id after the file and the line, a JSON element after its number', () => {
    expect(eventOf(ROW)).toEqual({
      externalRequestId: 'import:abcdef0123456789:7',
      attemptId: 'import:abcdef0123456789:7',
      timestamp: Date.UTC(2023, 10, 16, 18, 15, 46, 680),
      inputTokens: 374,
      outputTokens: 44,
      provider: 'openai',
      model: 'gpt-4',
      endpointTag: 'conv',
    })
    expect(eventOf(ROW, {}, { line: 1, element: 3 }).externalRequestId).toBe('import:abcdef0123456789:#3')
  })

  it.each([
    ['ContextTokens', '12,3', 'inputTokens must be a whole number without separators, got "12,3"'],
    ['ContextTokens', '1 200', 'inputTokens must be a whole number without separators, got "1 200"'],
    ['ContextTokens', '1e3', 'inputTokens must be a whole number without separators, got "1e3"'],
    ['ContextTokens', '12.5', 'inputTokens must be a whole number without separators, got "12.5"'],
    ['ContextTokens', 'NaN', 'inputTokens must be a whole number without separators, got "NaN"'],
    ['ContextTokens', '=1+1', 'inputTokens must be a whole number without separators, got "=1+1"'],
    [
      'ContextTokens',
      '9007199254740993',
      'inputTokens must be a number that can be kept exactly, got "9007199254740993"',
    ],
    ['TIMESTAMP', '', 'timestamp is missing'],
  ])('refuses %s = %j', (column, text, message) => {
    expect(build({ ...ROW, [column]: text })).toEqual({ ok: false, message })
  })

  it('reads numbers strictly and leaves empty cells out', () => {
    const columns = [...(BASE.columns ?? []), 'latencyMs', 'costUsd', 'cacheReadTokens', 'attempt']
    const event = eventOf(
      { ...ROW, latencyMs: ' 12.5 ', costUsd: '1e-7', cacheReadTokens: '', attempt: '2.0' },
      { columns },
    )
    expect(event).toMatchObject({ latencyMs: 12.5, costUsd: '0.0000001', attempt: 2 })
    expect(Object.hasOwn(event, 'cacheReadTokens')).toBe(false)
    expect(eventOf({ ...ROW, costUsd: '0.123456789012345678' }, { columns }).costUsd).toBe('0.123456789012345678')
  })

  it('keeps text as it is: formulas, line ends, names of prototypes', () => {
    const columns = [...(BASE.columns ?? []), 'userId', 'tags.__proto__', 'tags.team']
    const event = eventOf(
      { ...ROW, userId: '=HYPERLINK("x")', 'tags.__proto__': 'x', 'tags.team': 'a\nb' },
      { columns },
    )
    expect(event.userId).toBe('=HYPERLINK("x")')
    expect(JSON.stringify(event.tags)).toBe('{"__proto__":"x","team":"a\\nb"}')
  })

  it('names an attempt after the record where the request has an id, whatever constants are set', () => {
    const columns = [...(BASE.columns ?? []), 'externalRequestId']
    const first = eventOf({ ...ROW, externalRequestId: 'r1' }, { columns })
    const other = eventOf(
      { ...ROW, externalRequestId: 'r1' },
      { columns, sets: [...BASE.sets, 'environment=prod'] },
      { line: 9, element: null },
    )
    const different = eventOf({ ...ROW, externalRequestId: 'r1', ContextTokens: '375' }, { columns })
    expect(first.attemptId).toMatch(/^import:[0-9a-f]{32}$/)
    expect(other.attemptId).toBe(first.attemptId)
    expect(different.attemptId).not.toBe(first.attemptId)
    expect(
      eventOf({ ...ROW, externalRequestId: 'r1', attempt: '2' }, { columns: [...columns, 'attempt'] }),
    ).not.toHaveProperty('attemptId')
  })

  const json = { columns: null, maps: [], sets: [] }
  const event = {
    externalRequestId: 'r1',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 5,
    outputTokens: 1,
    timestamp: '2026-01-01T00:00:00Z',
    tags: { team: 'a' },
  }

  it('passes a JSON record that is an event on untouched, as if it had been posted', () => {
    expect(eventOf(event, json)).toBe(event)
    expect(eventOf({ ...event, timestamp: 1_767_225_600_000 }, json)).not.toHaveProperty('attemptId')
    expect(eventOf({ ...event, timestamp: '2026-01-01 00:00:00' }, json)).toHaveProperty('attemptId')
    expect(eventOf(event, { ...json, sets: ['region=eu'] })).toHaveProperty('attemptId')
  })

  it('reads nested fields of JSON by their path, never those of a prototype', () => {
    const record = { at: 1_700_158_546.68, usage: { prompt: 10, completion: '2' }, meta: { team: 'x' }, id: 42 }
    const maps = [
      'timestamp=at',
      'inputTokens=usage.prompt',
      'outputTokens=usage.completion',
      'tags.team=meta.team',
      'externalRequestId=id',
      'region=constructor.name',
    ]
    expect(eventOf(record, { columns: null, maps, sets: ['provider=openai', 'model=gpt-4o'] })).toMatchObject({
      timestamp: 1_700_158_546_680,
      inputTokens: 10,
      outputTokens: 2,
      tags: { team: 'x' },
      externalRequestId: '42',
    })
    expect(eventOf(record, { columns: null, maps, sets: ['provider=openai', 'model=gpt-4o'] })).not.toHaveProperty(
      'region',
    )
  })
})

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { POST, PUT } from '@/app/v1/events/route'
import { queryRows } from '@/db/clickhouse/client'
import { type MintedKey, mintKey, mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'

const answer = z.object({
  accepted: z.number(),
  duplicates: z.number(),
  rejected: z.array(
    z.object({ index: z.number(), code: z.string(), message: z.string(), line: z.number().optional() }),
  ),
  warnings: z.array(z.object({ index: z.number(), code: z.string(), message: z.string() })).optional(),
})
const failure = z.object({ code: z.string(), message: z.string() })

function event(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    externalRequestId: 'r-1',
    attemptId: 'a-1',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 1_000,
    outputTokens: 100,
    status: 'success',
    environment: 'prod',
    dataMode: 'real',
    timestamp: new Date(Date.now() - 60_000).toISOString(),
    ...changes,
  }
}

function post(secret: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return POST(
    new Request('http://localhost/v1/events', {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
    }),
  )
}

async function send(secret: string, body: unknown) {
  const response = await post(secret, JSON.stringify(body))
  expect(response.status).toBe(200)
  return answer.parse(await response.json())
}

async function failureOf(response: Response) {
  return { status: response.status, ...failure.parse(await response.json()) }
}

let key: MintedKey
beforeAll(async () => {
  key = await mintWorkspace()
})

describe('bodies', () => {
  const bad: [string, BodyInit, Record<string, string>, number][] = [
    ['an empty body', '', {}, 400],
    ['an open brace', '{', {}, 400],
    ['null', 'null', {}, 400],
    ['a text', '"x"', {}, 400],
    ['a number', '7', {}, 400],
    ['NaN', JSON.stringify(event()).replace('1000', 'NaN'), {}, 400],
    ['no content type', JSON.stringify(event()), { 'content-type': '' }, 415],
    ['a form', JSON.stringify(event()), { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [
      'UTF-16 as announced',
      Buffer.from(JSON.stringify(event()), 'utf16le'),
      { 'content-type': 'application/json; charset=utf-16' },
      415,
    ],
    ['UTF-16 with its mark', Buffer.from(`\ufeff${JSON.stringify(event())}`, 'utf16le'), {}, 400],
    ['UTF-16 without a mark', Buffer.from(JSON.stringify(event()), 'utf16le'), {}, 400],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), {}, 400],
    ['a gzip header on a plain body', JSON.stringify(event()), { 'content-encoding': 'gzip' }, 400],
    ['a truncated gzip', gzipSync(JSON.stringify(event())).subarray(0, 60), { 'content-encoding': 'gzip' }, 400],
    ['deflate', JSON.stringify(event()), { 'content-encoding': 'deflate' }, 415],
    ['brotli', JSON.stringify(event()), { 'content-encoding': 'br' }, 415],
    ['10,001 events', JSON.stringify(Array.from({ length: 10_001 }, () => ({}))), {}, 413],
    ['a body of 21 MiB', `[${' '.repeat(21 * 1024 * 1024)}]`, {}, 413],
    ['a gzip bomb', gzipSync(Buffer.alloc(200 * 1024 * 1024)), { 'content-encoding': 'gzip' }, 413],
    ['a body shorter than announced', JSON.stringify(event()).slice(0, 40), { 'content-length': '500' }, 400],
  ]
  it.each(bad)('%s is refused and nothing is stored', async (_, body, headers, status) => {
    const before = await readTotals(key.workspaceId)
    const refused = await failureOf(await post(key.secret, body, headers))
    expect(refused.status).toBe(status)
    expect(refused.message).not.toMatch(/SELECT|node_modules|\n|\.ts\b/)
    expect(await readTotals(key.workspaceId)).toEqual(before)
  })

  it('takes an empty array', async () => {
    expect(await send(key.secret, [])).toEqual({ accepted: 0, duplicates: 0, rejected: [] })
  })

  it('takes a byte order mark, gzip, CRLF, blank lines and no final newline', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const lines = [1, 2, 3].map((n) => JSON.stringify(event({ externalRequestId: `r-${n}` })))
    const marked = await post(secret, `\ufeff${lines[0]}`)
    expect(await marked.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] })
    const zipped = await post(secret, gzipSync(`${lines[1]}\r\n\r\n${lines[2]}`), {
      'content-encoding': 'gzip',
      'content-type': 'application/x-ndjson',
    })
    expect(await zipped.json()).toEqual({ accepted: 2, duplicates: 0, rejected: [] })
    expect((await readTotals(workspaceId)).attempts).toBe(3)
  })

  it('stores 999 of 1,000 lines and names the bad one', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const lines = Array.from({ length: 1_000 }, (_, n) =>
      n === 499 ? '{"externalRequestId":' : JSON.stringify(event({ externalRequestId: `r-${n}` })),
    )
    const response = await post(secret, lines.join('\n'), { 'content-type': 'application/x-ndjson' })
    expect(await response.json()).toEqual({
      accepted: 999,
      duplicates: 0,
      rejected: [{ index: 499, code: 'invalid_json', message: 'Line 500: This line is not valid JSON.', line: 500 }],
    })
    expect((await readTotals(workspaceId)).attempts).toBe(999)
  })

  it('stores 11 MB of lines whole', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const padding = { a: 'x'.repeat(500), b: 'y'.repeat(500), c: 'z'.repeat(100) }
    const lines = Array.from({ length: 8_500 }, (_, n) =>
      JSON.stringify(event({ externalRequestId: `r-${n}`, tags: padding })),
    ).join('\n')
    expect(lines.length).toBeGreaterThan(11_000_000)
    const response = await post(secret, lines, { 'content-type': 'application/x-ndjson' })
    expect(await response.json()).toMatchObject({ accepted: 8_500, rejected: [] })
    expect((await readTotals(workspaceId)).attempts).toBe(8_500)
  })

  it('stores the good siblings of bad events and says what is wrong with each', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const result = await send(secret, [
      event(),
      event({ attemptId: 'a-2', inputTokens: -1 }),
      7,
      event({ attemptId: 'a-3' }),
    ])
    expect(result).toMatchObject({ accepted: 2, duplicates: 0 })
    expect(result.rejected.map((each) => [each.index, each.code])).toEqual([
      [1, 'invalid_event'],
      [2, 'invalid_event'],
    ])
    expect((await readTotals(workspaceId)).attempts).toBe(2)
  })

  it('answers 422 for a single bad object, then stores a good one', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const refused = await failureOf(await post(secret, JSON.stringify(event({ inputTokens: 1.5 }))))
    expect(refused).toMatchObject({ status: 422, code: 'invalid_event' })
    await send(secret, event())
    expect((await readTotals(workspaceId)).attempts).toBe(1)
  })

  it('takes POST only', async () => {
    const response = PUT()
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(failure.parse(await response.json()).code).toBe('method_not_allowed')
  })
})

describe('keys', () => {
  it.each(['', 'fk_', 'nonsense', "fk_' OR 1=1 --", `fk_${'0'.repeat(32)}`, 'fk_0123456789abcdef\n0123456789'])(
    '%j is 401',
    async (secret) => {
      const response = await POST(
        new Request('http://localhost/v1/events', {
          method: 'POST',
          body: JSON.stringify(event()),
          headers: { 'x-api-key': secret.replace('\n', ' '), 'content-type': 'application/json' },
        }),
      )
      expect(await failureOf(response)).toMatchObject({ status: 401, code: 'unauthenticated' })
    },
  )

  it('takes X-API-Key, and needs the scope', async () => {
    const readOnly = await mintKey(key.workspaceId, { scopes: ['read'] })
    expect((await failureOf(await post(readOnly.secret, '[]'))).status).toBe(403)
    const response = await POST(
      new Request('http://localhost/v1/events', {
        method: 'POST',
        body: '[]',
        headers: { 'x-api-key': key.secret, 'content-type': 'application/json' },
      }),
    )
    expect(response.status).toBe(200)
  })

  it('gives events the environment and data mode that the key fixes, if they name none', async () => {
    const fixed = await mintWorkspace({ fixedEnvironment: 'staging', fixedDataMode: 'test' })
    await send(fixed.secret, [
      event({ environment: undefined, dataMode: undefined }),
      event({ attemptId: 'a-2', dataMode: undefined }),
    ])
    const open = await mintWorkspace()
    await send(open.secret, event({ environment: undefined, dataMode: undefined }))
    const scopes = await queryRows(
      z.object({ scope: z.string() }),
      `SELECT concat(toString(environment), ' ', toString(data_mode)) AS scope FROM attempts FINAL
       WHERE workspace_id IN {workspaces:Array(UInt32)} ORDER BY workspace_id, scope`,
      { role: 'write', params: { workspaces: [fixed.workspaceId, open.workspaceId] } },
    )
    expect(scopes.map((row) => row.scope)).toEqual(['prod test', 'staging test', 'unspecified unspecified'])
  })

  it('writes to the workspace of the key, whatever the body names', async () => {
    const [mine, other] = [await mintWorkspace(), await mintWorkspace()]
    await send(mine.secret, event({ workspace: other.workspaceId, workspaceId: other.workspaceId }))
    expect((await readTotals(mine.workspaceId)).attempts).toBe(1)
    expect((await readTotals(other.workspaceId)).attempts).toBe(0)
  })
})

describe('stored once', () => {
  it('in one batch, in two, and in 50 parallel posts', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const one = event()
    expect(await send(secret, [one, one])).toEqual({ accepted: 1, duplicates: 1, rejected: [] })
    expect(await send(secret, [one])).toEqual({ accepted: 0, duplicates: 1, rejected: [] })
    const other = event({ externalRequestId: 'r-2', attemptId: undefined })
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(secret, other)))
    expect(answers.reduce((sum, each) => sum + each.accepted, 0)).toBe(1)
    expect(answers.reduce((sum, each) => sum + each.duplicates, 0)).toBe(49)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 2, input_tokens: '2000' })
  })

  it('without a timestamp too', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const unstamped = event({ timestamp: undefined, attemptId: undefined })
    await send(secret, unstamped)
    await send(secret, [unstamped, event({ timestamp: undefined, attemptId: 'a-9' })])
    await send(secret, unstamped)
    expect((await readTotals(workspaceId)).attempts).toBe(2)
  })

  it('per workspace', async () => {
    const [one, other] = [await mintWorkspace(), await mintWorkspace()]
    const same = event()
    expect((await send(one.secret, same)).accepted).toBe(1)
    expect((await send(other.secret, same)).accepted).toBe(1)
    expect((await readTotals(one.workspaceId)).attempts).toBe(1)
    expect((await readTotals(other.workspaceId)).attempts).toBe(1)
  })

  it('keeps the first of two contents of one attempt and answers 409', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const first = event()
    await send(secret, first)
    const conflict = await failureOf(await post(secret, JSON.stringify({ ...first, inputTokens: 7 })))
    expect(conflict).toMatchObject({ status: 409, code: 'conflict' })
    const batch = await send(secret, [{ ...first, inputTokens: 8 }, event({ externalRequestId: 'r-2' })])
    expect(batch).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'conflict' }] })
    expect((await readTotals(workspaceId)).input_tokens).toBe('2000')
    const findings = await queryRows(
      z.object({ kind: z.string(), found: z.coerce.number() }),
      'SELECT kind, count() AS found FROM ingest_findings WHERE workspace_id = {id:UInt32} GROUP BY kind',
      { role: 'write', params: { id: workspaceId } },
    )
    expect(findings).toEqual([{ kind: 'conflict', found: 2 }])
  })

  it('corrects by a higher revision, also to another month, and ignores stale copies', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const first = event()
    const moved = event({
      revision: 2,
      inputTokens: 50,
      timestamp: new Date(Date.now() - 40 * 86_400_000).toISOString(),
    })
    await send(secret, first)
    expect(await send(secret, moved)).toMatchObject({ accepted: 1, duplicates: 0 })
    expect(await send(secret, [first, moved])).toMatchObject({ accepted: 0, duplicates: 2 })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, input_tokens: '50' })
    expect(await send(secret, event({ revision: 3, inputTokens: 60, timestamp: first.timestamp }))).toMatchObject({
      accepted: 1,
    })
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 1, input_tokens: '60' })
  })

  it('adds a later outcome to what is stored', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const first = event({ tags: JSON.parse('{"__proto__":"inert","team":"a"}') })
    await send(secret, first)
    expect(await send(secret, { ...first, outcome: 'resolved', qualityScore: 0.9 })).toMatchObject({ duplicates: 1 })
    const rows = await queryRows(
      z.object({ outcome: z.string(), quality_score: z.number(), tags: z.string() }),
      'SELECT outcome, quality_score, toJSONString(tags) AS tags FROM attempts FINAL WHERE workspace_id = {id:UInt32}',
      { role: 'write', params: { id: workspaceId } },
    )
    expect(rows).toEqual([{ outcome: 'resolved', quality_score: 0.9, tags: '{"__proto__":"inert","team":"a"}' }])
  })
})

describe('requests', () => {
  const classRow = z.object({
    attempt_id: z.string(),
    seq: z.number(),
    request_attempts: z.number(),
    retry: z.boolean(),
    fallback: z.boolean(),
    waste: z.string(),
    outcome: z.string(),
  })

  async function classesOf(workspaceId: number) {
    return await queryRows(
      classRow,
      `SELECT attempt_id, seq, request_attempts, is_retry AS retry, is_fallback AS fallback, waste_kind AS waste,
         request_outcome AS outcome
       FROM attempts FINAL WHERE workspace_id = {id:UInt32} ORDER BY request_key, seq`,
      { role: 'write', params: { id: workspaceId } },
    )
  }

  it('are classified as a whole when attempts come late and out of order, over a month edge', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const edge = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 1)
    const at = (ms: number) => new Date(edge + ms).toISOString()
    await send(secret, event({ attemptId: 'c', provider: 'anthropic', model: 'claude-sonnet-4-5', timestamp: at(0) }))
    expect(await classesOf(workspaceId)).toMatchObject([{ attempt_id: 'c', seq: 1, waste: 'none', outcome: 'success' }])
    await send(secret, event({ attemptId: 'b', status: 'timeout', timestamp: at(-1) }))
    await send(secret, event({ attemptId: 'a', status: 'error', timestamp: at(-700) }))
    const shared = { request_attempts: 3, outcome: 'success' }
    expect(await classesOf(workspaceId)).toEqual([
      { attempt_id: 'a', seq: 1, retry: false, fallback: false, waste: 'retry', ...shared },
      { attempt_id: 'b', seq: 2, retry: true, fallback: false, waste: 'fallback', ...shared },
      { attempt_id: 'c', seq: 3, retry: false, fallback: true, waste: 'none', ...shared },
    ])
    const months = await queryRows(
      z.object({ month: z.string(), attempts: z.coerce.number() }),
      `SELECT formatDateTime(ts, '%Y-%m', 'UTC') AS month, count() AS attempts FROM attempts FINAL
       WHERE workspace_id = {id:UInt32} GROUP BY month ORDER BY month`,
      { role: 'write', params: { id: workspaceId } },
    )
    expect(months.map((row) => row.attempts)).toEqual([2, 1])
  })

  it('are flagged when attempts with and without ids meet', async () => {
    const { secret } = await mintWorkspace()
    await send(secret, event())
    const result = await send(secret, [event({ attemptId: undefined, attempt: 1 })])
    expect(result.warnings?.map((each) => each.code)).toEqual(['double_reporting'])
  })
})

describe('prices', () => {
  const priceRow = z.object({
    raw_model: z.string(),
    priced_cost: z.string().nullable(),
    reported_cost: z.string().nullable(),
    unpriced_reason: z.string(),
    model_known: z.boolean(),
    usage_known: z.boolean(),
    unsplit: z.string(),
  })

  it('stores what it cannot price as unpriced, with the reason, never as 0', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    await send(secret, [
      event({ attemptId: '1' }),
      event({ attemptId: '2', model: 'gpt-nonsense-9', costUsd: '0.25' }),
      event({ attemptId: '3', inputTokens: undefined, outputTokens: undefined }),
      event({ attemptId: '4', inputTokens: undefined, outputTokens: undefined, totalTokens: 500 }),
      event({ attemptId: '5', model: 'text-embedding-3-small', outputTokens: undefined }),
      event({ attemptId: '6', outputTokens: undefined }),
      event({ attemptId: '7', serviceTier: 'priority' }),
    ])
    const rows = await queryRows(
      priceRow,
      `SELECT raw_model, priced_cost, reported_cost, unpriced_reason, model_known, usage_known, unsplit
       FROM attempts FINAL WHERE workspace_id = {id:UInt32} ORDER BY attempt_id`,
      { role: 'write', params: { id: workspaceId } },
    )
    expect(
      rows.map((row) => [row.priced_cost === null, row.unpriced_reason, row.model_known, row.usage_known, row.unsplit]),
    ).toEqual([
      [false, '', true, true, '0'],
      [true, 'unknown_model', false, true, '0'],
      [true, 'unknown_usage', true, false, '0'],
      [true, 'unsplit_total', true, true, '500'],
      [false, '', true, true, '0'],
      [true, 'unknown_usage', true, false, '0'],
      [true, 'no_tier_price', true, true, '0'],
    ])
    // gpt-4o: 2.50 USD for a million input tokens, 10 for output.
    expect(Number(rows[0]?.priced_cost)).toBe(0.0035)
    expect(Number(rows[1]?.reported_cost)).toBe(0.25)
  })

  it('warns of personal data without storing it among the findings', async () => {
    const { secret, workspaceId } = await mintWorkspace()
    const result = await send(secret, event({ userId: 'ada@example.com', totalTokens: 9 }))
    expect(result.warnings?.map((each) => each.code)).toEqual(['personal_data', 'total_mismatch'])
    const findings = await queryRows(
      z.object({ text: z.string() }),
      `SELECT concat(kind, attempt_identity, message) AS text FROM ingest_findings WHERE workspace_id = {id:UInt32}`,
      { role: 'write', params: { id: workspaceId } },
    )
    expect(findings).toHaveLength(2)
    expect(findings.filter((row) => row.text.includes('ada@'))).toEqual([])
  })
})

describe('any order, repetition and cut of deliveries', () => {
  it('gives the same totals', async () => {
    const sent = Array.from({ length: 12 }, (_, index) =>
      event({
        externalRequestId: `r-${index % 4}`,
        attemptId: `a-${index}`,
        status: index % 3 === 0 ? 'error' : 'success',
        provider: index % 5 === 0 ? 'azure' : 'openai',
        inputTokens: 2 ** index,
        timestamp: new Date(Date.now() - 3_600_000 * (index + 1)).toISOString(),
      }),
    )
    const straight = await mintWorkspace()
    await send(straight.secret, sent)
    const expected = await readTotals(straight.workspaceId)
    expect(expected).toMatchObject({ attempts: 12, requests: 4, input_tokens: '4095' })
    const order = fc.shuffledSubarray([...sent, ...sent.slice(0, 6)], { minLength: 18 })
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 8 }), async (shuffled, size) => {
        const { secret, workspaceId } = await mintWorkspace()
        for (let start = 0; start < shuffled.length; start += size)
          await send(secret, shuffled.slice(start, start + size))
        expect(await readTotals(workspaceId)).toEqual(expected)
      }),
      { numRuns: 6 },
    )
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows, runCommand, streamRows } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { listWorkspaces, type WorkspaceRow } from '@/db/postgres/queries/workspaces'
import { verifyCredentials } from '@/lib/auth/verify-credentials'
import { classifyRequest } from '@/lib/events/classify-request'
import { STATUSES } from '@/lib/events/event-names'
import { contextOf } from '@/lib/events/identify-attempt'
import { priceAttempt } from '@/lib/events/price-attempt'
import { composeVersion, rankContent } from '@/lib/events/row-version'
import { compareDecimals } from '@/lib/money'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import { createPriceIndex, loadListPriceBook } from '@/lib/pricing/price-book'
import { DEMO_LOGIN, seedDemo } from './seed'
import { DEMO_STORIES, storyWindow } from './stories'
import { WORKSPACES } from './world'

const NOW = new Date('2026-11-21T10:42:00Z')
const ANCHOR_MS = Date.parse('2026-11-21T00:00:00Z')
const HOUR_MS = 3_600_000
const lines: string[] = []
let demo: WorkspaceRow[] = []

const seed = (now: Date) => seedDemo({ now, onProgress: (line) => lines.push(line) })

beforeAll(async () => {
  const seeded = await seed(NOW)
  expect(seeded).toEqual({ ...DEMO_LOGIN, workspaces: ['acme-support', 'acme-search', 'acme-agents', 'acme-internal'] })
  demo = (await listWorkspaces()).filter(({ slug }) => seeded.workspaces.includes(slug))
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

const ids = () => demo.map(({ id }) => id).join(',')
const idOf = (slug: string) => demo.find((row) => row.slug === slug)?.id ?? 0

async function askOne<T extends z.ZodRawShape>(shape: T, select: string, where = '1') {
  const rows = await queryRows(
    z.object(shape),
    `SELECT ${select} FROM attempts WHERE workspace_id IN (${ids()}) AND ${where}`,
  )
  const row = rows[0]
  if (!row) throw new Error('no row')
  return row
}

const fingerprint = () =>
  askOne(
    { rows: z.string(), content: z.string() },
    `count() AS rows, toString(groupBitXor(sipHash64(toString(tuple(* EXCEPT tags, toString(tags)))))) AS content`,
  )

const number = z.coerce.number()

describe('the demo', () => {
  it('has four demo workspaces in their zones, a login that owns them, and a key each, told once', async () => {
    expect(
      demo
        .map(({ slug, timeZone, isDemo, defaultDataModes, defaultEnvironments }) => [
          slug,
          timeZone,
          isDemo,
          defaultDataModes,
          defaultEnvironments,
        ])
        .sort(),
    ).toEqual([
      ['acme-agents', 'Asia/Kolkata', true, ['demo'], ['prod']],
      ['acme-internal', 'UTC', true, ['demo'], ['prod']],
      ['acme-search', 'America/New_York', true, ['demo'], ['prod']],
      ['acme-support', 'Europe/Berlin', true, ['demo'], ['prod']],
    ])
    expect(await verifyCredentials({ ...DEMO_LOGIN, address: '127.0.0.1' }, NOW.getTime())).toMatchObject({
      ok: true,
      user: { email: DEMO_LOGIN.email },
    })
    expect(lines.filter((line) => /API key of acme-\w+ \(shown once\): fk_[0-9a-f]{48}$/.test(line))).toHaveLength(4)
  })

  it('spans 90 days up to the last full hour, and looks like a company', async () => {
    const facts = await askOne(
      {
        attempts: number,
        first: z.string(),
        last: z.string(),
        endpoints: number,
        prompts: number,
        users: number,
        providers: z.array(z.string()),
        models: number,
        modes: z.array(z.string()),
        prod: number,
        retries: number,
        fallbacks: number,
        failed: number,
        topUserShare: number,
      },
      `count() AS attempts, toString(min(ts)) AS first, toString(max(ts)) AS last, uniqExact(endpoint) AS endpoints,
       uniqExact(prompt_version) AS prompts, uniqExact(user_id) AS users, arraySort(groupUniqArray(provider)) AS providers,
       uniqExact(model) AS models, groupUniqArray(toString(data_mode)) AS modes, countIf(environment = 'prod') / count() AS prod,
       countIf(is_retry) / count() AS retries, countIf(request_fallback AND seq = 1) / countIf(seq = 1) AS fallbacks,
       countIf(request_outcome = 'failed' AND seq = 1) / countIf(seq = 1) AS failed,
       arrayMax(topKWeighted(1, 10, 'counts')(user_id, 1).count) / count() AS topUserShare`,
    )
    expect(facts.attempts).toBeGreaterThan(300_000)
    expect(facts.attempts).toBeLessThan(600_000)
    expect(facts.first.slice(0, 13)).toBe('2026-08-23 00')
    expect(facts.last.slice(0, 13)).toBe('2026-11-21 09')
    expect(facts.endpoints).toBe(25)
    expect(facts.prompts).toBeGreaterThan(35)
    expect(facts.prompts).toBeLessThan(60)
    expect(facts.users).toBeGreaterThan(2_500)
    expect(facts.providers).toEqual(['anthropic', 'aws', 'google', 'mistral', 'openai'])
    expect(facts.models).toBeGreaterThan(12)
    expect(facts.modes).toEqual(['demo'])
    expect(facts.prod).toBeGreaterThan(0.9)
    expect(facts.retries).toBeGreaterThan(0.02)
    expect(facts.retries).toBeLessThan(0.06)
    expect(facts.fallbacks).toBeGreaterThan(0.015)
    expect(facts.fallbacks).toBeLessThan(0.04)
    expect(facts.failed).toBeGreaterThan(0.005)
    expect(facts.failed).toBeLessThan(0.02)
    expect(facts.topUserShare).toBeLessThan(0.2)
  })
})

const flag = z.boolean()
const outcome = z.enum(['unspecified', 'success', 'failed'])
const outcomeAt = z.enum(['unspecified', 'success', 'failed', 'elsewhere'])
const storedAttempt = z.object({
  request_key: z.string(),
  attempt_key: z.string(),
  ts_ms: number,
  attempt_number: z.number(),
  raw_provider: z.string(),
  raw_model: z.string(),
  provider: z.string(),
  model: z.string(),
  model_version: z.string(),
  region: z.string(),
  status: z.enum(STATUSES),
  endpoint: z.string(),
  prompt_version: z.string(),
  user_id: z.string(),
  api_key_id: z.number(),
  tag_list: z.array(z.tuple([z.string(), z.string()])),
  usage_known: flag,
  model_known: flag,
  input_uncached: number,
  cache_read: number,
  cache_write_5m: number,
  cache_write_1h: number,
  output_text: number,
  reasoning: number,
  tool_requests: number,
  priced_cost: z.string().nullable(),
  price_id: z.string(),
  unpriced_reason: z.string(),
  received_ms: number,
  content_hash: z.number(),
  version: z.string(),
  request_attempts: z.number(),
  seq: z.number(),
  since_first_ms: number,
  until_last_ms: number,
  is_last: flag,
  is_retry: flag,
  is_fallback: flag,
  mixed: flag,
  request_fallback: flag,
  request_outcome: outcome,
  waste_kind: z.enum(['none', 'retry', 'fallback', 'failed_request']),
  next_is_fallback: flag,
  next_provider_differs: flag,
  next_model_differs: flag,
  first_of_provider: flag,
  first_of_model: flag,
  first_of_deployment: flag,
  outcome_at_provider: outcomeAt,
  outcome_at_model: outcomeAt,
  outcome_at_deployment: outcomeAt,
  left_provider: flag,
  left_model: flag,
  left_deployment: flag,
})
type StoredAttempt = z.infer<typeof storedAttempt>

const DERIVED = new Set(['ts_ms', 'received_ms', 'tag_list'])

/** Every request of several attempts, and one in forty of the others. */
async function* sampleRequests(): AsyncGenerator<StoredAttempt[]> {
  const columns = Object.keys(storedAttempt.shape).filter((name) => !DERIVED.has(name))
  const rows = streamRows(
    storedAttempt,
    `SELECT ${columns.map((name) => (name === 'version' ? 'toString(attempts.version) AS version' : name)).join(', ')},
       toUnixTimestamp64Milli(ts) AS ts_ms, toUnixTimestamp64Milli(received_at) AS received_ms,
       CAST(tags, 'Array(Tuple(String, String))') AS tag_list
     FROM attempts WHERE workspace_id IN (${ids()}) AND (request_attempts > 1 OR request_key % 40 = 0)
     ORDER BY workspace_id, request_key`,
  )
  let request: StoredAttempt[] = []
  for await (const row of rows) {
    if (request[0] && request[0].request_key !== row.request_key) {
      yield request
      request = []
    }
    request.push(row)
  }
  if (request.length > 0) yield request
}

describe('every sampled attempt', () => {
  it('is classified and versioned as ingest would have done it', async () => {
    let requests = 0
    const shapes = new Set<string>()
    for await (const request of sampleRequests()) {
      requests += 1
      const classes = classifyRequest(
        request.map((row) => ({
          attemptKey: row.attempt_key,
          tsMs: row.ts_ms,
          attemptNumber: row.attempt_number,
          provider: row.provider,
          model: row.model,
          status: row.status,
          context: contextOf({
            endpoint: row.endpoint,
            promptVersion: row.prompt_version,
            userId: row.user_id,
            apiKeyId: row.api_key_id,
            tags: row.tag_list,
          }),
        })),
      )
      expect(classes.size).toBe(request.length)
      for (const row of request) {
        const stored = {
          requestAttempts: row.request_attempts,
          seq: row.seq,
          sinceFirstMs: row.since_first_ms,
          untilLastMs: row.until_last_ms,
          isLast: row.is_last,
          isRetry: row.is_retry,
          isFallback: row.is_fallback,
          mixed: row.mixed,
          requestFallback: row.request_fallback,
          requestOutcome: row.request_outcome,
          wasteKind: row.waste_kind,
          nextIsFallback: row.next_is_fallback,
          nextProviderDiffers: row.next_provider_differs,
          nextModelDiffers: row.next_model_differs,
          firstOfProvider: row.first_of_provider,
          firstOfModel: row.first_of_model,
          firstOfDeployment: row.first_of_deployment,
          outcomeAtProvider: row.outcome_at_provider,
          outcomeAtModel: row.outcome_at_model,
          outcomeAtDeployment: row.outcome_at_deployment,
          leftProvider: row.left_provider,
          leftModel: row.left_model,
          leftDeployment: row.left_deployment,
        }
        expect(stored).toEqual(classes.get(row.attempt_key))
        const version = composeVersion(rankContent(1, row.received_ms, row.content_hash), request.length)
        expect(row.version).toBe(String(version))
      }
      const ordered = [...request].sort((a, b) => a.seq - b.seq)
      const first = ordered[0]
      shapes.add(
        ordered
          .map(
            (row) =>
              `${row.provider === first?.provider && row.model === first.model ? 'A' : 'B'}${row.status === 'success' ? '+' : '-'}`,
          )
          .join(' '),
      )
    }
    expect(requests).toBeGreaterThan(15_000)
    expect([...shapes]).toEqual(
      expect.arrayContaining(['A+', 'A-', 'A- A+', 'A- B+', 'A- A- B+', 'A- B- A+', 'A- B-', 'A+ A+', 'A- A- A- B+']),
    )
  })

  it('is named and priced as ingest would have done it, to the last digit', async () => {
    const index = createPriceIndex(loadListPriceBook())
    const reasons = new Map<string, number>()
    for await (const request of sampleRequests()) {
      for (const row of request) {
        const names = normaliseModel(row.raw_provider, row.raw_model)
        expect([row.provider, row.model, row.model_version, row.region]).toEqual([
          names.provider,
          names.model,
          names.modelVersion ?? '',
          names.region ?? '',
        ])
        const price = priceAttempt(
          {
            classes: {
              inputUncached: row.input_uncached,
              cacheRead: row.cache_read,
              cacheWrite5m: row.cache_write_5m,
              cacheWrite1h: row.cache_write_1h,
              output: row.output_text,
              reasoning: row.reasoning,
              audioInput: 0,
              audioOutput: 0,
              toolRequests: row.tool_requests,
              unsplit: 0,
            },
            knowledge: row.usage_known ? 'known' : 'unknown',
            totalMismatch: false,
          },
          {
            provider: row.provider,
            model: row.model,
            serviceTier: 'standard',
            region: row.region || null,
            at: new Date(row.ts_ms),
          },
          index,
        )
        expect([row.model_known, row.usage_known, row.price_id, row.unpriced_reason]).toEqual([
          price.modelKnown,
          price.usageKnown,
          price.priceId,
          price.unpricedReason,
        ])
        if (price.pricedCostUsd === null || row.priced_cost === null) expect(row.priced_cost).toBe(price.pricedCostUsd)
        else expect(compareDecimals(row.priced_cost, price.pricedCostUsd)).toBe(0)
        reasons.set(row.unpriced_reason, (reasons.get(row.unpriced_reason) ?? 0) + 1)
      }
    }
    expect([...reasons.keys()].sort()).toEqual(['', 'unknown_model', 'unknown_usage'])
  })
})

describe('the stories', () => {
  const during = (id: Parameters<typeof storyWindow>[0]) => {
    const { fromMs, toMs } = storyWindow(id, ANCHOR_MS)
    return `toUnixTimestamp64Milli(ts) >= ${fromMs} AND toUnixTimestamp64Milli(ts) < ${toMs ?? ANCHOR_MS + 24 * HOUR_MS}`
  }

  it('name workspaces and endpoints that exist', () => {
    for (const story of DEMO_STORIES) {
      const workspace = WORKSPACES.find(({ slug }) => slug === story.workspace)
      expect(workspace?.slug).toBe(story.workspace)
      if (story.filters.endpoint) expect(workspace?.endpoints.map(({ tag }) => tag)).toContain(story.filters.endpoint)
    }
  })

  it('a provider is down: failures, retries and fallbacks jump', async () => {
    const shape = { failed: number, retries: number, fallbacks: number }
    const select = `countIf(status != 'success') / count() AS failed, countIf(is_retry) / count() AS retries,
      countIf(first_of_provider AND left_provider) / countIf(first_of_provider) AS fallbacks`
    const inside = await askOne(shape, select, `provider = 'openai' AND ${during('provider-outage')}`)
    const outside = await askOne(shape, select, `provider = 'openai' AND NOT (${during('provider-outage')})`)
    expect(inside.failed).toBeGreaterThan(0.5)
    expect(outside.failed).toBeLessThan(0.08)
    expect(inside.retries).toBeGreaterThan(8 * outside.retries)
    expect(inside.fallbacks).toBeGreaterThan(10 * outside.fallbacks)
  })

  it('a prompt version doubles the output', async () => {
    const perAnswer = (version: string) =>
      askOne(
        { tokens: number },
        `avg(output_text + reasoning) AS tokens`,
        `workspace_id = ${idOf('acme-support')} AND prompt_version = '${version}' AND status = 'success' AND usage_known`,
      )
    const [before, after] = [await perAnswer('support-reply@v14'), await perAnswer('support-reply@v15')]
    expect(after.tokens / before.tokens).toBeGreaterThan(1.85)
    expect(after.tokens / before.tokens).toBeLessThan(2.15)
  })

  it('a renamed model is unpriced, never $0', async () => {
    const renamed = await askOne(
      { attempts: number, priced: number, days: number },
      `count() AS attempts, countIf(priced_cost IS NOT NULL) AS priced, uniqExact(toDate(ts)) AS days`,
      `model = 'gpt-5-mini-eu-preview'`,
    )
    expect(renamed.attempts).toBeGreaterThan(500)
    expect(renamed.priced).toBe(0)
    expect(renamed.days).toBe(7)
  })

  it('one tenant runs away', async () => {
    const rows = await queryRows(
      z.object({ user_id: z.string(), spend: number }),
      `SELECT user_id, sum(priced_cost) AS spend FROM attempts
       WHERE workspace_id = ${idOf('acme-agents')} AND ${during('runaway-tenant')} GROUP BY user_id ORDER BY spend DESC LIMIT 2`,
    )
    expect(rows[0]?.user_id).toMatch(/^t_[0-9a-f]{16}$/)
    expect(rows[0]?.spend).toBeGreaterThan(5 * (rows[1]?.spend ?? 0))
  })

  it('a routing change lowers the cost of a request', async () => {
    const perRequest = (condition: string) =>
      askOne(
        { cost: number },
        'sum(priced_cost) / countIf(seq = 1) AS cost',
        `endpoint = 'search-answer' AND ${condition}`,
      )
    const before = await perRequest(`NOT (${during('routing-change')})`)
    const after = await perRequest(during('routing-change'))
    expect(after.cost).toBeLessThan(before.cost / 3)
  })
})

describe('seeding again', () => {
  it('changes nothing when all is there', async () => {
    const before = await fingerprint()
    lines.length = 0
    await seed(new Date(NOW.getTime() + 60_000))
    expect(lines).toEqual(['Demo data: up to date.'])
    expect(await fingerprint()).toEqual(before)
  })

  it('brings back exactly what a generation that was cut off left out', async () => {
    const before = await fingerprint()
    await runCommand(
      `ALTER TABLE attempts DELETE WHERE workspace_id IN (${ids()}) AND attempt_key % 3 > 0
         AND ts >= '2026-10-26 00:00:00' AND ts < '2026-11-02 07:13:00'`,
      { settings: { mutations_sync: '1' } },
    )
    expect((await fingerprint()).rows).not.toBe(before.rows)
    await seed(NOW)
    expect(await fingerprint()).toEqual(before)
  })

  it('adds the hours that have passed and touches no other', async () => {
    const before = await fingerprint()
    await seed(new Date(NOW.getTime() + 20 * HOUR_MS))
    const { last } = await askOne({ last: z.string() }, 'toString(max(ts)) AS last')
    expect(last.slice(0, 13)).toBe('2026-11-22 05')
    const added = await askOne({ rows: number }, 'count() AS rows', "ts >= '2026-11-21 10:00:00'")
    expect(added.rows).toBeGreaterThan(1_000)
    const after = await fingerprint()
    expect(Number(after.rows)).toBe(Number(before.rows) + added.rows)
  })

  it('does not take over a workspace that holds other data', async () => {
    const { applyProvision } = await import('@/lib/auth/provision')
    await applyProvision({ workspaces: [{ slug: 'acme-internal', name: 'Ours', isDemo: false }] })
    await expect(seed(NOW)).rejects.toThrow('A workspace acme-internal exists and holds no demo data')
    await applyProvision({ workspaces: [{ slug: 'acme-internal', name: 'Acme Internal', isDemo: true }] })
  })
})

import { randomInt } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadAttempts } from '@/bench/load-attempts'
import { DAY_MS, DAYS, ENDPOINTS, MODELS, PROMPT_VERSIONS, PROVIDERS, WORKSPACE_SLUGS } from '@/bench/world'
import { queryRows } from '@/db/clickhouse/client'
import { type AttemptClass, classifyRequest, packFlags } from '@/lib/events/classify-request'
import { STATUSES } from '@/lib/events/event-names'
import { priceAttempt } from '@/lib/events/price-attempt'
import { createPriceIndex, loadListPriceBook } from '@/lib/pricing/price-book'

const ATTEMPTS = 40_000
const LAST_DAY_MS = Date.UTC(2026, 4, 31)

function mintWorkspaces() {
  const first = randomInt(1_000_000, 2_000_000_000)
  return WORKSPACE_SLUGS.map((_, index) => ({ id: first + index, apiKeyId: first + index }))
}

async function readNumbers(ids: readonly number[], columns: Record<string, string>): Promise<Record<string, number>> {
  const select = Object.entries(columns).map(([name, sql]) => `toFloat64(${sql}) AS ${name}`)
  const [row] = await queryRows(
    z.record(z.string(), z.number()),
    `SELECT ${select.join(', ')} FROM attempts WHERE workspace_id IN {ids:Array(UInt32)}`,
    { params: { ids } },
  )
  return row ?? {}
}

const CHECKSUM = {
  rows: 'count()',
  sum: 'sum(cityHash64(tuple(* EXCEPT (workspace_id, api_key_id, tags), mapKeys(tags), mapValues(tags))) % 1000000007)',
}

describe('generated attempts', () => {
  const workspaces = mintWorkspaces()
  const ids = workspaces.map(({ id }) => id)

  beforeAll(async () => {
    await loadAttempts({
      attempts: ATTEMPTS,
      lastDayMs: LAST_DAY_MS,
      endMs: LAST_DAY_MS + DAY_MS,
      workspaces,
      onProgress: () => {},
    })
  })

  it('have the shares that are asked for, exactly', async () => {
    const shares = await readNumbers(ids, {
      attempts: 'count()',
      retries: 'countIf(is_retry)',
      fallbacks: 'countIf(is_fallback)',
      unknown: 'countIf(NOT model_known)',
      requests: 'countIf(seq = 1)',
      distinctRequests: 'uniqExact(external_request_id)',
      distinctAttempts: 'uniqExact(attempt_key)',
      tags: 'min(length(tags))',
    })
    expect(shares).toEqual({
      attempts: ATTEMPTS,
      retries: ATTEMPTS * 0.03,
      fallbacks: ATTEMPTS * 0.02,
      unknown: ATTEMPTS * 0.01,
      requests: ATTEMPTS * 0.95,
      distinctRequests: ATTEMPTS * 0.95,
      distinctAttempts: ATTEMPTS,
      tags: 2,
    })
  })

  it('cover the dimensions and the days, and no more', async () => {
    const found = await readNumbers(ids, {
      workspaces: 'uniqExact(workspace_id)',
      endpoints: 'uniqExact(endpoint)',
      promptVersions: 'uniqExact(prompt_version)',
      providers: 'uniqExactIf(provider, model_known)',
      models: 'uniqExactIf((provider, model), model_known)',
      days: 'uniqExact(toDate(ts))',
      firstDay: 'toUnixTimestamp(toDateTime(min(toDate(ts))))',
      lastDay: 'toUnixTimestamp(toDateTime(max(toDate(ts))))',
    })
    expect(found).toEqual({
      workspaces: WORKSPACE_SLUGS.length,
      endpoints: ENDPOINTS,
      promptVersions: PROMPT_VERSIONS,
      providers: PROVIDERS.length,
      models: MODELS.length,
      days: DAYS,
      firstDay: (LAST_DAY_MS - (DAYS - 1) * DAY_MS) / 1000,
      lastDay: LAST_DAY_MS / 1000,
    })
  })

  it('give the first workspace a third and the days even parts', async () => {
    const [big = 0] = ids
    const found = await readNumbers(ids, {
      bigShare: `countIf(workspace_id = ${big}) / count()`,
      smallestDay: 'arrayMin(mapValues(sumMap(map(toDate(ts), 1))))',
      largestDay: 'arrayMax(mapValues(sumMap(map(toDate(ts), 1))))',
    })
    expect(found.bigShare).toBeCloseTo(1 / 3, 1.5)
    expect(found.smallestDay).toBeGreaterThanOrEqual(ATTEMPTS / DAYS - 100)
    expect(found.largestDay).toBeLessThanOrEqual(ATTEMPTS / DAYS + 100)
  })

  it('have users by Zipf: twice the rank, half the attempts', async () => {
    const rows = await queryRows(
      z.object({ attempts: z.coerce.number() }),
      `SELECT count() AS attempts FROM attempts WHERE workspace_id IN {ids:Array(UInt32)} GROUP BY user_id ORDER BY attempts DESC`,
      { params: { ids } },
    )
    const counts = rows.map(({ attempts }) => attempts)
    const sumOfRanks = (from: number, to: number) => counts.slice(from - 1, to).reduce((sum, count) => sum + count, 0)
    // Attempts of the ranks from n to 2n − 1 are the same for every n.
    const octaves = [1, 4, 16, 64, 256].map((rank) => sumOfRanks(rank, 2 * rank - 1) / ATTEMPTS)
    for (const share of octaves) expect(share).toBeCloseTo(Math.log(2) / Math.log(50_001), 1.7)
  })

  it('are classified as ingest would, flags included', async () => {
    const classes = await queryRows(
      attemptRow,
      `SELECT toString(request_key) AS requestKey, toString(attempt_key) AS attemptKey, toUnixTimestamp64Milli(ts) AS tsMs,
         attempt_number AS attemptNumber, provider, model, status,
         toString((endpoint, prompt_version, user_id, api_key_id, tags)) AS context,
         request_attempts AS requestAttempts, seq, since_first_ms AS sinceFirstMs, until_last_ms AS untilLastMs, flags
       FROM attempts WHERE workspace_id IN {ids:Array(UInt32)}`,
      { params: { ids } },
    )
    const requests = new Map<string, z.infer<typeof attemptRow>[]>()
    for (const attempt of classes) {
      const known = requests.get(attempt.requestKey)
      if (known) known.push(attempt)
      else requests.set(attempt.requestKey, [attempt])
    }
    const seen = { pairs: 0, wrong: [] as unknown[] }
    for (const attempts of requests.values()) {
      if (attempts.length > 1) seen.pairs += 1
      const expected = classifyRequest(attempts)
      for (const attempt of attempts) {
        const own = expected.get(attempt.attemptKey)
        if (!own || !isSameClass(own, attempt)) seen.wrong.push({ attempt, own })
      }
    }
    expect(seen).toEqual({ pairs: ATTEMPTS * 0.05, wrong: [] })
  })

  it('are priced as ingest would', async () => {
    const index = createPriceIndex(loadListPriceBook())
    const rows = await queryRows(
      pricedRow,
      `SELECT provider, model, toUnixTimestamp64Milli(ts) AS tsMs, input_uncached AS inputUncached, cache_read AS cacheRead,
         cache_write_5m AS cacheWrite5m, output_text AS output, reasoning, priced_cost AS cost, price_id AS priceId,
         model_known AS modelKnown
       FROM attempts WHERE workspace_id IN {ids:Array(UInt32)} ORDER BY attempt_key LIMIT 2000`,
      { params: { ids } },
    )
    const wrong = rows.filter((row) => {
      const { inputUncached, cacheRead, cacheWrite5m, output, reasoning } = row
      const classes = {
        ...{ inputUncached, cacheRead, cacheWrite5m, cacheWrite1h: 0, output, reasoning },
        ...{ audioInput: 0, audioOutput: 0, toolRequests: 0, unsplit: 0 },
      }
      const usage = { classes, knowledge: 'known' as const, totalMismatch: false }
      const price = priceAttempt(
        usage,
        { provider: row.provider, model: row.model, serviceTier: 'standard', region: null, at: new Date(row.tsMs) },
        index,
      )
      return (
        Number(price.pricedCostUsd) !== Number(row.cost) ||
        price.modelKnown !== row.modelKnown ||
        price.priceId !== row.priceId
      )
    })
    expect(wrong).toEqual([])
  })

  it('are the same every time', async () => {
    const again = mintWorkspaces()
    await loadAttempts({
      attempts: ATTEMPTS,
      lastDayMs: LAST_DAY_MS,
      endMs: LAST_DAY_MS + DAY_MS,
      workspaces: again,
      onProgress: () => {},
    })
    const first = await readNumbers(ids, CHECKSUM)
    expect(first.rows).toBe(ATTEMPTS)
    expect(
      await readNumbers(
        again.map(({ id }) => id),
        CHECKSUM,
      ),
    ).toEqual(first)
  })
})

const attemptRow = z.object({
  requestKey: z.string(),
  attemptKey: z.string(),
  tsMs: z.coerce.number(),
  attemptNumber: z.number(),
  provider: z.string(),
  model: z.string(),
  status: z.enum(STATUSES),
  context: z.string(),
  requestAttempts: z.number(),
  seq: z.number(),
  sinceFirstMs: z.coerce.number(),
  untilLastMs: z.coerce.number(),
  flags: z.number(),
})

const count = z.coerce.number()
const pricedRow = z.object({
  provider: z.string(),
  model: z.string(),
  tsMs: count,
  inputUncached: count,
  cacheRead: count,
  cacheWrite5m: count,
  output: count,
  reasoning: count,
  cost: z.string().nullable(),
  priceId: z.string(),
  modelKnown: z.boolean(),
})

function isSameClass(own: AttemptClass, stored: z.infer<typeof attemptRow>): boolean {
  return (
    own.requestAttempts === stored.requestAttempts &&
    own.seq === stored.seq &&
    own.sinceFirstMs === stored.sinceFirstMs &&
    own.untilLastMs === stored.untilLastMs &&
    packFlags(own) === stored.flags
  )
}

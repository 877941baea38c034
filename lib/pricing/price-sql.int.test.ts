import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { insertRows, queryRows, runCommand } from '@/db/clickhouse/client'
import { formatInstant } from '@/db/clickhouse/format-instant'
import { type AttemptPrice, priceAttempt } from '@/lib/events/price-attempt'
import type { SplitUsage, UsageKnowledge } from '@/lib/events/split-usage'
import { trimDecimal } from '@/lib/money'
import { type OpenPriceChange, toBook } from '@/lib/pricing/open-price-change'
import { type ContextBand, createPriceIndex, type PriceRow, type UnitPrices } from '@/lib/pricing/price-book'
import { pricedAttempts, repricedColumns } from '@/lib/pricing/price-sql'
import { PRICED_CLASSES } from '@/lib/pricing/price-usage'

const DAY_MS = 86_400_000
const BASE_MS = Date.UTC(2026, 4, 1)
const TIERS = ['standard', 'batch', 'priority'] as const
const MODELS = ['m1', 'm2', 'm3'] as const
const WORKSPACES = [1, 2, 3]

const unitPrice = fc.oneof(
  fc.constant('0'),
  fc.bigInt({ min: 0n, max: 10n ** 21n }).map((digits) => trimDecimal(`${digits}e-18`)),
  fc.bigInt({ min: 0n, max: 99n }).map((digits) => trimDecimal(`${digits}e-6`)),
)
const unitPrices: fc.Arbitrary<UnitPrices> = fc
  .record(Object.fromEntries(PRICED_CLASSES.map((name) => [name, unitPrice] as const)), { requiredKeys: [] })
  .map((prices): UnitPrices => prices)
const bound = fc.option(fc.integer({ min: 0, max: 6 }).map((day) => new Date(BASE_MS + day * DAY_MS + 1)))
const daily = fc.constantFrom<[string | null, string | null]>(
  [null, null],
  [null, null],
  ['06:00', '12:30'],
  ['22:15', '03:00'],
  ['07:00', '07:00'],
  ['16:30', '00:00'],
)
const priceRow = fc
  .record({
    model: fc.constantFrom(...MODELS),
    serviceTier: fc.constantFrom(...TIERS),
    region: fc.constantFrom(null, null, 'global', 'regional'),
    contextBand: fc.constantFrom<ContextBand>('base', 'base', '>100', '>5000'),
    effectiveFrom: bound,
    effectiveTo: bound,
    daily,
    unitPrices,
    layer: fc.constantFrom(0, 1, 2),
  })
  .map(
    ({ daily: [dailyFrom, dailyTo], layer, ...row }): Omit<PriceRow, 'id'> => ({
      ...row,
      layer: layer === 0 ? 0 : layer === 1 ? 1 : 2,
      provider: 'p',
      dailyFrom,
      dailyTo,
      source: 'test',
    }),
  )
const bookRows = fc
  .array(priceRow, { maxLength: 9 })
  .map((rows) => rows.map((row, at): PriceRow => ({ ...row, id: `row '${at}'\\` })))

const count = fc.oneof(
  fc.constant(0),
  fc.constant(0),
  fc.integer({ min: 1, max: 9_000 }),
  fc.constant(1_000_000_000_000),
)
const attempt = fc.record({
  workspaceId: fc.constantFrom(...WORKSPACES),
  model: fc.constantFrom(...MODELS, 'm4'),
  tier: fc.constantFrom(...TIERS, 'flex'),
  region: fc.constantFrom('', 'global', 'GLOBAL', 'eu-west-1'),
  atMs: fc.oneof(
    fc.integer({ min: -2 * DAY_MS, max: 8 * DAY_MS }).map((offset) => BASE_MS + offset),
    fc
      .integer({ min: 0, max: 6 })
      .chain((day) => fc.integer({ min: -1, max: 2 }).map((offset) => BASE_MS + day * DAY_MS + offset)),
    fc
      .integer({ min: 0, max: 1_440 * 3 })
      .chain((minute) => fc.integer({ min: -1, max: 0 }).map((offset) => BASE_MS + minute * 60_000 + offset)),
    fc.integer({ min: -DAY_MS, max: 0 }),
  ),
  knowledge: fc.constantFrom<UsageKnowledge>('known', 'known', 'known', 'input_only', 'unsplit', 'unknown'),
  counts: fc.tuple(count, count, count, count, count, count, count, count, count),
})
type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never

const STORED = { price_id: 'stored', unpriced_reason: 'stored reason' }

function usageOf({ counts, knowledge }: Attempt): SplitUsage {
  const [inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput, tools] =
    counts
  return {
    classes: {
      ...{ inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput },
      ...{ toolRequests: tools, unsplit: knowledge === 'unsplit' ? 7 : 0 },
    },
    knowledge,
    totalMismatch: false,
  }
}

/** The plain reading of what open changes mean. */
function expectedPrice(row: Attempt, changes: readonly (OpenPriceChange & { priceRows: PriceRow[] })[]): AttemptPrice {
  const covering = changes.filter(
    (change) => change.model === row.model && (change.workspaceId === 0 || change.workspaceId === row.workspaceId),
  )
  const isTouched = covering.some(
    ({ affectedFromMs, affectedToMs }) =>
      (affectedFromMs === null || row.atMs >= affectedFromMs) && (affectedToMs === null || row.atMs < affectedToMs),
  )
  const newest = covering.toSorted((a, b) => b.changeId - a.changeId)[0]
  if (!isTouched || !newest) {
    return { modelKnown: true, usageKnown: true, pricedCostUsd: '0.5', priceId: 'stored', unpricedReason: '' }
  }
  const index = createPriceIndex({ rows: newest.priceRows, version: '' })
  return priceAttempt(
    usageOf(row),
    { provider: 'p', model: row.model, serviceTier: row.tier, region: row.region || null, at: new Date(row.atMs) },
    index,
  )
}

const priceRowOut = z.object({
  id: z.coerce.number(),
  cost: z.string().nullable(),
  model_known: z.boolean(),
  usage_known: z.boolean(),
  price: z.string(),
  reason: z.string(),
})

function params() {
  const values: Record<string, unknown> = {}
  return {
    values,
    bind: (type: string, value: unknown) => {
      const name = `b${Object.keys(values).length}`
      values[name] = value
      return `{${name}:${type}}`
    },
  }
}

async function stage(attempts: readonly Attempt[]): Promise<string> {
  const table = `price_sql_${Math.random().toString(36).slice(2)}`
  await runCommand(`CREATE TABLE ${table} AS attempts ENGINE = MergeTree ORDER BY attempt_key`)
  await insertRows(
    table,
    attempts.map((row, at) => {
      const { classes, knowledge } = usageOf(row)
      return {
        workspace_id: row.workspaceId,
        ts: formatInstant(row.atMs),
        attempt_key: at,
        provider: 'p',
        model: row.model,
        service_tier: row.tier,
        region: row.region,
        input_uncached: classes.inputUncached,
        cache_read: classes.cacheRead,
        cache_write_5m: classes.cacheWrite5m,
        cache_write_1h: classes.cacheWrite1h,
        output_text: classes.output,
        reasoning: classes.reasoning,
        audio_input: classes.audioInput,
        audio_output: classes.audioOutput,
        unsplit: classes.unsplit,
        tool_requests: classes.toolRequests,
        usage_knowledge: knowledge,
        usage_known: true,
        model_known: true,
        priced_cost: '0.5',
        ...STORED,
        unpriced_reason: '',
        flags: 0,
      }
    }),
  )
  return table
}

async function priceInSql(table: string, changes: readonly OpenPriceChange[]) {
  const { values, bind } = params()
  const columns = repricedColumns(changes, bind)
  return await queryRows(
    priceRowOut,
    `SELECT attempt_key AS id, ${columns.pricedCost} AS cost, ${columns.modelKnown} AS model_known,
       ${columns.usageKnown} AS usage_known, ${columns.priceId} AS price, ${columns.unpricedReason} AS reason
     FROM ${pricedAttempts(columns, table)} ORDER BY id`,
    { role: 'write', params: values },
  )
}

describe('repricedColumns', { timeout: 300_000 }, () => {
  it('prices as the ledger prices what it ingests, whatever the book, the attempt and the changes', async () => {
    const change = fc.record({
      workspaceId: fc.constantFrom(0, 0, ...WORKSPACES),
      model: fc.constantFrom(...MODELS),
      from: bound,
      to: bound,
      rows: bookRows,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(attempt, { minLength: 150, maxLength: 300 }),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        async (attempts, drafts) => {
          const changes = drafts.map(({ workspaceId, model, from, to, rows }, at) => {
            const priceRows = rows.map((row) => ({ ...row, model }))
            const [affectedFromMs, affectedToMs] = [from?.getTime() ?? null, to?.getTime() ?? null]
            const place = { changeId: at + 1, workspaceId, provider: 'p', model }
            return { ...place, affectedFromMs, affectedToMs, rows: toBook(priceRows), priceRows }
          })
          const table = await stage(attempts)
          const found = await priceInSql(table, changes)
          await runCommand(`DROP TABLE ${table}`)
          expect(found).toHaveLength(attempts.length)
          for (const [at, row] of attempts.entries()) {
            const expected = expectedPrice(row, changes)
            const got = found[at]
            expect({
              modelKnown: got?.model_known,
              usageKnown: got?.usage_known,
              pricedCostUsd: got?.cost === null || got === undefined ? null : trimDecimal(got.cost),
              priceId: got?.price,
              unpricedReason: got?.reason,
            }).toEqual(expected)
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    )
  })

  it('leaves everything as stored without changes', () => {
    expect(repricedColumns([], params().bind)).toEqual({
      touched: '0',
      renamed: '0',
      provider: 'provider',
      model: 'model',
      layers: [],
      pricedCost: 'priced_cost',
      modelKnown: 'model_known',
      usageKnown: 'usage_known',
      priceId: 'price_id',
      unpricedReason: 'unpriced_reason',
    })
  })
})

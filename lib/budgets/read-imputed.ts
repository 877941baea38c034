import 'server-only'
import {
  addBounds,
  type Bounds,
  boundsOf,
  type ImputedPrices,
  imputeUsage,
  percentileBounds,
} from '@/lib/budgets/impute-usage'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryFilter } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, divideDecimals, multiplyDecimals, subtractDecimals } from '@/lib/money'
import { createPriceIndex, loadListPriceBook, type PriceIndex } from '@/lib/pricing/price-book'
import { fillUnitPrices, type UnitPrices } from '@/lib/pricing/price-usage'
import { formatIsoInZone, type Range, shiftDays } from '@/lib/time'

/** What usage without a price may have cost: by day (ISO of its start in the scope's zone), and in all. USD. */
export type ImputedDays = { byDay: ReadonlyMap<string, Bounds>; total: Bounds }

const NOTHING: Bounds = { low: '0', high: '0' }
const PRICED_DAYS = 30

let listIndex: PriceIndex | null = null

/**
 * Imputes the cost of unpriced usage in `range`: tokens × the cheapest and the dearest unit price among the workspace's
 * priced models of that provider in the last 30 days, else the 5th and the 95th percentile of the public list. Attempts
 * that do not say their tokens take the 95th percentile of their endpoint's.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readImputed(
  range: Range,
  filters: readonly QueryFilter[],
  scope: Scope,
  now: Date,
): Promise<ImputedDays> {
  const [{ timeZone }] = scope.workspaces
  const rows = await imputeRows({ dimensions: ['time', 'provider'], granularity: 'day' }, range, filters, scope, now)
  const byDay = new Map<string, Bounds>()
  for (const { row, bounds } of rows) {
    const day = dayOf(row, timeZone)
    byDay.set(day, addBounds([byDay.get(day) ?? NOTHING, bounds]))
  }
  return { byDay, total: addBounds([...byDay.values()]) }
}

/**
 * As {@link readImputed}, by the names under which the usage was sent; only what has unpriced usage is there.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readImputedNames(
  range: Range,
  filters: readonly QueryFilter[],
  scope: Scope,
  now: Date,
): Promise<{ rawProvider: string; rawModel: string; bounds: Bounds }[]> {
  const dimensions = ['rawProvider', 'rawModel', 'provider']
  const rows = await imputeRows({ dimensions }, range, filters, scope, now)
  return rows.map(({ row, bounds }) => ({
    rawProvider: textOf(row, 'rawProvider') ?? '',
    rawModel: textOf(row, 'rawModel') ?? '',
    bounds,
  }))
}

async function imputeRows(
  by: { dimensions: string[]; granularity?: 'day' },
  range: Range,
  filters: readonly QueryFilter[],
  scope: Scope,
  now: Date,
): Promise<{ row: ResultRow; bounds: Bounds }[]> {
  const [{ timeZone }] = scope.workspaces
  const question = { from: range.from.toISOString(), to: range.to.toISOString(), timeZone, filters }
  const [days, prices] = await Promise.all([
    runQuery(
      parseQuery({
        ...question,
        measures: ['unpricedTokens', 'unpricedInputTokens', 'unpricedOutputTokens', 'unknownUsageAttempts'],
        ...by,
      }),
      scope,
      now,
    ),
    readPrices(scope, now),
  ])
  const unknown = days.rows.some((row) => countOf(row, 'unknownUsageAttempts') !== '0')
    ? await readUnknownUsage(question, scope, now)
    : new Map<string | null, { inputTokens: string; outputTokens: string }>()
  return days.rows.map((row) => {
    const provider = textOf(row, 'provider')
    const attempts = countOf(row, 'unknownUsageAttempts')
    const each = unknown.get(provider)
    const input = countOf(row, 'unpricedInputTokens')
    const output = countOf(row, 'unpricedOutputTokens')
    const usage = {
      inputTokens: addDecimals([input, each ? multiplyDecimals(each.inputTokens, attempts) : '0']),
      outputTokens: addDecimals([output, each ? multiplyDecimals(each.outputTokens, attempts) : '0']),
      unsplitTokens: subtractDecimals(countOf(row, 'unpricedTokens'), addDecimals([input, output])),
    }
    return { row, bounds: imputeUsage(usage, prices(provider)) }
  })
}

function dayOf(row: ResultRow, timeZone: string): string {
  return formatIsoInZone(new Date(textOf(row, 'time') ?? 0), timeZone)
}

/** Tokens that an attempt of unknown usage stands for, by provider: the p95 of the endpoints, by how many are there. */
async function readUnknownUsage(
  question: { from: string; to: string; timeZone: string; filters: readonly QueryFilter[] },
  scope: Scope,
  now: Date,
): Promise<Map<string | null, { inputTokens: string; outputTokens: string }>> {
  const [byEndpoint, endpoints, everywhere] = await Promise.all([
    ask({ ...question, measures: ['unknownUsageAttempts'], dimensions: ['provider', 'endpoint'] }, scope, now),
    ask({ ...question, measures: ['inputTokensP95', 'outputTokensP95'], dimensions: ['endpoint'] }, scope, now),
    ask({ ...question, filters: [], measures: ['inputTokensP95', 'outputTokensP95'] }, scope, now),
  ])
  const p95 = (endpoint: string | null, measure: 'inputTokensP95' | 'outputTokensP95'): string => {
    const own = endpoints.find((row) => textOf(row, 'endpoint') === endpoint)
    return (own && textOf(own, measure)) ?? (everywhere[0] && textOf(everywhere[0], measure)) ?? '0'
  }
  const sums = new Map<string | null, { attempts: string; input: string; output: string }>()
  for (const row of byEndpoint) {
    const provider = textOf(row, 'provider')
    const attempts = countOf(row, 'unknownUsageAttempts')
    const sum = sums.get(provider) ?? { attempts: '0', input: '0', output: '0' }
    const endpoint = textOf(row, 'endpoint')
    sums.set(provider, {
      attempts: addDecimals([sum.attempts, attempts]),
      input: addDecimals([sum.input, multiplyDecimals(attempts, p95(endpoint, 'inputTokensP95'))]),
      output: addDecimals([sum.output, multiplyDecimals(attempts, p95(endpoint, 'outputTokensP95'))]),
    })
  }
  return new Map(
    [...sums].map(([provider, { attempts, input, output }]) => [
      provider,
      { inputTokens: divideDecimals(input, attempts) ?? '0', outputTokens: divideDecimals(output, attempts) ?? '0' },
    ]),
  )
}

/** Prices by provider: of the workspace's priced models there, else of the public list. */
async function readPrices(scope: Scope, now: Date): Promise<(provider: string | null) => ImputedPrices> {
  const [{ timeZone }] = scope.workspaces
  const rows = await ask(
    {
      measures: ['spend', 'totalTokens', 'pricingCoverage'],
      dimensions: ['provider', 'model'],
      from: shiftDays(now, -PRICED_DAYS, { timeZone }).toISOString(),
      to: now.toISOString(),
      timeZone,
      filters: [],
    },
    scope,
    now,
  )
  listIndex ??= createPriceIndex(loadListPriceBook())
  const index = listIndex
  const priced = rows.flatMap((row) => {
    const provider = textOf(row, 'provider')
    const prices = pricesOf(row, index, now)
    return provider === null || prices === null ? [] : [{ provider, ...prices }]
  })
  let list: ImputedPrices | null = null
  return (provider) => {
    const own = priced.filter((each) => each.provider === provider)
    const input = boundsOf(own.map((each) => each.input))
    const output = boundsOf(own.map((each) => each.output))
    if (input && output) return { input, output }
    list ??= listPrices(index, now)
    return list
  }
}

/** Unit prices of a model of the workspace: of the book, else what its tokens have cost. Null where it has no cost. */
function pricesOf(row: ResultRow, index: PriceIndex, at: Date): { input: string; output: string } | null {
  const provider = textOf(row, 'provider')
  const model = textOf(row, 'model')
  const coverage = textOf(row, 'pricingCoverage')
  if (provider === null || model === null || coverage === null || compareDecimals(coverage, '0') === 0) return null
  const found = index.find({ provider, model, serviceTier: null, region: null, inputTokensTotal: null, at })
  const listed = found.kind === 'priced' ? textPrices(found.row.unitPrices) : null
  if (listed) return listed
  if (compareDecimals(coverage, '1') !== 0) return null
  const perToken = divideDecimals(textOf(row, 'spend'), countOf(row, 'totalTokens'))
  return perToken === null ? null : { input: perToken, output: perToken }
}

function listPrices(index: PriceIndex, at: Date): ImputedPrices {
  const all = index.canonicalModels().flatMap(({ provider, model }) => {
    const found = index.find({ provider, model, serviceTier: null, region: null, inputTokensTotal: null, at })
    const prices = found.kind === 'priced' ? textPrices(found.row.unitPrices) : null
    return prices === null ? [] : [prices]
  })
  const input = percentileBounds(all.map((each) => each.input))
  const output = percentileBounds(all.map((each) => each.output))
  if (!input || !output) throw new Error('the public list has no prices')
  return { input, output }
}

/** Null for models that do not write text: embeddings, images. */
function textPrices(unitPrices: UnitPrices): { input: string; output: string } | null {
  const { inputUncached, output } = fillUnitPrices(unitPrices)
  return inputUncached === undefined || output === undefined ? null : { input: inputUncached, output }
}

async function ask(question: Parameters<typeof parseQuery>[0], scope: Scope, now: Date): Promise<ResultRow[]> {
  return (await runQuery(parseQuery(question), scope, now)).rows
}

function textOf(row: ResultRow, name: string): string | null {
  const value = cellOf(row, name)
  return typeof value === 'string' ? value : null
}

function countOf(row: ResultRow, name: string): string {
  return textOf(row, name) ?? '0'
}

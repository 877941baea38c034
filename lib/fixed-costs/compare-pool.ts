import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { monthRange } from '@/lib/close/month'
import { compareText } from '@/lib/compare-text'
import { type BreakEven, findBreakEven, type PoolUse } from '@/lib/fixed-costs/break-even'
import { poolFilters } from '@/lib/fixed-costs/pool'
import type { FixedCost } from '@/lib/fixed-costs/read-costs'
import { type Capacity, capacityOf, chargeOf } from '@/lib/fixed-costs/spread-cost'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, divideDecimals, multiplyDecimals, trimDecimal } from '@/lib/money'
import { assumeRows } from '@/lib/pricing/assume-price-change'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import { readListInForce, readModelBook } from '@/lib/pricing/read-price-books'
import { EMPTY_ROUTE, type Route } from '@/lib/scenarios/scenario'

export type Place = { provider: string; model: string }

export type AlternativeCost = Place & {
  /** The pool's usage of the month at the list price of the standard tier; null where nothing of it has a price. */
  cost: string | null
  perMillionTokens: string | null
  /** Tokens of the pool's usage that the list has no price for: the cost is without them. */
  unpricedTokens: string
  /** Null where the cost is not known in full, or nothing was served. */
  breakEven: BreakEven | null
}

export type PoolComparison = PoolUse & {
  capacity: Capacity | null
  /** (Charge + usage) ÷ tokens × 1,000,000: at the present utilisation. */
  perMillionTokens: string | null
  alternatives: AlternativeCost[]
}

/** Most models that a pool is set against at once. */
export const MOST_ALTERNATIVES = 6

/** What is chosen where nobody has chosen. */
const DEFAULT_ALTERNATIVES = 3

/** Set beside the models that a workspace uses where these are fewer than {@link DEFAULT_ALTERNATIVES}. */
const WELL_KNOWN: readonly Place[] = [
  { provider: 'openai', model: 'gpt-4o-mini' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  { provider: 'google', model: 'gemini-2.5-flash' },
]

/** One text for a model, and back; names of providers have no slash. */
export const placeText = ({ provider, model }: Place): string => `${provider}/${model}`

/**
 * What a pool cost in a month beside what the very same usage, token class by token class, would have cost at the list
 * prices of other models. The costs must be all of one pool with a provider.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function comparePool(
  costs: readonly [FixedCost, ...FixedCost[]],
  alternatives: readonly Place[],
  scope: Scope,
  month: string,
  now: Date,
): Promise<PoolComparison> {
  const [pool] = costs
  const charge = trimDecimal(addDecimals(costs.map((cost) => chargeOf(cost, month))))
  const capacity = costs.map((cost) => capacityOf(cost)).find((each) => each !== null) ?? null
  const ask = async (filters: QueryInput['filters'], changes: OpenPriceChange[] = [], routes: Route[] = []) => {
    const { timeZone } = scope.workspaces[0]
    const range = monthRange(month, timeZone)
    const query = parseQuery({
      measures: ['spend', 'totalTokens', 'unpricedTokens', ...(capacity?.by === 'busyMs' ? ['busyTime'] : [])],
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      timeZone,
      filters,
    })
    return (await runQuery(query, scope, now, changes, routes)).totals
  }
  const own = await ask(poolFilters(pool))
  const tokens = text(own, 'totalTokens') ?? '0'
  const usage = text(own, 'spend') ?? '0'
  const used = capacity?.by === 'busyMs' ? (text(own, 'busyTime') ?? '0') : tokens
  const use: PoolUse = { charge, usage, tokens, utilisation: capacity && divideDecimals(used, capacity.size) }
  const costOf = async (place: Place): Promise<AlternativeCost> => {
    const totals = await ask(ROUTED, await listPrices(place, scope), routesOf(pool, place))
    const cost = text(totals, 'spend')
    const unpricedTokens = text(totals, 'unpricedTokens') ?? '0'
    return {
      ...place,
      cost,
      perMillionTokens: perMillion(cost, text(totals, 'totalTokens')),
      unpricedTokens,
      breakEven: cost === null || unpricedTokens !== '0' ? null : findBreakEven(use, cost),
    }
  }
  const compared: AlternativeCost[] = []
  for (const place of alternatives.slice(0, MOST_ALTERNATIVES)) compared.push(await costOf(place))
  return {
    ...use,
    capacity,
    perMillionTokens: perMillion(addDecimals([charge, usage]), tokens),
    alternatives: compared,
  }
}

/** Attempts on a route are not under the names that were sent any more; everything that was sent has a name. */
const ROUTED: QueryInput['filters'] = [{ dimension: 'rawModel', operator: 'in', values: [null] }]

function routesOf({ provider, models }: FixedCost, to: Place): Route[] {
  const route = {
    ...EMPTY_ROUTE,
    fromProvider: provider,
    toProvider: to.provider,
    toModel: to.model,
    tier: 'standard' as const,
  }
  return models.length === 0 ? [route] : models.map((fromModel) => ({ ...route, fromModel }))
}

/** A model priced by the list alone, whatever contracts say. */
async function listPrices(place: Place, scope: Scope): Promise<OpenPriceChange[]> {
  const { list } = await withPostgres((db) => readModelBook(db, place))
  return assumeRows(scope.workspaces[0].id, [{ ...place, rows: list }])
}

/**
 * Models that a pool can be set against: those with a list price in the standard tier of the providers that the workspace
 * used in the month, and well-known ones; and, as `usual`, those that it used most.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function readAlternatives(
  pool: FixedCost,
  scope: Scope,
  month: string,
  now: Date,
): Promise<{ all: Place[]; usual: Place[] }> {
  const range = monthRange(month, scope.workspaces[0].timeZone)
  const query = parseQuery({
    measures: ['totalTokens'],
    dimensions: ['provider', 'model'],
    from: range.from.toISOString(),
    to: range.to.toISOString(),
  })
  const [{ rows }, list] = await Promise.all([runQuery(query, scope, now), withPostgres((db) => readListInForce(db))])
  const priced = new Map(
    list.rows
      .filter((row) => row.serviceTier === 'standard' && Object.keys(row.unitPrices).length > 0)
      .map(({ provider, model }) => [placeText({ provider, model }), { provider, model }]),
  )
  const isOfPool = ({ provider, model }: Place) =>
    provider === pool.provider && (pool.models.length === 0 || pool.models.includes(model))
  const used = rows
    .map((row) => ({
      provider: text(row, 'provider') ?? '',
      model: text(row, 'model') ?? '',
      tokens: text(row, 'totalTokens'),
    }))
    .sort((a, b) => compareDecimals(b.tokens ?? '0', a.tokens ?? '0'))
  const known = [...used, ...WELL_KNOWN].flatMap((place) => priced.get(placeText(place)) ?? [])
  const usual = [...new Set(known)].filter((place) => !isOfPool(place))
  const providers = new Set(known.map(({ provider }) => provider))
  return {
    all: [...priced.values()]
      .filter((place) => providers.has(place.provider) && !isOfPool(place))
      .sort((a, b) => compareText(placeText(a), placeText(b))),
    usual: usual.slice(0, DEFAULT_ALTERNATIVES),
  }
}

const perMillion = (cost: string | null, tokens: string | null): string | null =>
  cost === null ? null : divideDecimals(multiplyDecimals(cost, '1000000'), tokens)

function text(row: ResultRow, name: string): string | null {
  const cell = cellOf(row, name)
  return cell === null ? null : String(cell)
}

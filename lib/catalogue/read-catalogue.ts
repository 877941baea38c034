import 'server-only'
import { readImputedNames } from '@/lib/budgets/read-imputed'
import { readSightings, type Sighting } from '@/lib/catalogue/read-sightings'
import { type Candidate, suggestModels } from '@/lib/catalogue/suggest-models'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryFilter, type QueryInput } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals } from '@/lib/money'
import { currentPriceBooks } from '@/lib/pricing/current-prices'
import type { PriceIndex } from '@/lib/pricing/price-index'

/** Usage within the range and scope of the page: integers and Decimals as text; `spend` is null where nothing has a cost. */
type Usage = { attempts: string; totalTokens: string; unpricedTokens: string; spend: string | null }

/** The price by which a model's standard tier is charged now: USD per token, and the instant from which it holds. */
export type PriceInForce = { input: string | null; output: string | null; sinceIso: string | null; source: string }

export type CatalogueModel = Usage & {
  provider: string
  model: string
  /** Empty, and never seen: only a scenario sends traffic there. */
  names: { rawProvider: string; rawModel: string }[]
  firstSeenIso: string | null
  lastSeenIso: string | null
  /** Null: there is none. */
  price: PriceInForce | null
}

export type UnknownModel = Usage & {
  rawProvider: string
  rawModel: string
  provider: string
  model: string
  firstSeenIso: string | null
  lastSeenIso: string | null
  /** By tokens, the most first; null is unattributed. */
  endpoints: (string | null)[]
  users: string
  candidates: Candidate[]
  /** What the unpriced usage may have cost, USD. */
  imputed: { low: string; high: string } | null
}

export type Catalogue = {
  models: CatalogueModel[]
  /** By tokens at stake, the most first. */
  unknown: UnknownModel[]
}

const CANDIDATES = 3
const MOST_UNKNOWN = 100
const MEASURES: QueryInput['measures'] = ['attempts', 'totalTokens', 'unpricedTokens', 'spend', 'unknownModelRatio']

/**
 * The models of a workspace as they are normalised, and those of them without a price. The usage of models is under the
 * scenario that the question names; what was sent without a price is as it was sent, always.
 * @param question range and filters of the page
 * @throws AppError as `runQuery`.
 */
export async function readCatalogue(question: QueryInput, scope: Scope, now: Date): Promise<Catalogue> {
  const [{ id }] = scope.workspaces
  const { scenario, ...actual } = question
  const ask = async (more: Partial<QueryInput>) =>
    (await runQuery(parseQuery({ ...actual, compare: null, ...more }), scope, now)).rows
  const byName: Partial<QueryInput> = {
    measures: MEASURES,
    dimensions: ['provider', 'model', 'rawProvider', 'rawModel'],
  }
  const [books, sightings, sent, assumed] = await Promise.all([
    currentPriceBooks(),
    readSightings(id),
    ask(byName),
    scenario === undefined ? null : ask({ ...byName, scenario }),
  ])
  const index = books.indexOf(id)
  const unknown = sent.filter((row) => compareDecimals(textOf(row, 'unknownModelRatio') ?? '0', '0') > 0)
  return {
    models: listModels(sightings, assumed ?? sent, index, now),
    unknown: await listUnknown(unknown, sightings, index, actual, scope, now, ask),
  }
}

function listModels(
  sightings: readonly Sighting[],
  rows: readonly ResultRow[],
  index: PriceIndex,
  now: Date,
): CatalogueModel[] {
  const used = rows.map((row) => ({ provider: textOf(row, 'provider') ?? '', model: textOf(row, 'model') ?? '' }))
  const models = new Map([...sightings, ...used].map((each) => [keyOf(each), each]))
  return [...models.values()]
    .map(({ provider, model }) => {
      const seen = sightings.filter((each) => keyOf(each) === keyOf({ provider, model }))
      const own = rows.filter((row) => textOf(row, 'provider') === provider && textOf(row, 'model') === model)
      const firsts = seen.map(({ firstSeenIso }) => firstSeenIso).sort()
      const lasts = seen.map(({ lastSeenIso }) => lastSeenIso).sort()
      return {
        provider,
        model,
        names: seen.map(({ rawProvider, rawModel }) => ({ rawProvider, rawModel })),
        firstSeenIso: firsts[0] ?? null,
        lastSeenIso: lasts.at(-1) ?? null,
        price: priceInForce(index, provider, model, now),
        ...sumUsage(own),
      }
    })
    .sort(
      (a, b) =>
        compareDecimals(b.spend ?? '0', a.spend ?? '0') ||
        compareDecimals(b.totalTokens, a.totalTokens) ||
        (keyOf(a) < keyOf(b) ? -1 : 1),
    )
}

function priceInForce(index: PriceIndex, provider: string, model: string, at: Date): PriceInForce | null {
  const found = index.find({ provider, model, serviceTier: null, region: null, inputTokensTotal: null, at })
  if (found.kind !== 'priced') return null
  const { unitPrices, effectiveFrom, source } = found.row
  return {
    input: unitPrices.inputUncached ?? null,
    output: unitPrices.output ?? null,
    sinceIso: effectiveFrom?.toISOString() ?? null,
    source,
  }
}

async function listUnknown(
  rows: readonly ResultRow[],
  sightings: readonly Sighting[],
  index: PriceIndex,
  question: QueryInput,
  scope: Scope,
  now: Date,
  ask: (more: Partial<QueryInput>) => Promise<ResultRow[]>,
): Promise<UnknownModel[]> {
  if (rows.length === 0) return []
  const names = (name: 'rawProvider' | 'rawModel') => [...new Set(rows.map((row) => textOf(row, name) ?? ''))]
  const filters: QueryFilter[] = [
    ...parseQuery({ ...question, measures: ['attempts'] }).filters,
    { dimension: 'rawProvider', operator: 'in', values: names('rawProvider') },
    { dimension: 'rawModel', operator: 'in', values: names('rawModel') },
  ]
  const { from, to } = parseQuery({ ...question, measures: ['attempts'] })
  const [endpoints, users, imputed] = await Promise.all([
    ask({
      measures: ['totalTokens'],
      dimensions: ['rawProvider', 'rawModel', 'endpoint'],
      filters,
      orderBy: [{ key: 'totalTokens', direction: 'desc' }],
    }),
    ask({ measures: ['users'], dimensions: ['rawProvider', 'rawModel'], filters }),
    readImputedNames({ from, to }, filters, scope, now),
  ])
  const known = index.canonicalModels()
  return rows
    .map((row) => {
      const [rawProvider, rawModel] = [textOf(row, 'rawProvider') ?? '', textOf(row, 'rawModel') ?? '']
      const isOf = (each: ResultRow) =>
        textOf(each, 'rawProvider') === rawProvider && textOf(each, 'rawModel') === rawModel
      const seen = sightings.find((each) => each.rawProvider === rawProvider && each.rawModel === rawModel)
      const usage = sumUsage([row])
      return {
        rawProvider,
        rawModel,
        provider: textOf(row, 'provider') ?? '',
        model: textOf(row, 'model') ?? '',
        firstSeenIso: seen?.firstSeenIso ?? null,
        lastSeenIso: seen?.lastSeenIso ?? null,
        endpoints: endpoints.filter(isOf).map((each) => textOf(each, 'endpoint')),
        users: textOf(users.find(isOf) ?? {}, 'users') ?? '0',
        candidates: suggestModels({ provider: rawProvider, model: rawModel }, known, CANDIDATES),
        imputed: imputed.find((each) => each.rawProvider === rawProvider && each.rawModel === rawModel)?.bounds ?? null,
        ...usage,
      }
    })
    .sort(
      (a, b) =>
        compareDecimals(b.unpricedTokens, a.unpricedTokens) ||
        compareDecimals(b.totalTokens, a.totalTokens) ||
        (a.rawModel < b.rawModel ? -1 : 1),
    )
    .slice(0, MOST_UNKNOWN)
}

function sumUsage(rows: readonly ResultRow[]): Usage {
  const sum = (name: string) => addDecimals(rows.map((row) => textOf(row, name)))
  const costs = rows.map((row) => textOf(row, 'spend')).filter((cost) => cost !== null)
  return {
    attempts: sum('attempts'),
    totalTokens: sum('totalTokens'),
    unpricedTokens: sum('unpricedTokens'),
    spend: costs.length === 0 && rows.length > 0 ? null : addDecimals(costs),
  }
}

function keyOf({ provider, model }: { provider: string; model: string }): string {
  return JSON.stringify([provider, model])
}

function textOf(row: ResultRow, name: string): string | null {
  const value = cellOf(row, name)
  return value === null || value === undefined ? null : String(value)
}

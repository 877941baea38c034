import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { divideDecimals } from '@/lib/money'
import { assumeRows } from '@/lib/pricing/assume-price-change'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import type { PriceRow } from '@/lib/pricing/price-book'
import { type ContractPrice, contractPriceId, layerRows } from '@/lib/pricing/price-layers'
import type { UnitPrices } from '@/lib/pricing/price-usage'
import { readModelBook } from '@/lib/pricing/read-price-books'
import type { PriceChange, Route, ScenarioDefinition } from '@/lib/scenarios/scenario'

type Place = { provider: string; model: string }

/**
 * A scenario with the books of the models that it touches: the list and contracts now in force, with the scenario's own
 * prices before them, and the rows of these books. Models are named as the ledger names them, whatever was typed.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function priceScenario(
  definition: ScenarioDefinition,
  workspaceId: number,
): Promise<{ routes: Route[]; priceChanges: OpenPriceChange[]; priceRows: PriceRow[] }> {
  const routes = definition.routes.map(withStoredNames)
  const prices = definition.prices.map((change) => ({ ...change, ...storedName(change) }))
  const led = routes.map((each) =>
    each.toModel === ''
      ? { provider: each.fromProvider, model: each.fromModel }
      : { provider: each.toProvider, model: each.toModel },
  )
  const places = [...new Map([...led, ...prices].map((place) => [keyOf(place), pick(place)])).values()]
  const books = await Promise.all(
    places.map(async (place) => {
      const book = await withPostgres((db) => readModelBook(db, place))
      const own = prices.flatMap((change, at) =>
        keyOf(change) === keyOf(place) ? [{ contract: toContract(change, at, workspaceId), place: at + 1 }] : [],
      )
      const contracts = [...book.contracts, ...own.map(({ contract }) => contract)]
      const rows = layerRows({ list: book.list, contracts }, workspaceId)
      return { place, rows: rows.map((row) => nameOwn(row, own)) }
    }),
  )
  const priceChanges = assumeRows(
    workspaceId,
    books.map(({ place, rows }) => ({ ...place, rows })),
  )
  return { routes, priceChanges, priceRows: books.flatMap(({ rows }) => rows) }
}

/** Rows of the scenario's own prices say so, where they would be named as contracts. */
function nameOwn(row: PriceRow, own: readonly { contract: ContractPrice; place: number }[]): PriceRow {
  const found = own.find(({ contract }) => `${row.id}:`.startsWith(`${contractPriceId(contract.id)}:`))
  if (!found) return row
  const { contract, place } = found
  return {
    ...row,
    id: row.id.replace(contractPriceId(contract.id), `scenario:${place}`),
    source: row.source.replace(`Contract ${contract.id}`, `Price ${place} of the scenario`),
  }
}

/** Names may be typed as senders write them; the ledger has the catalogue's. */
function storedName({ provider, model }: Place): Place {
  return provider === '' || model === '' ? { provider, model } : pick(normaliseModel(provider, model))
}

function withStoredNames(route: Route): Route {
  const from = storedName({ provider: route.fromProvider, model: route.fromModel })
  const to = storedName({ provider: route.toProvider, model: route.toModel })
  return {
    ...route,
    fromProvider: from.provider,
    fromModel: from.model,
    toProvider: to.provider,
    toModel: to.model,
  }
}

const pick = ({ provider, model }: Place): Place => ({ provider, model })

const keyOf = ({ provider, model }: Place): string => JSON.stringify([provider, model])

/** After every contract, so that of the same layer it is the one that holds. */
const LATEST = new Date('2999-12-31T00:00:00Z')

function toContract({ provider, model, tier, terms }: PriceChange, at: number, workspaceId: number): ContractPrice {
  return {
    id: Number.MAX_SAFE_INTEGER - at,
    workspaceId,
    provider,
    model,
    serviceTier: tier,
    region: null,
    contextBand: null,
    effectiveFrom: null,
    effectiveTo: null,
    dailyFrom: null,
    dailyTo: null,
    createdAt: LATEST,
    terms:
      terms.kind === 'discount'
        ? { kind: 'discount', discountPercent: terms.percent }
        : { kind: 'prices', unitPrices: toUnitPrices(terms) },
  }
}

function toUnitPrices(terms: Extract<PriceChange['terms'], { kind: 'prices' }>): UnitPrices {
  const perToken = (perMillion: string) => divideDecimals(perMillion, '1000000') ?? '0'
  return {
    inputUncached: perToken(terms.inputPerMillion),
    output: perToken(terms.outputPerMillion),
    ...(terms.cacheReadPerMillion === '' ? {} : { cacheRead: perToken(terms.cacheReadPerMillion) }),
  }
}

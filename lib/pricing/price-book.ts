import { createHash } from 'node:crypto'
import type { Provider } from '@pydantic/genai-prices'
import { type CatalogueModel, catalogueOf, createCatalogues, type ProviderCatalogue } from './catalogue'
import { LIST_PRICE_SOURCE, LIST_PROVIDERS } from './genai-prices'
import { readListPrices } from './list-prices'
import { PRICED_CLASSES, type UnitPrices } from './price-usage'

export {
  createPriceIndex,
  type PriceIndex,
  type PriceLookup,
  type PriceQuestion,
} from './price-index'
export type { UnitPrices } from './price-usage'

/** `base`, or the band of requests with more input tokens (all classes of input) than the number. */
export type ContextBand = 'base' | `>${number}`

/** 0: the public list. 1: the organisation's contracts. 2: the workspace's contracts. */
type PriceLayer = 0 | 1 | 2

/**
 * One price in force for [effectiveFrom, effectiveTo), null being without end, between dailyFrom and dailyTo each UTC day
 * (`HH:mm`, half-open; from > to runs over midnight; null is all day), for requests in one context band: of the bands
 * below a request's input tokens, the highest. The rows of
 * a layer, provider, model, tier, region and band do not overlap, but contracts may: then the first of the book is taken.
 * Empty `unitPrices`: the model is listed, but only in units that events do not count (audio hours, pages) or without a
 * price.
 */
export type PriceRow = {
  /** Stable and readable: `openai:gpt-4o:standard:base:always`. */
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly serviceTier: string
  /** `global` and `regional` inference where a provider prices them apart, else null: any region. */
  readonly region: string | null
  readonly contextBand: ContextBand
  readonly effectiveFrom: Date | null
  readonly effectiveTo: Date | null
  readonly dailyFrom: string | null
  readonly dailyTo: string | null
  readonly unitPrices: UnitPrices
  readonly source: string
  /** Where rows of several layers hold, the highest is taken; left out it is the list. */
  readonly layer?: PriceLayer
}

export type PriceBook = { readonly rows: readonly PriceRow[]; readonly version: string }

let listBook: PriceBook | null = null

/** The public list as a price book: standard tier, in the order of providers and models. Pure; built once. */
export function loadListPriceBook(): PriceBook {
  listBook ??= createPriceBook(
    LIST_PROVIDERS.flatMap((provider) => bookRows(provider, catalogueOf(provider), LIST_PRICE_SOURCE)),
  )
  return listBook
}

/**
 * A list of providers, as the package has it, as a price book. `source` says where its prices come from. Throws an Error
 * that says which model cannot be read.
 */
export function createListPriceBook(providers: readonly Provider[], source: string): PriceBook {
  const catalogues = createCatalogues(providers)
  return createPriceBook(providers.flatMap(({ id }) => bookRows(id, catalogues.get(id) ?? null, source)))
}

function bookRows(provider: string, catalogue: ProviderCatalogue | null, source: string): PriceRow[] {
  return (catalogue?.models ?? []).flatMap((model) => listRows(provider, model, source))
}

/** A book of these rows; its version is a hash of what they say, whatever their order. */
export function createPriceBook(rows: readonly PriceRow[]): PriceBook {
  const lines = rows.map(({ unitPrices, ...row }) =>
    JSON.stringify([
      ...[row.id, row.provider, row.model, row.serviceTier, row.region, row.contextBand, row.effectiveFrom],
      ...[row.effectiveTo, row.dailyFrom, row.dailyTo, row.source],
      PRICED_CLASSES.map((priceClass) => unitPrices[priceClass] ?? null),
    ]),
  )
  return { rows, version: createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16) }
}

function listRows(provider: string, { model, region, info, listedBy }: CatalogueModel, listSource: string): PriceRow[] {
  const source = listedBy === provider ? listSource : `${listSource} (list of ${listedBy})`
  return readListPrices(info).map(({ contextAbove, ...price }) => {
    const contextBand: ContextBand = contextAbove === null ? 'base' : `>${contextAbove}`
    const from = price.effectiveFrom === null ? 'always' : price.effectiveFrom.toISOString().slice(0, 10)
    const daily = price.dailyFrom === null ? [] : [`${price.dailyFrom}-${price.dailyTo}`]
    const id = [provider, model, 'standard', ...(region === null ? [] : [region]), contextBand, from, ...daily].join(
      ':',
    )
    return { id, provider, model, serviceTier: 'standard', region, contextBand, ...price, source }
  })
}

import { type AliasIndex, createAliasIndex, type ModelAlias } from './model-aliases'
import { createPriceIndex, type PriceBook, type PriceRow } from './price-book'
import type { PriceIndex } from './price-index'
import { ANY_WORKSPACE, type ContractPrice, layerRows, type ModelBook } from './price-layers'

/** The list, the contracts and the aliases: by what the attempts of each workspace are named and priced. */
export type PriceBooks = AliasIndex & {
  /** Prices of a workspace; {@link ANY_WORKSPACE} is one without contracts of its own. */
  indexOf(workspaceId: number): PriceIndex
  bookOf(provider: string, model: string): ModelBook
}

/** Pure. Throws for a row whose context band or time of day cannot be read. */
export function createPriceBooks(
  list: PriceBook,
  contracts: readonly ContractPrice[],
  aliases: readonly ModelAlias[] = [],
): PriceBooks {
  const listIndex = createPriceIndex(list)
  const contractsOf = new Map<string, ContractPrice[]>()
  for (const contract of contracts) {
    const key = keyOf(contract.provider, contract.model)
    contractsOf.set(key, [...(contractsOf.get(key) ?? []), contract])
  }
  const bookOf = (provider: string, model: string): ModelBook => ({
    list: listIndex.rowsOf(provider, model),
    contracts: contractsOf.get(keyOf(provider, model)) ?? [],
  })
  const own = new Set(contracts.flatMap(({ workspaceId }) => (workspaceId === null ? [] : [workspaceId])))
  const layered = new Map<number, PriceIndex>()
  return {
    ...createAliasIndex(aliases),
    bookOf,
    indexOf: (workspaceId) => {
      const id = own.has(workspaceId) ? workspaceId : ANY_WORKSPACE
      const known = layered.get(id)
      if (known) return known
      const rows = [...contractsOf.values()].flatMap(([first]) =>
        first ? layerRows(bookOf(first.provider, first.model), id) : [],
      )
      const index = rows.some(({ layer }) => layer) ? overlay(listIndex, rows) : listIndex
      layered.set(id, index)
      return index
    },
  }
}

function keyOf(provider: string, model: string): string {
  return JSON.stringify([provider, model])
}

/** `base`, but for the models that have `rows`: these are all that prices them. */
function overlay(base: PriceIndex, rows: readonly PriceRow[]): PriceIndex {
  const own = createPriceIndex({ rows, version: '' })
  const pick = (provider: string, model: string) => (own.isKnownModel(provider, model) ? own : base)
  return {
    find: (question) => pick(question.provider, question.model).find(question),
    rowsOf: (provider, model) => pick(provider, model).rowsOf(provider, model),
    isKnownModel: (provider, model) => pick(provider, model).isKnownModel(provider, model),
    canonicalModels: () => [
      ...base.canonicalModels(),
      ...own.canonicalModels().filter(({ provider, model }) => !base.isKnownModel(provider, model)),
    ],
  }
}

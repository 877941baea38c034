import { describe, expect, it } from 'vitest'
import { createPriceBook, type PriceRow } from './price-book'
import { createPriceBooks } from './price-books'
import type { ContractPrice } from './price-layers'
import { contractIdOf, isVolumeMonth, originOf, parsePriceSearch, selectPrices, usedKey } from './price-search'

const NOW = new Date('2026-11-10T12:00:00Z')

const listRow = (model: string, changes: Partial<PriceRow> = {}): PriceRow => ({
  id: `alpha:${model}:${changes.contextBand ?? 'base'}:${changes.effectiveFrom?.toISOString() ?? 'always'}`,
  provider: 'alpha',
  model,
  serviceTier: 'standard',
  region: null,
  contextBand: 'base',
  effectiveFrom: null,
  effectiveTo: null,
  dailyFrom: null,
  dailyTo: null,
  unitPrices: { inputUncached: '0.000001', output: '0.000002' },
  source: 'test',
  ...changes,
})

const contract = (changes: Partial<ContractPrice>): ContractPrice => ({
  id: 7,
  workspaceId: null,
  provider: 'alpha',
  model: 'a1',
  serviceTier: 'standard',
  region: null,
  contextBand: 'base',
  effectiveFrom: null,
  effectiveTo: null,
  dailyFrom: null,
  dailyTo: null,
  terms: { kind: 'prices', unitPrices: { inputUncached: '0.0000005' } },
  createdAt: NOW,
  ...changes,
})

const JULY = new Date('2026-07-01T00:00:00Z')
const BOOK = createPriceBook([
  listRow('a1', { effectiveTo: JULY }),
  listRow('a1', { effectiveFrom: JULY }),
  listRow('a1', { contextBand: '>200000' }),
  listRow('a2'),
  listRow('night', { dailyFrom: '22:00', dailyTo: '06:00' }),
])

const select = (params: Record<string, string>, contracts: ContractPrice[] = [], used: string[] = []) =>
  selectPrices(
    createPriceBooks(BOOK, contracts).indexOf(1),
    parsePriceSearch(params),
    new Set(used.map((model) => usedKey({ provider: 'alpha', model }))),
    NOW,
  )
const shown = (...args: Parameters<typeof select>) =>
  select(...args).prices.map(({ row, state }) => [row.model, row.contextBand, originOf(row), state])

describe('prices of a search', () => {
  it('are those in force of the models in use, unless more is asked for', () => {
    expect(shown({}, [], ['a1'])).toEqual([
      ['a1', 'base', 'list', 'inForce'],
      ['a1', '>200000', 'list', 'inForce'],
    ])
    expect(shown({ models: 'all' }).map(([model]) => model)).toEqual(['a1', 'a1', 'a2', 'night'])
    expect(shown({ models: 'all', q: 'ALPHA A2' }).map(([model]) => model)).toEqual(['a2'])
    expect(select({ models: 'all' }).providers).toEqual(['alpha'])
    expect(shown({ models: 'all', provider: 'beta' })).toEqual([])
    expect(shown({ models: 'all', tier: 'batch' })).toEqual([])
  })

  it('say which price hides which, and since when', () => {
    expect(shown({ periods: 'all' }, [contract({})], ['a1'])).toEqual([
      ['a1', 'base', 'organization', 'inForce'],
      ['a1', 'base', 'list', 'hidden'],
      ['a1', 'base', 'list', 'past'],
      ['a1', '>200000', 'list', 'hidden'],
    ])
    const later = contract({ id: 8, workspaceId: 1, effectiveFrom: new Date('2027-01-01T00:00:00Z') })
    expect(shown({ periods: 'all', origin: 'workspace' }, [later], ['a1'])).toEqual([
      ['a1', 'base', 'workspace', 'future'],
    ])
  })

  it('name the contract that made them', () => {
    const { prices } = select({ origin: 'organization' }, [contract({})], ['a1'])
    expect(prices.map(({ row }) => contractIdOf(row))).toEqual([7])
    expect(select({}, [], ['a2']).prices.map(({ row }) => contractIdOf(row))).toEqual([null])
  })

  it('of a schedule are those of its months, then those of its first tiers', () => {
    const month = (name: string, from: string, to: string, price: string) => ({
      ...{ month: name, from: new Date(from), to: new Date(to), units: { output: '4' }, unitPrices: { output: price } },
    })
    const schedule = contract({
      effectiveFrom: new Date('2026-10-15T00:00:00Z'),
      terms: {
        kind: 'volume',
        tiers: {
          output: [
            { upTo: '2', unitPrice: '2' },
            { upTo: null, unitPrice: '1' },
          ],
        },
        months: [
          month('2026-09', '2026-09-01T00:00:00Z', '2026-10-01T00:00:00Z', '1.1'),
          month('2026-10', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z', '1.2'),
          month('2026-11', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', '1.5'),
        ],
      },
    })
    const { prices } = select({ periods: 'all', origin: 'organization' }, [schedule], ['a1'])
    expect(
      prices.map(({ row, state }) => [row.id, row.unitPrices.output, row.effectiveFrom, isVolumeMonth(row), state]),
    ).toEqual([
      ['contract:7:2026-11', '1.5', new Date('2026-11-01T00:00:00Z'), true, 'inForce'],
      ['contract:7:2026-10', '1.2', new Date('2026-10-15T00:00:00Z'), true, 'past'],
      ['contract:7', '2', new Date('2026-10-15T00:00:00Z'), false, 'hidden'],
    ])
    expect(prices.map(({ row }) => contractIdOf(row))).toEqual([7, 7, 7])
  })

  it('ignore what makes no sense in the address', () => {
    expect(parsePriceSearch({ q: '', tier: 'gold', models: 'some', periods: ['all', 'now'] })).toEqual({
      text: null,
      provider: null,
      tier: null,
      origin: null,
      models: 'used',
      periods: 'all',
    })
  })
})

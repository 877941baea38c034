import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assumePriceChanges } from './assume-price-change'
import type { PriceRow } from './price-book'
import type { ContractPrice, ModelBook } from './price-layers'

const PLACE = { provider: 'alpha', model: 'a1' }

const row: PriceRow = {
  ...PLACE,
  ...{ id: 'alpha:a1', serviceTier: 'standard', region: null, contextBand: 'base' },
  ...{ effectiveFrom: null, effectiveTo: null, dailyFrom: null, dailyTo: null },
  unitPrices: { inputUncached: '0.000002', output: '0.000004' },
  source: 'test',
}

const instant = fc.option(fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true }))
const contract: fc.Arbitrary<ContractPrice> = fc.record({
  id: fc.integer({ min: 1, max: 1_000 }),
  workspaceId: fc.option(fc.integer({ min: 1, max: 3 })),
  ...{ provider: fc.constant('alpha'), model: fc.constant('a1'), serviceTier: fc.constant('standard') },
  ...{ region: fc.constant(null), contextBand: fc.constant('base' as const) },
  ...{ effectiveFrom: instant, effectiveTo: instant, dailyFrom: fc.constant(null), dailyTo: fc.constant(null) },
  terms: fc.integer({ min: 0, max: 9_999 }).map((price) => ({
    kind: 'prices' as const,
    unitPrices: { inputUncached: `0.${String(price).padStart(9, '0')}` },
  })),
  createdAt: fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true }),
})
const book: fc.Arbitrary<ModelBook> = fc.record({
  list: fc.constantFrom([], [row]),
  contracts: fc.uniqueArray(contract, { selector: ({ id }) => id, maxLength: 4 }),
})

describe('assumed changes of prices', () => {
  it('of nothing are none', () => {
    fc.assert(
      fc.property(book, (same) => {
        expect(assumePriceChanges([{ ...PLACE, before: same, after: { ...same } }])).toEqual([])
      }),
    )
  })

  it('have ids in their order above every stored one, and whoever has a contract after all others', () => {
    fc.assert(
      fc.property(book, book, (before, after) => {
        const changes = assumePriceChanges([{ ...PLACE, before, after }])
        const ids = changes.map(({ changeId }) => changeId)
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
        expect(ids.every((id) => id > 2 ** 39 && Number.isSafeInteger(id))).toBe(true)
        const everybody = changes.findIndex(({ workspaceId }) => workspaceId === 0)
        expect(everybody <= 0).toBe(true)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { type ConvertedContract, findRateChanges } from '@/lib/close/rate-changes'

const contract = (
  id: number,
  rateToUsd: string | null,
  changes: Partial<ConvertedContract> = {},
): ConvertedContract => ({
  id,
  workspaceId: 1,
  provider: 'openai',
  model: 'gpt-4o',
  serviceTier: 'standard',
  region: null,
  contextBand: 'base',
  dailyFrom: null,
  dailyTo: null,
  given: rateToUsd === null ? null : { currency: 'EUR', unitPrices: { output: '2', inputUncached: '1' }, rateToUsd },
  ...changes,
})

describe('changes of an exchange rate alone', () => {
  it('are those between contracts of the same prices in their currency', () => {
    const first = contract(1, '1.08')
    const reordered = { currency: 'EUR', unitPrices: { inputUncached: '1', output: '2' }, rateToUsd: '1.1' }
    expect(findRateChanges([first, contract(2, null, { given: reordered })])).toEqual([
      ['contract:1', 'contract:2'],
      ['contract:2', 'contract:1'],
    ])
  })

  it('are not those of prices, currencies, models, volumes or in USD', () => {
    const other = { currency: 'EUR', unitPrices: { inputUncached: '1', output: '3' }, rateToUsd: '1.1' }
    const swiss = { currency: 'CHF', unitPrices: { inputUncached: '1', output: '2' }, rateToUsd: '1.1' }
    expect(
      findRateChanges([
        contract(1, '1.08'),
        contract(2, '1.08'),
        contract(3, null),
        contract(4, null, { given: other }),
        contract(5, null, { given: swiss }),
        contract(6, '1.1', { model: 'gpt-4o-mini' }),
        ...['1.08', '1.1'].map((rateToUsd, at) =>
          contract(7 + at, null, { given: { currency: 'EUR', unitPrices: {}, volumeTiers: {}, rateToUsd } }),
        ),
      ]),
    ).toEqual([])
  })
})

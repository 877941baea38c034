import { describe, expect, test } from 'vitest'
import type { PriceRow } from '@/lib/pricing/price-book'
import { explainPrice, type PricedAttempt } from '@/lib/requests/explain-price'

const row: PriceRow = {
  id: 'alpha:a1:standard:base:2026-01-01',
  provider: 'alpha',
  model: 'a1',
  serviceTier: 'standard',
  region: null,
  contextBand: 'base',
  effectiveFrom: new Date('2026-01-01T00:00:00Z'),
  effectiveTo: null,
  dailyFrom: null,
  dailyTo: null,
  unitPrices: { inputUncached: '0.000001', output: '0.000003' },
  source: 'list',
}

const attempt: PricedAttempt = {
  provider: 'alpha',
  model: 'a1',
  serviceTier: 'standard',
  region: '',
  priceId: row.id,
  unpricedReason: '',
  usage: {
    inputUncached: 10,
    cacheRead: 5,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 2,
    reasoning: 0,
    audioInput: 0,
    audioOutput: 0,
    toolRequests: 0,
  },
  pricedCostUsd: '0.000021',
}

describe('explainPrice', () => {
  test('names the class whose price was taken', () => {
    expect(explainPrice(attempt, [row])).toEqual({
      kind: 'priced',
      priceId: row.id,
      effectiveFrom: '2026-01-01T00:00:00.000Z',
      effectiveTo: null,
      source: 'list',
      lines: [
        {
          priceClass: 'inputUncached',
          pricedAs: 'inputUncached',
          count: 10,
          unitPriceUsd: '0.000001',
          costUsd: '0.00001',
        },
        { priceClass: 'cacheRead', pricedAs: 'inputUncached', count: 5, unitPriceUsd: '0.000001', costUsd: '0.000005' },
        { priceClass: 'output', pricedAs: 'output', count: 2, unitPriceUsd: '0.000003', costUsd: '0.000006' },
      ],
    })
  })

  test('finds the version that gives the stored cost', () => {
    const dearer = { ...row, unitPrices: { inputUncached: '1', output: '1' }, source: 'later' }
    expect(explainPrice(attempt, [dearer, row])).toMatchObject({ kind: 'priced', source: 'list' })
    expect(explainPrice(attempt, [dearer])).toMatchObject({
      kind: 'unexplained',
      reason: expect.stringMatching('changed'),
    })
    expect(explainPrice(attempt, [])).toMatchObject({ kind: 'unexplained', priceId: row.id })
  })

  test.each([
    'unknown_model',
    'not_yet_priced',
    'no_tier_price',
    'unknown_usage',
    'unsplit_total',
    'missing_class_price',
  ])('says why there is no price: %s', (code) => {
    const explained = explainPrice({ ...attempt, pricedCostUsd: null, unpricedReason: code }, [])
    expect(explained).toMatchObject({ kind: 'unpriced', code })
    expect(explained.kind === 'unpriced' && explained.reason).not.toBe('This attempt has no price.')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, compareDecimals, multiplyDecimals } from '@/lib/money'
import {
  fillUnitPrices,
  hasOutputPrice,
  PRICED_CLASSES,
  type PricedClass,
  priceUsage,
  type UnitPrices,
  type Usage,
} from './price-usage'

const none = {
  ...{ inputUncached: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, reasoning: 0 },
  ...{ audioInput: 0, audioOutput: 0, toolRequests: 0 },
}
const gpt = { inputUncached: '0.0000025', cacheRead: '0.00000125', output: '0.00001' }

const counts = fc.nat({ max: 1_000_000_000 })
const usages: fc.Arbitrary<Usage & { requests: number }> = fc.record({
  ...{ inputUncached: counts, cacheRead: counts, cacheWrite5m: counts, cacheWrite1h: counts, output: counts },
  ...{ reasoning: counts, audioInput: counts, audioOutput: counts, toolRequests: counts, requests: counts },
})
const price = fc.bigInt({ min: 0n, max: 10n ** 15n }).map((scaled) => `0.${scaled.toString().padStart(18, '0')}`)
const allPrices: fc.Arbitrary<UnitPrices> = fc
  .tuple(...PRICED_CLASSES.map(() => price))
  .map((prices) => Object.fromEntries(PRICED_CLASSES.map((priceClass, i) => [priceClass, prices[i]])))

function costOf(usage: Usage, unitPrices: UnitPrices): string {
  const priced = priceUsage(usage, unitPrices)
  if (priced.kind === 'unpriced') throw new Error(`no price for ${priced.missing.join()}`)
  return priced.costUsd
}

function add(a: Usage, b: Usage): Usage {
  const sums = PRICED_CLASSES.map((priceClass) => [priceClass, (a[priceClass] ?? 1) + (b[priceClass] ?? 1)])
  return { ...none, ...Object.fromEntries(sums) }
}

describe('priceUsage', () => {
  it('is the sum of count × unit price, to the last digit', () => {
    const priced = priceUsage({ ...none, inputUncached: 176, cacheRead: 1024, output: 172, reasoning: 128 }, gpt)
    expect(priced).toEqual({
      kind: 'priced',
      costUsd: '0.00472',
      lines: [
        {
          priceClass: 'inputUncached',
          pricedAs: 'inputUncached',
          count: 176,
          unitPriceUsd: '0.0000025',
          costUsd: '0.00044',
        },
        { priceClass: 'cacheRead', pricedAs: 'cacheRead', count: 1024, unitPriceUsd: '0.00000125', costUsd: '0.00128' },
        { priceClass: 'output', pricedAs: 'output', count: 172, unitPriceUsd: '0.00001', costUsd: '0.00172' },
        { priceClass: 'reasoning', pricedAs: 'output', count: 128, unitPriceUsd: '0.00001', costUsd: '0.00128' },
      ],
    })
  })

  it('keeps digits that floats lose', () => {
    expect(costOf({ ...none, inputUncached: 9_007_199_254_740_991 }, { inputUncached: '0.000000000000000001' })).toBe(
      '0.009007199254740991',
    )
  })

  it.each<[PricedClass, UnitPrices, string]>([
    ['cacheRead', { inputUncached: '3' }, '3'],
    ['cacheWrite5m', { inputUncached: '3' }, '3'],
    ['cacheWrite1h', { inputUncached: '3' }, '3'],
    ['cacheWrite1h', { inputUncached: '3', cacheWrite5m: '4' }, '4'],
    ['cacheWrite1h', { inputUncached: '3', cacheWrite5m: '4', cacheWrite1h: '6' }, '6'],
    ['reasoning', { inputUncached: '3', output: '5' }, '5'],
    ['reasoning', { output: '5', reasoning: '2' }, '2'],
    ['audioInput', { inputUncached: '3' }, '3'],
    ['audioOutput', { output: '5' }, '5'],
    ['audioOutput', { output: '5', audioOutput: '9' }, '9'],
  ])('%s under %j costs %s each', (priceClass, unitPrices, costUsd) => {
    expect(costOf({ ...none, [priceClass]: 1 }, unitPrices)).toBe(costUsd)
    expect(fillUnitPrices(unitPrices)[priceClass]).toBe(costUsd)
  })

  it('is unpriced, never $0, when a class that was used has no price', () => {
    expect(
      priceUsage({ ...none, inputUncached: 5, output: 1, reasoning: 2, toolRequests: 3 }, { inputUncached: '1' }),
    ).toEqual({
      kind: 'unpriced',
      missing: ['output', 'reasoning', 'toolRequests'],
    })
    expect(priceUsage({ ...none, inputUncached: 1 }, {})).toEqual({ kind: 'unpriced', missing: ['inputUncached'] })
  })

  it('needs no price for what was not used', () => {
    expect(costOf({ ...none, inputUncached: 5 }, { inputUncached: '0.02' })).toBe('0.1')
    expect(hasOutputPrice({ unitPrices: { inputUncached: '0.02' } })).toBe(false)
    expect(hasOutputPrice({ unitPrices: { output: '0' } })).toBe(true)
  })

  it('charges a listed fee once per attempt', () => {
    const fee = { inputUncached: '0.000001', output: '0.000001', requests: '0.012' }
    expect(costOf({ ...none, inputUncached: 10 }, fee)).toBe('0.01201')
    expect(costOf({ ...none, inputUncached: 10, requests: 3 }, fee)).toBe('0.03601')
    expect(costOf({ ...none, inputUncached: 10, requests: 3 }, gpt)).toBe('0.000025')
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %s as a count', (count) => {
    expect(() => priceUsage({ ...none, output: count }, gpt)).toThrow(RangeError)
  })

  it('the price of a union is the sum of prices', () => {
    fc.assert(
      fc.property(usages, usages, allPrices, (a, b, prices) => {
        expect(costOf(add(a, b), prices)).toBe(addDecimals([costOf(a, prices), costOf(b, prices)]))
      }),
    )
  })

  it('scales with usage and with prices', () => {
    fc.assert(
      fc.property(usages, allPrices, fc.integer({ min: 0, max: 1000 }), (usage, prices, factor) => {
        const scaledUsage = {
          ...none,
          ...Object.fromEntries(PRICED_CLASSES.map((name) => [name, (usage[name] ?? 1) * factor])),
        }
        const scaledPrices = Object.fromEntries(
          PRICED_CLASSES.map((name) => [name, multiplyDecimals(prices[name] ?? '0', String(factor))]),
        )
        const expected = multiplyDecimals(costOf(usage, prices), String(factor))
        expect(costOf(scaledUsage, prices)).toBe(expected)
        expect(costOf(usage, scaledPrices)).toBe(expected)
      }),
    )
  })

  it('writes plain notation with at most 18 fraction digits, and lines that add up', () => {
    fc.assert(
      fc.property(usages, allPrices, (usage, prices) => {
        const priced = priceUsage(usage, prices)
        if (priced.kind === 'unpriced') throw new Error('every class has a price')
        expect(priced.costUsd).toMatch(/^\d+(?:\.\d{1,18})?$/)
        expect(addDecimals(priced.lines.map(({ costUsd }) => costUsd))).toBe(priced.costUsd)
        expect(priced.lines.map(({ priceClass }) => priceClass)).toEqual(
          PRICED_CLASSES.filter((name) => usage[name] !== 0),
        )
      }),
    )
  })

  it('filling prices changes no cost', () => {
    fc.assert(
      fc.property(usages, allPrices, fc.subarray([...PRICED_CLASSES]), (usage, prices, dropped) => {
        const some = Object.fromEntries(
          Object.entries(prices).filter(([name]) => !dropped.some((other) => other === name)),
        )
        const before = priceUsage(usage, some)
        const after = priceUsage(usage, fillUnitPrices(some))
        expect(after.kind).toBe(before.kind)
        if (before.kind === 'priced' && after.kind === 'priced')
          expect(compareDecimals(after.costUsd, before.costUsd)).toBe(0)
      }),
    )
  })
})

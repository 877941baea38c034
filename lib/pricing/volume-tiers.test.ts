import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, ExactDecimal, multiplyDecimals, subtractDecimals } from '@/lib/money'
import { parseContractInput } from './contract-input'
import { priceUsage } from './price-usage'
import { type ClassUnits, priceVolume, spreadVolume, type VolumeTier, volumeMonth } from './volume-tiers'

const TIERS: VolumeTier[] = [
  { upTo: '1000000000', unitPrice: '0.000002' },
  { upTo: '5000000000', unitPrice: '0.0000016' },
  { upTo: null, unitPrice: '0.0000012' },
]

const unitPrice = fc
  .bigInt({ min: 0n, max: 10n ** 18n })
  .map((digits) => new ExactDecimal(digits.toString()).div(1e18).toFixed())
const count = fc.bigInt({ min: 0n, max: 10n ** 15n })
const schedule = fc
  .record({
    ends: fc.uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 15n }), { maxLength: 6 }),
    prices: fc.array(unitPrice, { minLength: 7, maxLength: 7 }),
  })
  .map(({ ends, prices }): VolumeTier[] =>
    [...ends.sort((a, b) => (a < b ? -1 : 1)).map(String), null].map((upTo, at) => ({
      upTo,
      unitPrice: prices[at] ?? '0',
    })),
  )

describe('the price of a volume', () => {
  it.each([
    ['0', '0', '0.000002'],
    ['1', '0.000002', '0.000002'],
    ['1000000000', '2000', '0.000002'],
    ['2000000000', '3600', '0.0000018'],
    ['5000000000', '8400', '0.00000168'],
    ['6000000000', '9600', '0.0000016'],
    ['7000000000', '10800', '0.000001542857142857'],
  ])('of %s units is %s USD, %s each', (units, total, each) => {
    expect(priceVolume(units, TIERS)).toBe(total)
    expect(spreadVolume(units, TIERS)).toBe(each)
  })

  it('never falls with more units, and each further one costs the price of its tier', () => {
    fc.assert(
      fc.property(schedule, count, (tiers, units) => {
        const added = subtractDecimals(priceVolume(String(units + 1n), tiers), priceVolume(String(units), tiers))
        const tier = tiers.find(({ upTo }) => upTo === null || units < BigInt(upTo))
        expect(added).toBe(new ExactDecimal(tier?.unitPrice ?? 'NaN').toFixed())
      }),
    )
  })

  it('with one tier is the flat price', () => {
    fc.assert(
      fc.property(unitPrice, count, (price, units) => {
        const tiers = [{ upTo: null, unitPrice: price }]
        expect(priceVolume(String(units), tiers)).toBe(multiplyDecimals(price, String(units)))
        expect(spreadVolume(String(units), tiers)).toBe(price)
      }),
    )
  })

  it('spread over the attempts of a month sums back, but for half of the last digit of each unit', () => {
    fc.assert(
      fc.property(schedule, fc.array(fc.nat({ max: 10 ** 12 }), { minLength: 1 }), (tiers, attempts) => {
        const units = attempts.reduce((sum, each) => sum + BigInt(each), 0n)
        const each = spreadVolume(String(units), tiers)
        const sum = attempts.reduce((total, own) => total.plus(new ExactDecimal(each).times(own)), new ExactDecimal(0))
        const off = sum
          .minus(priceVolume(String(units), tiers))
          .abs()
          .toFixed()
        expect(compareDecimals(off, multiplyDecimals('0.0000000000000000005', String(units)))).toBeLessThanOrEqual(0)
      }),
    )
  })
})

describe('a month of a schedule', () => {
  const MONTH = { from: new Date('2026-10-01T00:00:00Z'), to: new Date('2026-11-01T00:00:00Z') }
  const counted = (changes: Partial<ClassUnits>): ClassUnits => ({
    ...{ inputUncached: '0', cacheRead: '0', cacheWrite5m: '0', cacheWrite1h: '0', output: '0', reasoning: '0' },
    ...{ audioInput: '0', audioOutput: '0', toolRequests: '0', requests: '0' },
    ...changes,
  })
  const tiers = {
    inputUncached: [
      { upTo: '100', unitPrice: '2' },
      { upTo: null, unitPrice: '1' },
    ],
    cacheRead: [{ upTo: null, unitPrice: '0.5' }],
    output: [{ upTo: null, unitPrice: '8' }],
    requests: [
      { upTo: '1', unitPrice: '1' },
      { upTo: null, unitPrice: '0' },
    ],
  }

  it('counts units to the class that they are billed as, and costs what its tiers say', () => {
    const units = counted({
      inputUncached: '90',
      cacheRead: '1000',
      cacheWrite1h: '60',
      audioInput: '50',
      output: '3',
      reasoning: '4',
      requests: '4',
    })
    const month = volumeMonth('2026-10', MONTH, units, tiers)
    expect(month).toEqual({
      month: '2026-10',
      ...MONTH,
      units: { inputUncached: '200', cacheRead: '1000', output: '7', requests: '4' },
      unitPrices: { inputUncached: '1.5', cacheRead: '0.5', output: '8', requests: '0.25' },
    })
    const usage = {
      inputUncached: 90,
      cacheRead: 1000,
      cacheWrite5m: 0,
      cacheWrite1h: 60,
      output: 3,
      reasoning: 4,
      audioInput: 50,
      audioOutput: 0,
      toolRequests: 0,
      requests: 4,
    }
    // 100 × 2 + 100 × 1, 1000 × 0.5, 7 × 8, 1 × 1 + 3 × 0
    expect(priceUsage(usage, month?.unitPrices ?? {})).toMatchObject({ kind: 'priced', costUsd: '857' })
  })

  it('is none until a class has passed its first tier', () => {
    expect(
      volumeMonth('2026-10', MONTH, counted({ inputUncached: '100', output: '999', requests: '1' }), tiers),
    ).toBeNull()
  })
})

describe('a schedule as input', () => {
  const input = (ends: readonly (string | null)[]) => () =>
    parseContractInput({
      ...{ workspaceId: 1, provider: 'acme', model: 'm', reason: 'a test' },
      terms: { kind: 'volume', tiers: { output: ends.map((upTo) => ({ upTo, unitPrice: '0.1' })) } },
    })

  it('is of the base band where it names none', () => {
    expect(input(['5', null])().contextBand).toBe('base')
  })

  it.each<[(string | null)[], RegExp]>([
    [[], /at least one tier/],
    [['5'], /Leave the end of the last/],
    [['5', '4', null], /more units/],
    [[null, null], /Only the last/],
    [['1.5', null], /whole number/],
  ])('with the ends %j is refused', (ends, message) => {
    expect(input(ends)).toThrow(message)
  })
})

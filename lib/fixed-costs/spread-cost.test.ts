import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capacityOf, chargeOf, METHODS, shareOut, spreadCharge } from '@/lib/fixed-costs/spread-cost'
import { addDecimals, compareDecimals, multiplyDecimals } from '@/lib/money'

describe('what a month bears', () => {
  it('is the amount of each month from the first to the last', () => {
    const monthly = { amount: '1200.50', termMonths: null, firstMonth: '2025-11', lastMonth: '2026-02' }
    const months = ['2025-10', '2025-11', '2026-02', '2026-03']
    expect(months.map((month) => chargeOf(monthly, month))).toEqual([null, '1200.5', '1200.5', null])
    expect(chargeOf({ ...monthly, lastMonth: null }, '2099-01')).toBe('1200.5')
  })

  it('of a term adds up to its amount, also over the turn of a year', () => {
    const term = { amount: '100', termMonths: 3, firstMonth: '2025-12', lastMonth: null }
    const charges = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03'].map((month) => chargeOf(term, month))
    expect(charges).toEqual([null, '33.333333333333333333', '33.333333333333333333', '33.333333333333333334', null])
  })
})

describe('a charge', () => {
  const served = [
    { key: 'a', tokens: '750', requests: '1', busyMs: '1800000' },
    { key: 'b', tokens: '250', requests: '3', busyMs: '5400000' },
    { key: 'c', tokens: '0', requests: '0', busyMs: '0' },
  ]

  it('is spread by tokens, requests, busy time or evenly over what was served', () => {
    const spread = (method: (typeof METHODS)[number]) =>
      Object.fromEntries(spreadCharge('100', method, null, served).byKey)
    expect(spread('tokens')).toEqual({ a: '75', b: '25' })
    expect(spread('requests')).toEqual({ b: '75', a: '25' })
    expect(spread('busyTime')).toEqual({ b: '75', a: '25' })
    expect(spread('even')).toEqual({ a: '50', b: '50' })
  })

  it('leaves unused capacity idle, and all of it where nothing was served', () => {
    const { idle, idleShare, byKey } = spreadCharge('100', 'tokens', { by: 'tokens', size: '4000' }, served)
    expect([idle, idleShare, ...byKey.values()]).toEqual(['75', '0.75', '18.75', '6.25'])
    expect(spreadCharge('100', 'tokens', { by: 'tokens', size: '500' }, served).idle).toBe('0')
    expect(spreadCharge('100', 'even', null, [])).toEqual({ idle: '100', idleShare: '1', byKey: new Map() })
  })

  it('leaves hours idle in which the pool was not busy', () => {
    const capacity = capacityOf({ capacityTokens: null, capacityHours: '8' })
    const { idle, idleShare, byKey } = spreadCharge('100', 'busyTime', capacity, served)
    expect([idle, idleShare, ...byKey.values()]).toEqual(['75', '0.75', '18.75', '6.25'])
    const untimed = served.map((each) => ({ ...each, busyMs: '0' }))
    expect(spreadCharge('100', 'busyTime', capacity, untimed)).toEqual({
      idle: '100',
      idleShare: '1',
      byKey: new Map(),
    })
  })

  it('is shared out in parts of parts to the same sums', () => {
    const shares = (...weights: string[]) => [
      ...shareOut(
        '10',
        weights.map((weight, index) => ({ key: String(index), weight })),
        '3',
      ).values(),
    ]
    expect(shares('1', '1', '1')).toEqual(['3.333333333333333334', '3.333333333333333333', '3.333333333333333333'])
    expect(shares('1')).toEqual(['3.333333333333333333'])
    expect(shares()).toEqual([])
  })

  it('is the sum of its shares and what is idle, to the last digit', () => {
    const cents = fc.bigInt(1n, 10n ** 12n).map((value) => `${value / 100n}.${String(value % 100n).padStart(2, '0')}`)
    const count = fc.bigInt(0n, 10n ** 12n).map(String)
    const milliseconds = fc.bigInt(0n, 10n ** 15n).map((value) => multiplyDecimals(String(value), '0.001'))
    const usage = fc.array(fc.record({ tokens: count, requests: count, busyMs: milliseconds }), { maxLength: 12 })
    fc.assert(
      fc.property(
        cents,
        fc.constantFrom(...METHODS),
        fc.option(fc.record({ by: fc.constantFrom('tokens', 'busyMs'), size: fc.bigInt(1n, 10n ** 13n).map(String) })),
        usage,
        (charge, method, capacity, rows) => {
          const { idle, byKey } = spreadCharge(
            charge,
            method,
            capacity,
            rows.map((row, index) => ({ key: String(index), ...row })),
          )
          expect(compareDecimals(addDecimals([idle, ...byKey.values()]), charge)).toBe(0)
        },
      ),
    )
  })
})

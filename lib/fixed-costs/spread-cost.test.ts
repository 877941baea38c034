import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chargeOf, METHODS, spreadCharge } from '@/lib/fixed-costs/spread-cost'
import { addDecimals, compareDecimals } from '@/lib/money'

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
    { key: 'a', tokens: '750', requests: '1' },
    { key: 'b', tokens: '250', requests: '3' },
    { key: 'c', tokens: '0', requests: '0' },
  ]

  it('is spread by tokens, requests or evenly over what was served', () => {
    const spread = (method: (typeof METHODS)[number]) =>
      Object.fromEntries(spreadCharge('100', method, null, served).byKey)
    expect(spread('tokens')).toEqual({ a: '75', b: '25' })
    expect(spread('requests')).toEqual({ b: '75', a: '25' })
    expect(spread('even')).toEqual({ a: '50', b: '50' })
  })

  it('leaves unused capacity idle, and all of it where nothing was served', () => {
    const { idle, idleShare, byKey } = spreadCharge('100', 'tokens', '4000', served)
    expect([idle, idleShare, ...byKey.values()]).toEqual(['75', '0.75', '18.75', '6.25'])
    expect(spreadCharge('100', 'tokens', '500', served).idle).toBe('0')
    expect(spreadCharge('100', 'even', null, [])).toEqual({ idle: '100', idleShare: '1', byKey: new Map() })
  })

  it('is the sum of its shares and what is idle, to the last digit', () => {
    const cents = fc.bigInt(1n, 10n ** 12n).map((value) => `${value / 100n}.${String(value % 100n).padStart(2, '0')}`)
    const count = fc.bigInt(0n, 10n ** 12n).map(String)
    const usage = fc.array(fc.record({ tokens: count, requests: count }), { maxLength: 12 })
    fc.assert(
      fc.property(
        cents,
        fc.constantFrom(...METHODS),
        fc.option(fc.bigInt(1n, 10n ** 13n).map(String)),
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

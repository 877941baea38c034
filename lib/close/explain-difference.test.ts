import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CAUSES,
  explainDifference,
  explainLines,
  isSameSpend,
  isSameSum,
  type Move,
  type Sums,
} from '@/lib/close/explain-difference'
import { addDecimals, compareDecimals, subtractDecimals } from '@/lib/money'

const sums = (spend: string | null, attempts: string, tokens: string): Sums => ({ spend, attempts, tokens })
const NONE = sums(null, '0', '0')

const move = (changes: Partial<Move>): Move => ({
  provider: 'alpha',
  model: 'a1',
  endpoint: '/chat',
  cause: 'none',
  booked: NONE,
  today: NONE,
  ...changes,
})

describe('the difference of a closed month', () => {
  it('is split by cause, each with its sign', () => {
    const { booked, today, difference, causes } = explainDifference([
      move({ booked: sums('10', '4', '400'), today: sums('10', '4', '400') }),
      move({ cause: 'late', today: sums('1.5', '1', '20') }),
      move({ cause: 'price', booked: sums('4', '2', '30'), today: sums('3', '2', '30') }),
      move({ cause: 'deletion', booked: sums('0.25', '1', '5') }),
    ])
    expect([booked.spend, today.spend]).toEqual(['14.25', '14.5'])
    expect(difference).toEqual({ spend: '0.25', attempts: '0', tokens: '15' })
    expect(causes.filter(({ spend }) => spend !== '0')).toEqual([
      { cause: 'late', spend: '1.5', attempts: '1', tokens: '20' },
      { cause: 'price', spend: '-1', attempts: '0', tokens: '0' },
      { cause: 'deletion', spend: '-0.25', attempts: '-1', tokens: '-5' },
    ])
  })

  it('of an attempt whose line changed leaves one line and comes to the other', () => {
    const lines = explainLines([
      move({ cause: 'alias', booked: sums('2', '1', '10') }),
      move({ cause: 'alias', model: 'a2', today: sums('2', '1', '10') }),
    ])
    expect(lines.map(({ model, difference }) => [model, difference.spend])).toEqual([
      ['a1', '-2'],
      ['a2', '2'],
    ])
  })

  it('tells what had no price from what cost nothing', () => {
    expect(explainDifference([]).booked.spend).toBeNull()
    expect(isSameSpend(null, '0')).toBe(false)
    expect(isSameSpend(null, null)).toBe(true)
    expect(isSameSpend('1.50', '1.5')).toBe(true)
    expect(isSameSum({ spend: '0', attempts: '0' }, { spend: null, attempts: '0' })).toBe(true)
    expect(isSameSum({ spend: '0', attempts: '1' }, { spend: null, attempts: '1' })).toBe(false)
  })

  it('is the sum of its causes to the last digit', () => {
    const decimal = fc.tuple(fc.bigInt(0n, 10n ** 12n), fc.bigInt(0n, 10n ** 18n - 1n))
    const spend = fc.option(decimal.map(([whole, rest]) => `${whole}.${rest.toString().padStart(18, '0')}`))
    const count = fc.bigInt(0n, 10n ** 15n).map(String)
    const side = fc.record({ spend, attempts: count, tokens: count })
    const moves = fc.array(
      fc.record({
        provider: fc.constantFrom('a', 'b'),
        model: fc.constantFrom('m', 'n'),
        endpoint: fc.constantFrom('/x', null),
        cause: fc.constantFrom(...CAUSES),
        booked: side,
        today: side,
      }),
    )
    fc.assert(
      fc.property(moves, (all) => {
        const { booked, today, difference, causes } = explainDifference(all)
        expect(compareDecimals(addDecimals(causes.map((each) => each.spend)), difference.spend)).toBe(0)
        expect(compareDecimals(addDecimals(causes.map((each) => each.tokens)), difference.tokens)).toBe(0)
        expect(compareDecimals(subtractDecimals(today.spend ?? '0', booked.spend ?? '0'), difference.spend)).toBe(0)
        const byLine = explainLines(all).map((line) => line.difference.spend)
        expect(compareDecimals(addDecimals(byLine), difference.spend)).toBe(0)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, compareDecimals, ExactDecimal, subtractDecimals, trimDecimal } from '@/lib/money'

/** Decimals as the store and senders write them: whole, with zeros behind, with 18 fraction digits, negative. */
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.constantFrom(0, 0, 1, 6, 18))
  .map(([digits, scale]) => {
    const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
    const plain = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
    return digits < 0n ? `-${plain}` : plain
  })

describe('decimal strings', () => {
  it('are added to the last digit, whole or not', () => {
    fc.assert(
      fc.property(fc.array(fc.option(decimal), { maxLength: 6 }), (values) => {
        const exact = values.reduce((sum, value) => sum.plus(value ?? 0), new ExactDecimal(0))
        expect(addDecimals(values)).toBe(exact.toFixed())
      }),
    )
    expect(addDecimals([])).toBe('0')
    expect(addDecimals([null, '00', '1.0'])).toBe('1')
  })

  it('are compared by what they are, not by how they are written', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(compareDecimals(a, b)).toBe(new ExactDecimal(a).comparedTo(b))
        expect(compareDecimals(a, a)).toBe(0)
      }),
    )
    expect(compareDecimals('10', '9')).toBe(1)
    expect(compareDecimals('1.0', '1')).toBe(0)
    expect(compareDecimals('2', '10')).toBe(-1)
  })

  it('are trimmed to plain notation', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        const trimmed = trimDecimal(value)
        expect(trimmed).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/)
        expect(subtractDecimals(trimmed, value)).toBe('0')
      }),
    )
    expect(['1.50', '-0', '0.00', '100', '1e3', '.5'].map(trimDecimal)).toEqual(['1.5', '0', '0', '100', '1000', '0.5'])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findBreakEven } from '@/lib/fixed-costs/break-even'
import { ExactDecimal } from '@/lib/money'

const POOL = { charge: '300', usage: '0', tokens: '800000', utilisation: '0.8' }

describe('the break-even of a pool', () => {
  it('is where its cost per token is that of the alternative', () => {
    // $400 for 800,000 tokens are $500 per 1M; $300 are that at 600,000 tokens, three quarters of what was used.
    expect(findBreakEven(POOL, '400')).toEqual({ kind: 'at', tokens: '600000', utilisation: '0.6' })
    // Only what the alternative costs above the pool's own price makes up for the charge.
    expect(findBreakEven({ ...POOL, usage: '100' }, '400')).toEqual({
      kind: 'at',
      tokens: '800000',
      utilisation: '0.8',
    })
    expect(findBreakEven({ ...POOL, utilisation: null }, '400')).toMatchObject({ tokens: '600000', utilisation: null })
  })

  it('may lie beyond the capacity, or nowhere', () => {
    expect(findBreakEven(POOL, '2')).toEqual({ kind: 'at', tokens: '120000000', utilisation: '120' })
    expect(findBreakEven({ ...POOL, usage: '2' }, '2')).toEqual({ kind: 'never' })
    expect(findBreakEven(POOL, '0')).toEqual({ kind: 'never' })
    expect(findBreakEven({ ...POOL, tokens: '0', utilisation: '0' }, '0')).toBeNull()
  })

  it('is below what was used exactly where the pool was cheaper', () => {
    const cents = fc.integer({ min: 1, max: 10 ** 9 }).map((value) => new ExactDecimal(value).div(100).toFixed())
    fc.assert(
      fc.property(cents, cents, cents, fc.integer({ min: 1, max: 10 ** 12 }), (charge, usage, alternative, tokens) => {
        const found = findBreakEven({ charge, usage, tokens: String(tokens), utilisation: null }, alternative)
        const isCheaper = new ExactDecimal(charge).plus(usage).lte(alternative)
        expect(found?.kind === 'at' && new ExactDecimal(found.tokens).lte(tokens)).toBe(isCheaper)
      }),
    )
  })
})

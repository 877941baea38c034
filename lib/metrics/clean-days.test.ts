import { describe, expect, it } from 'vitest'
import { isRepriced } from '@/lib/metrics/clean-days'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'

const DAY = { fromMs: 1_000, toMs: 2_000 }

const change = (workspaceId: number, affectedFromMs: number | null, affectedToMs: number | null): OpenPriceChange => ({
  changeId: 1,
  workspaceId,
  provider: 'acme',
  model: 'm',
  affectedFromMs,
  affectedToMs,
  rows: [],
})

describe('a day', () => {
  it.each([
    ['of the workspace without bounds', change(7, null, null), true],
    ['of all workspaces without bounds', change(0, null, null), true],
    ['of another workspace', change(8, null, null), false],
    ['that ends where it begins', change(7, null, 1_000), false],
    ['that ends within it', change(7, null, 1_001), true],
    ['that begins where it ends', change(0, 2_000, null), false],
    ['that begins within it', change(0, 1_999, null), true],
    ['that lies within it', change(7, 1_400, 1_600), true],
  ])('and a change %s', (_, open, expected) => {
    expect(isRepriced(7, DAY, [open])).toBe(expected)
    expect(isRepriced(7, DAY, [change(7, 5_000, 6_000), open])).toBe(expected)
  })

  it('is left alone where nothing is open', () => {
    expect(isRepriced(7, DAY, [])).toBe(false)
  })
})

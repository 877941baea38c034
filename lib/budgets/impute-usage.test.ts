import { expect, it } from 'vitest'
import { boundsOf, imputeUsage, percentileBounds } from '@/lib/budgets/impute-usage'

it('prices each direction by its own prices, and unsplit tokens by the widest', () => {
  const prices = { input: { low: '0.001', high: '0.003' }, output: { low: '0.01', high: '0.02' } }
  expect(imputeUsage({ inputTokens: '100', outputTokens: '10', unsplitTokens: '5' }, prices)).toEqual({
    low: '0.205',
    high: '0.6',
  })
  expect(imputeUsage({ inputTokens: '0', outputTokens: '0', unsplitTokens: '0' }, prices)).toEqual({
    low: '0',
    high: '0',
  })
})

it('takes the cheapest and the dearest, or the 5th and 95th percentile', () => {
  expect(boundsOf([])).toBeNull()
  expect(boundsOf(['0.3', '0.2', '0.25'])).toEqual({ low: '0.2', high: '0.3' })
  const hundred = Array.from({ length: 100 }, (_, index) => String(index + 1))
  expect(percentileBounds(hundred)).toEqual({ low: '5', high: '95' })
  expect(percentileBounds(['7'])).toEqual({ low: '7', high: '7' })
  expect(percentileBounds([])).toBeNull()
})

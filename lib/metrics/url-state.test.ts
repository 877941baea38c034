import { expect, it } from 'vitest'
import { COST_VIEWS } from '@/lib/fixed-costs/cost-view'
import { costViewOf, formatViewState, parseViewState } from '@/lib/metrics/url-state'

it('how spend is read comes back from the address, and by usage is not in it', () => {
  const view = parseViewState({ range: '7d' })
  for (const costView of COST_VIEWS) {
    const search = formatViewState({ ...view, costView })
    expect(search).toBe(costView === 'usage' ? '?range=7d' : `?range=7d&costView=${costView}`)
    const back = parseViewState(Object.fromEntries(new URLSearchParams(search)))
    expect(back).toEqual({ ...view, costView })
    expect(costViewOf(back)).toEqual(costView === 'usage' ? {} : { costView })
  }
  expect(parseViewState({ costView: 'all' }).costView).toBe('usage')
})

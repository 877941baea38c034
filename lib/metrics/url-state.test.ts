import { describe, expect, it } from 'vitest'
import { COST_VIEWS } from '@/lib/fixed-costs/cost-view'
import {
  costViewOf,
  everythingInRange,
  formatViewState,
  parseViewState,
  questionOf,
  withFilter,
} from '@/lib/metrics/url-state'

const NOW = new Date('2026-11-15T12:00:00Z')
const CALENDAR = { timeZone: 'UTC', fiscalYearStartMonth: 1 }

describe('the scenario of a view', () => {
  it('is kept in the address, and left out where there is none', () => {
    const view = parseViewState({ range: '7d', scenario: '12', sort: '-spend' })
    expect(view.scenario).toBe(12)
    expect(formatViewState(view)).toBe('?range=7d&scenario=12&sort=-spend')
    expect(formatViewState({ ...view, scenario: null })).toBe('?range=7d&sort=-spend')
    expect(parseViewState({}).scenario).toBeNull()
    expect(withFilter(view, 'endpoint', '/chat').scenario).toBe(12)
  })

  it('that cannot be read is none that there is, never no scenario', () => {
    for (const text of ['', 'abc', '0', '-1', '1.5', '1e3', '99999999999', ' 12']) {
      expect(parseViewState({ scenario: text }).scenario, text).toBe(0)
    }
  })

  it('is part of what is asked, so that no answer is taken for another', () => {
    const under = parseViewState({ scenario: '12' })
    expect(questionOf(under, NOW, CALENDAR).scenario).toBe(12)
    expect(questionOf({ ...under, scenario: null }, NOW, CALENDAR)).not.toHaveProperty('scenario')
  })

  it('is asked of the number of attempts only where a filter goes by what routes change', () => {
    const under = parseViewState({ scenario: '12', f: 'endpoint:in:a' })
    expect(everythingInRange(questionOf(under, NOW, CALENDAR)).scenario).toBeUndefined()
    for (const dimension of ['provider', 'model', 'rawProvider', 'rawModel', 'serviceTier'] as const) {
      const narrowed = withFilter(under, dimension, 'x')
      expect(everythingInRange(questionOf(narrowed, NOW, CALENDAR)).scenario, dimension).toBe(12)
    }
  })
})

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

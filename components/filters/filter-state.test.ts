import { describe, expect, it } from 'vitest'
import { daysOfRange, describeFilter, rangeOfDays, withDimensionFilter } from '@/components/filters/filter-state'

describe('calendar ranges', () => {
  it('are half-open in the URL and closed for the reader', () => {
    expect(rangeOfDays({ year: 2026, month: 10, day: 1 }, { year: 2026, month: 10, day: 31 })).toBe(
      '2026-10-01..2026-11-01',
    )
    expect(daysOfRange('2026-10-01..2026-11-01')).toEqual({
      first: { year: 2026, month: 10, day: 1 },
      last: { year: 2026, month: 10, day: 31 },
    })
    expect(daysOfRange('2024-02-01..2024-03-01')?.last.day).toBe(29)
  })

  it('are told from presets', () => {
    expect(daysOfRange('30d')).toBeNull()
    expect(daysOfRange('2026-10-01..')).toBeNull()
  })
})

describe('dimension filters', () => {
  it('say what they do in few words', () => {
    expect(describeFilter({ dimension: 'endpoint', operator: 'in', values: ['chat'] })).toBe('is chat')
    expect(describeFilter({ dimension: 'endpoint', operator: 'notIn', values: [null, 'a', 'b', 'c'] })).toBe(
      'is not unattributed, a +2',
    )
  })

  it('are replaced in place, added at the end, and dropped without values', () => {
    const one = { dimension: 'endpoint', operator: 'in', values: ['chat'] } as const
    const filters = [{ ...one, values: [...one.values] }]
    const provider = { dimension: 'provider', operator: 'in' as const, values: ['openai'] }
    expect(withDimensionFilter(filters, 1, provider)).toEqual([...filters, provider])
    expect(withDimensionFilter(filters, 0, provider)).toEqual([provider])
    expect(withDimensionFilter(filters, 0, { ...provider, values: [] })).toEqual([])
  })
})

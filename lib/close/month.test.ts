import { describe, expect, it } from 'vitest'
import { formatMonth, isMonth, listMonths, monthOf, monthOfRange, monthRange } from '@/lib/close/month'

describe('months of a zone', () => {
  it('begin and end at midnights of the zone', () => {
    expect(monthRange('2026-10', 'Europe/Berlin')).toEqual({
      from: new Date('2026-09-30T22:00:00Z'),
      to: new Date('2026-10-31T23:00:00Z'),
    })
    expect(monthRange('2026-12', 'Asia/Kolkata').to).toEqual(new Date('2026-12-31T18:30:00Z'))
    expect(monthOf(new Date('2026-09-30T22:00:00Z'), 'Europe/Berlin')).toBe('2026-10')
    expect(monthOf(new Date('2026-09-30T22:00:00Z'), 'UTC')).toBe('2026-09')
  })

  it('are named as years and months, and nothing else is', () => {
    expect(['2026-10', '2026-13', '2026-00', '26-10', '2026-1', "2026-10'"].filter(isMonth)).toEqual(['2026-10'])
    expect(() => monthRange('2026-13', 'UTC')).toThrow('2026-13 is no month')
    expect(formatMonth('2026-10')).toBe('October 2026')
  })

  it('are found in ranges that are exactly one', () => {
    const october = monthRange('2026-10', 'Europe/Berlin')
    expect(monthOfRange(october, 'Europe/Berlin')).toBe('2026-10')
    expect(monthOfRange(october, 'UTC')).toBeNull()
    expect(monthOfRange({ ...october, to: new Date(october.to.getTime() - 1) }, 'Europe/Berlin')).toBeNull()
  })

  it('are listed latest first over the turn of a year', () => {
    const listed = listMonths(new Date('2025-11-30T23:30:00Z'), new Date('2026-02-01T00:00:00Z'), 'UTC')
    expect(listed).toEqual(['2026-02', '2026-01', '2025-12', '2025-11'])
    expect(listMonths(new Date('2026-02-03Z'), new Date('2026-02-02Z'), 'UTC')).toEqual(['2026-02'])
  })
})

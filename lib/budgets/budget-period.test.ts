import { expect, it } from 'vitest'
import { elapsedRatio, periodAt, periodsBefore, rolledOver } from '@/lib/budgets/budget-period'

const calendar = (timeZone: string, fiscalYearStartMonth = 1) => ({ timeZone, fiscalYearStartMonth })
const of = (period: 'day' | 'week' | 'month' | 'quarter' | 'fiscalYear') => ({
  period,
  customFrom: null,
  customTo: null,
})
const show = ({ from, to }: { from: Date; to: Date }) => [from.toISOString(), to.toISOString()]

it('starts and ends a month at the midnights of the zone, whatever the clocks do inside', () => {
  // Auckland goes to summer time on 27 September 2026 and back on 5 April; Los Angeles on 8 March and 1 November.
  expect(show(periodAt(of('month'), new Date('2026-09-27T12:00:00Z'), calendar('Pacific/Auckland')))).toEqual([
    '2026-08-31T12:00:00.000Z',
    '2026-09-30T11:00:00.000Z',
  ])
  expect(show(periodAt(of('month'), new Date('2026-03-08T12:00:00Z'), calendar('America/Los_Angeles')))).toEqual([
    '2026-03-01T08:00:00.000Z',
    '2026-04-01T07:00:00.000Z',
  ])
  expect(show(periodAt(of('month'), new Date('2026-10-31T18:14:59.999Z'), calendar('Asia/Kathmandu')))).toEqual([
    '2026-09-30T18:15:00.000Z',
    '2026-10-31T18:15:00.000Z',
  ])
})

it('puts the last millisecond in its own month and the next in the next', () => {
  for (const [timeZone, end] of [
    ['Pacific/Auckland', '2026-10-31T11:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-01T07:00:00.000Z'],
    ['Asia/Kathmandu', '2026-10-31T18:15:00.000Z'],
  ] as const) {
    const before = periodAt(of('month'), new Date(Date.parse(end) - 1), calendar(timeZone))
    const after = periodAt(of('month'), new Date(end), calendar(timeZone))
    expect(before.to.toISOString()).toBe(end)
    expect(after.from.toISOString()).toBe(end)
  }
})

it('knows days of 23 and 25 hours', () => {
  const spring = periodAt(of('day'), new Date('2026-03-08T20:00:00Z'), calendar('America/Los_Angeles'))
  expect(show(spring)).toEqual(['2026-03-08T08:00:00.000Z', '2026-03-09T07:00:00.000Z'])
  const autumn = periodAt(of('day'), new Date('2026-11-01T20:00:00Z'), calendar('America/Los_Angeles'))
  expect(show(autumn)).toEqual(['2026-11-01T07:00:00.000Z', '2026-11-02T08:00:00.000Z'])
  expect(elapsedRatio(autumn, new Date('2026-11-01T19:30:00Z'))).toBe(0.5)
})

it('walks back over clock changes and month ends without a gap or an overlap', () => {
  for (const timeZone of ['Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kathmandu']) {
    for (const period of ['day', 'week', 'month', 'quarter', 'fiscalYear'] as const) {
      const zone = calendar(timeZone, 4)
      const current = periodAt(of(period), new Date('2026-11-21T12:00:00Z'), zone)
      const all = [current, ...periodsBefore(of(period), current.from, 40, zone)]
      for (const [index, each] of all.entries()) {
        expect(each.from < each.to).toBe(true)
        expect(periodAt(of(period), each.from, zone)).toEqual(each)
        const older = all[index + 1]
        if (older) expect(older.to).toEqual(each.from)
      }
    }
  }
})

it('starts a fiscal year in its month and keeps the dates of a custom period', () => {
  expect(show(periodAt(of('fiscalYear'), new Date('2026-03-31T12:00:00Z'), calendar('UTC', 4)))).toEqual([
    '2025-04-01T00:00:00.000Z',
    '2026-04-01T00:00:00.000Z',
  ])
  const custom = { period: 'custom' as const, customFrom: new Date('2026-10-10'), customTo: new Date('2026-11-20') }
  expect(periodAt(custom, new Date('2027-01-01'), calendar('UTC'))).toEqual({
    from: custom.customFrom,
    to: custom.customTo,
  })
  expect(periodsBefore(custom, custom.customFrom, 3, calendar('UTC'))).toEqual([])
})

it('rolls over what is left, and nothing of an overspent period', () => {
  expect(rolledOver('100', [])).toBe('0')
  expect(rolledOver('100', ['40'])).toBe('60')
  expect(rolledOver('100', ['40', '130'])).toBe('30')
  expect(rolledOver('100', ['40', '200'])).toBe('0')
  expect(rolledOver('100', ['250', '99.999999999999999999'])).toBe('0.000000000000000001')
})

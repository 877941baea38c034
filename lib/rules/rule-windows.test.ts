import { describe, expect, test } from 'vitest'
import { backTestRange, comparedStart, groupOf, liveRange, windowAt } from '@/lib/rules/rule-windows'
import { listBuckets } from '@/lib/time'

const calendar = (timeZone: string) => ({ timeZone, fiscalYearStartMonth: 1 })
const HOUR_MS = 3_600_000
const hours = ({ from, to }: { from: Date; to: Date }) => (to.getTime() - from.getTime()) / HOUR_MS

describe('windows lie on the wall clock of the zone, half-open', () => {
  test.each([
    // Auckland enters summer time on 27 September 2026 at 02:00 and leaves it on 5 April 2026 at 03:00.
    ['Pacific/Auckland', '2026-09-27T05:00:00Z', '2026-09-26T12:00:00.000Z', 23],
    ['Pacific/Auckland', '2026-04-05T05:00:00Z', '2026-04-04T11:00:00.000Z', 25],
    ['America/Los_Angeles', '2026-11-01T20:00:00Z', '2026-11-01T07:00:00.000Z', 25],
    ['America/Los_Angeles', '2026-03-08T20:00:00Z', '2026-03-08T08:00:00.000Z', 23],
    ['Asia/Kathmandu', '2026-11-01T20:00:00Z', '2026-11-01T18:15:00.000Z', 24],
  ])('a day in %s at %s', (timeZone, now, from, length) => {
    const day = windowAt(new Date(now), 'day', calendar(timeZone))
    expect([day.from.toISOString(), hours(day)]).toEqual([from, length])
    expect(windowAt(day.to, 'day', calendar(timeZone)).from).toEqual(day.to)
    expect(windowAt(new Date(day.to.getTime() - 1), 'day', calendar(timeZone)).from).toEqual(day.from)
  })

  test('a week with a change is an hour shorter or longer', () => {
    expect(hours(windowAt(new Date('2026-11-01T20:00:00Z'), 'week', calendar('America/Los_Angeles')))).toBe(169)
    expect(hours(windowAt(new Date('2026-09-27T05:00:00Z'), 'week', calendar('Pacific/Auckland')))).toBe(167)
    expect(hours(windowAt(new Date('2026-11-01T20:00:00Z'), 'week', calendar('Asia/Kathmandu')))).toBe(168)
  })

  test('an hour of Kathmandu begins at a quarter past, the repeated hour of Los Angeles is two windows', () => {
    const hour = windowAt(new Date('2026-11-01T20:20:00Z'), 'hour', calendar('Asia/Kathmandu'))
    expect([hour.from.toISOString(), hours(hour)]).toEqual(['2026-11-01T20:15:00.000Z', 1])
    const first = windowAt(new Date('2026-11-01T08:30:00Z'), 'hour', calendar('America/Los_Angeles'))
    const second = windowAt(new Date('2026-11-01T09:30:00Z'), 'hour', calendar('America/Los_Angeles'))
    expect([first.to, hours(first), hours(second)]).toEqual([second.from, 1, 1])
  })

  test('the same weekday last week is the same wall-clock time over a change', () => {
    const monday = new Date('2026-11-02T08:00:00Z')
    expect(comparedStart(monday, 'day', 'sameLastWeek', calendar('America/Los_Angeles')).toISOString()).toBe(
      '2026-10-26T07:00:00.000Z',
    )
    expect(comparedStart(monday, 'day', 'previous', calendar('America/Los_Angeles')).toISOString()).toBe(
      '2026-11-01T07:00:00.000Z',
    )
  })

  test('looks back over whole windows, and tests over ninety days', () => {
    for (const timeZone of ['Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kathmandu']) {
      const now = new Date('2026-11-03T10:00:00Z')
      expect(listBuckets(liveRange(now, 'day', calendar(timeZone)), 'day', calendar(timeZone))).toHaveLength(8)
      expect(listBuckets(backTestRange(now, 'day', calendar(timeZone)), 'day', calendar(timeZone))).toHaveLength(91)
      expect(listBuckets(liveRange(now, 'hour', calendar(timeZone)), 'hour', calendar(timeZone))).toHaveLength(49)
    }
  })
})

test('a user is kept as a hash, others by name, nobody apart from the whole', () => {
  expect(groupOf('user', 'tenant-1').key).toMatch(/^#[0-9a-f]{16}$/)
  expect(groupOf('endpoint', '/chat').key).toBe('=/chat')
  expect(groupOf('endpoint', null).key).toBe('-')
})

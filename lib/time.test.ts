import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addBuckets,
  alignedUnit,
  formatIsoInZone,
  isTimeZone,
  listBuckets,
  previousWindow,
  sameWindowLastWeek,
  startOfBucket,
} from './time'

const calendar = (timeZone: string, fiscalYearStartMonth = 1) => ({ timeZone, fiscalYearStartMonth })
const iso = (text: string) => new Date(text)

describe('buckets', () => {
  it('starts days, weeks, months, quarters and fiscal years on the zone’s calendar', () => {
    const berlin = calendar('Europe/Berlin', 4)
    const at = iso('2026-10-31T23:30:00Z')
    expect(startOfBucket(at, 'day', berlin)).toEqual(iso('2026-10-31T23:00:00Z'))
    expect(startOfBucket(at, 'week', berlin)).toEqual(iso('2026-10-25T23:00:00Z'))
    expect(startOfBucket(at, 'month', berlin)).toEqual(iso('2026-10-31T23:00:00Z'))
    expect(startOfBucket(at, 'quarter', berlin)).toEqual(iso('2026-09-30T22:00:00Z'))
    expect(startOfBucket(at, 'fiscalYear', berlin)).toEqual(iso('2026-03-31T22:00:00Z'))
    expect(addBuckets(iso('2026-03-31T22:00:00Z'), 1, 'fiscalYear', berlin)).toEqual(iso('2027-03-31T22:00:00Z'))
  })

  it('keeps days of 23 and 25 hours', () => {
    const berlin = calendar('Europe/Berlin')
    const days = listBuckets({ from: iso('2026-03-28T23:00:00Z'), to: iso('2026-03-30T22:00:00Z') }, 'day', berlin)
    expect(days).toEqual([iso('2026-03-28T23:00:00Z'), iso('2026-03-29T22:00:00Z')])
    const long = { from: iso('2026-10-24T22:00:00Z'), to: iso('2026-10-25T23:00:00Z') }
    expect(listBuckets(long, 'day', berlin)).toHaveLength(1)
    expect(listBuckets(long, 'hour', berlin)).toHaveLength(25)
  })

  it('starts hours at :30 and :15 in sub-hour zones', () => {
    expect(startOfBucket(iso('2026-05-01T10:20:00Z'), 'hour', calendar('Asia/Kolkata'))).toEqual(
      iso('2026-05-01T09:30:00Z'),
    )
    expect(startOfBucket(iso('2026-05-01T10:20:00Z'), 'hour', calendar('Asia/Kathmandu'))).toEqual(
      iso('2026-05-01T10:15:00Z'),
    )
  })

  it('starts an hour at a clock change of half an hour', () => {
    const lordHowe = calendar('Australia/Lord_Howe')
    const range = { from: iso('2023-04-01T14:00:00Z'), to: iso('2023-04-01T16:30:00Z') }
    expect(listBuckets(range, 'hour', lordHowe)).toEqual([
      iso('2023-04-01T14:00:00Z'),
      iso('2023-04-01T15:00:00Z'),
      iso('2023-04-01T15:30:00Z'),
    ])
  })

  it('covers any range without gap or overlap, in any zone', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Auckland',
      'Australia/Lord_Howe',
      'America/St_Johns',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('hour', 'day', 'week', 'month', 'quarter', 'fiscalYear'),
        fc.date({ min: iso('2023-01-01T00:00:00Z'), max: iso('2027-12-31T00:00:00Z'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 40 * 24 * 3_600_000 }),
        (zone, granularity, from, lengthMs) => {
          const range = { from, to: new Date(from.getTime() + lengthMs) }
          const buckets = listBuckets(range, granularity, calendar(zone, 4))
          expect(buckets[0]?.getTime()).toBeLessThanOrEqual(from.getTime())
          for (const [index, bucket] of buckets.entries()) {
            expect(startOfBucket(bucket, granularity, calendar(zone, 4))).toEqual(bucket)
            const next = buckets[index + 1]
            if (next) {
              expect(next.getTime()).toBeGreaterThan(bucket.getTime())
              expect(startOfBucket(new Date(next.getTime() - 1), granularity, calendar(zone, 4))).toEqual(bucket)
            }
          }
          const last = buckets.at(-1)
          expect(last).toBeDefined()
          if (last)
            expect(startOfBucket(new Date(range.to.getTime() - 1), granularity, calendar(zone, 4))).toEqual(last)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('windows to compare with', () => {
  const berlin = calendar('Europe/Berlin')
  const now = iso('2026-11-21T10:00:00Z')

  it('sets whole months against whole months', () => {
    const october = { from: iso('2026-09-30T22:00:00Z'), to: iso('2026-10-31T23:00:00Z') }
    expect(alignedUnit(october, berlin)).toEqual({ unit: 'month', count: 1 })
    expect(previousWindow(october, now, berlin).previous).toEqual({
      from: iso('2026-08-31T22:00:00Z'),
      to: iso('2026-09-30T22:00:00Z'),
    })
  })

  it('cuts an unfinished month at the same point on both sides', () => {
    const november = { from: iso('2026-10-31T23:00:00Z'), to: iso('2026-11-30T23:00:00Z') }
    const { current, previous } = previousWindow(november, now, berlin)
    expect(current).toEqual({ from: november.from, to: now })
    expect(previous).toEqual({ from: iso('2026-09-30T22:00:00Z'), to: iso('2026-10-21T09:00:00Z') })
  })

  it('takes the same length where the range is not made of calendar units', () => {
    const range = { from: iso('2026-11-01T05:00:00Z'), to: iso('2026-11-03T07:00:00Z') }
    expect(previousWindow(range, now, berlin).previous).toEqual({ from: iso('2026-10-30T03:00:00Z'), to: range.from })
  })

  it('moves by seven days of the wall clock across a clock change', () => {
    const monday = { from: iso('2026-10-25T23:00:00Z'), to: iso('2026-10-26T23:00:00Z') }
    expect(sameWindowLastWeek(monday, now, berlin).previous).toEqual({
      from: iso('2026-10-18T22:00:00Z'),
      to: iso('2026-10-19T22:00:00Z'),
    })
  })
})

describe('formatIsoInZone', () => {
  it('writes the offset of the zone at that instant', () => {
    expect(formatIsoInZone(iso('2026-09-30T22:00:00Z'), 'Europe/Berlin')).toBe('2026-10-01T00:00:00+02:00')
    expect(formatIsoInZone(iso('2026-09-30T18:15:00.250Z'), 'Asia/Kathmandu')).toBe('2026-10-01T00:00:00.250+05:45')
    expect(formatIsoInZone(iso('2026-10-01T00:00:00Z'), 'UTC')).toBe('2026-10-01T00:00:00Z')
    expect(formatIsoInZone(iso('2026-01-01T03:30:00Z'), 'America/St_Johns')).toBe('2026-01-01T00:00:00-03:30')
  })
})

it('knows zones', () => {
  expect(isTimeZone('Asia/Kathmandu')).toBe(true)
  expect(isTimeZone('Mars/Olympus')).toBe(false)
  expect(isTimeZone('+02:00')).toBe(false)
})

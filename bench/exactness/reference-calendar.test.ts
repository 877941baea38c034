import { describe, expect, it } from 'vitest'
import { type Granularity, ReferenceCalendar } from '@/bench/exactness/reference-calendar'
import { listBuckets } from '@/lib/time'

const GRANULARITIES: readonly Granularity[] = ['hour', 'day', 'week', 'month', 'quarter', 'fiscalYear']

describe('the reference calendar', () => {
  it.each(['Pacific/Auckland', 'Asia/Kathmandu', 'America/New_York', 'Australia/Lord_Howe'])(
    'has the buckets of the product in %s, over both clock changes',
    (timeZone) => {
      const calendar = new ReferenceCalendar(timeZone, 4)
      for (const granularity of GRANULARITIES) {
        const [from, to] = granularity === 'hour' ? ['2026-09-20', '2026-11-05'] : ['2025-11-03', '2026-11-20']
        const range = { from: new Date(`${from}T07:31:00Z`), to: new Date(`${to}T03:00:00Z`) }
        const wanted = listBuckets(range, granularity, { timeZone, fiscalYearStartMonth: 4 })
        expect(calendar.bucketStarts(range.from.getTime(), range.to.getTime(), granularity)).toEqual(
          wanted.map((start) => start.getTime()),
        )
      }
    },
  )
})

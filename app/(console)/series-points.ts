import { textOf } from '@/app/(console)/measure-columns'
import type { SeriesPoint } from '@/components/charts/prepare-time-series'
import type { QueryResult } from '@/lib/metrics/result'
import type { BucketGranularity } from '@/lib/time'
import { type Calendar, formatIsoInZone, GRANULARITIES, listBuckets } from '@/lib/time'

/** Fixed cost that no usage bears. */
const IDLE = 'Idle fixed cost'

/** The cells of an answer by time, of one measure, split by a dimension or not at all. */
export function seriesPoints(answer: QueryResult, measure: string, dimension: string | null): SeriesPoint[] {
  return answer.rows.flatMap((row) => {
    const bucket = textOf(row, 'time')
    const value = textOf(row, measure)
    // What no usage bears has money, and nothing that is divided by usage.
    if (bucket === null || (row.$idle === true && value === null)) return []
    return [
      {
        bucket,
        series: row.$idle === true ? IDLE : dimension ? textOf(row, dimension) : null,
        other: row.$other === true,
        value,
      },
    ]
  })
}

const isBucketGranularity = (name: string): name is BucketGranularity =>
  name !== 'none' && GRANULARITIES.some((known) => known === name)

/** Starts of the buckets of an answer that have begun at `now`, as the answer writes them. */
export function bucketStarts(answer: QueryResult, now: Date, fiscalYearStartMonth: number): string[] {
  const { from, to, timeZone, granularity } = answer.meta
  if (!isBucketGranularity(granularity)) return []
  const calendar: Calendar = { timeZone, fiscalYearStartMonth }
  const range = { from: new Date(from), to: new Date(to) }
  return listBuckets(range, granularity, calendar)
    .filter((start) => start <= now)
    .map((start) => formatIsoInZone(start, timeZone))
}

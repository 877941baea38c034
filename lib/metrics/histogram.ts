/**
 * Durations as counts per log-spaced bucket: they add up, unlike quantiles. A bucket is 5 % wide and stands for its
 * geometric middle, so that a quantile is within ±2.5 % from 0.1 ms up; bucket 0 holds zero.
 */

/** Number of buckets; the last one begins at 27 days. */
const HISTOGRAM_BUCKETS = 490

/** Largest error of a quantile, as a ratio. */
export const QUANTILE_TOLERANCE = 0.025

const BASE = 1.05
const SCALE = 1 / Math.log(BASE)
const FLOOR_MS = 0.1
const FIRST = Math.floor(Math.log(FLOOR_MS) * SCALE)

/** SQL: the bucket of a duration in milliseconds (not null). */
function bucketSql(column: string): string {
  const position = `toUInt16(floor(log(greatest(${column}, ${FLOOR_MS})) * ${SCALE}) - (${FIRST}))`
  return `if(${column} <= 0, 0, 1 + least(${HISTOGRAM_BUCKETS - 2}, ${position}))`
}

/** SQL: the duration that a bucket stands for. */
function middleSql(bucket: string): string {
  return `if(${bucket} = 0, 0, exp((${bucket} - 1 + (${FIRST}) + 0.5) / ${SCALE}))`
}

/** SQL: counts per bucket of a nullable column of durations; an array of {@link HISTOGRAM_BUCKETS} counts. */
export function histogramSql(column: string): string {
  return `countResampleIf(0, ${HISTOGRAM_BUCKETS}, 1)(toUInt16(${bucketSql(`assumeNotNull(${column})`)}), ${column} IS NOT NULL)`
}

/** SQL: a quantile of a nullable column of durations, equal to that of its histogram. */
export function quantileSql(level: number, column: string): string {
  return `quantileExactInclusiveOrNullIf(${level})(${middleSql(bucketSql(`assumeNotNull(${column})`))}, ${column} IS NOT NULL)`
}

/** SQL: a quantile of a histogram, interpolated between its neighbours; null for an empty one. */
export function histogramQuantileSql(level: number, histogram: string): string {
  const middleAt = (rank: string) => middleSql(`(arrayFirstIndex(c -> c > ${rank}, counts) - 1)`)
  const rank = `(counts[-1] - 1) * ${level}`
  return `arrayMap(counts -> if(empty(counts) OR counts[-1] = 0, NULL,
      ${middleAt(`floor(${rank})`)} + (${rank} - floor(${rank})) * (${middleAt(`ceil(${rank})`)} - ${middleAt(`floor(${rank})`)})),
    [arrayCumSum(${histogram})])[1]`
}

/** Counts by bucket; an empty one counts nothing. */
export type Histogram = readonly number[]

/** The histogram of everything that some histograms count. */
export function addCounts(histograms: readonly Histogram[]): Histogram {
  const sums: number[] = []
  for (const counts of histograms) {
    for (const [bucket, count] of counts.entries()) sums[bucket] = (sums[bucket] ?? 0) + count
  }
  return sums
}

/** The duration that a bucket stands for, in milliseconds, as {@link middleSql} has it. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.exp((bucket - 1 + FIRST + 0.5) / SCALE)
}

/** A quantile of a histogram as {@link histogramQuantileSql} has it, in milliseconds; null for an empty one. */
export function quantileOf(counts: Histogram = [], level: number): string | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = (total - 1) * level
  const middleAt = (place: number): number => {
    let passed = 0
    return middleOf(
      counts.findIndex((count) => {
        passed += count
        return passed > place
      }),
    )
  }
  const [below, above] = [middleAt(Math.floor(rank)), middleAt(Math.ceil(rank))]
  return String(below + (rank - Math.floor(rank)) * (above - below))
}

import { assignColors, CHART_COLORS, OTHER_COLOR } from '@/components/charts/series-colors'
import { addDecimals, compareDecimals } from '@/lib/money'

/** One cell of an answer: a measure's value of one series in one bucket. */
export type SeriesPoint = {
  /** Start of the bucket, ISO instant. */
  bucket: string
  /** Value of the stacked dimension; null is unattributed. */
  series: string | null
  /** True for the rest of a top-N. */
  other?: boolean
  /** Decimal string; null where the measure has no value there. */
  value: string | null
}

export type PreparedSeries = {
  /** Safe as a data key. */
  id: string
  name: string | null
  label: string
  color: string
  other: boolean
  /** Sum over the range; null for measures that do not add up. */
  total: string | null
}

export type PreparedBucket = {
  start: string
  unfinished: boolean
  /** By series id, exact. Null is a gap. */
  values: Record<string, string | null>
  /** Sum of the additive series; null when they do not add up. */
  total: string | null
}

export type PreparedTimeSeries = { series: PreparedSeries[]; buckets: PreparedBucket[] }

/**
 * Turns the cells of an answer into series and buckets to draw.
 * A cell that is not there is 0 for additive measures (nothing happened) and a gap for the others (nothing to divide
 * by); a cell that is there without a value stays a gap in both. Series come largest first (additive) or by name,
 * "Other" last. Names beyond the palette are summed into "Other" when additive; a caller must not send more of a
 * measure that does not add up than it wants lines.
 */
export function prepareTimeSeries({
  points,
  buckets,
  additive,
  unfinishedBucket = null,
  labelOf = (name) => name ?? 'Unattributed',
  singleLabel,
}: {
  points: readonly SeriesPoint[]
  /** Starts of all buckets of the range, in order; without it the buckets that occur. */
  buckets?: readonly string[]
  additive: boolean
  unfinishedBucket?: string | null
  labelOf?: (name: string | null) => string
  /** Name of the one series when nothing is stacked. */
  singleLabel?: string
}): PreparedTimeSeries {
  const starts = buckets ?? [...new Set(points.map((point) => point.bucket))].sort()
  const groups = new Map<string, { name: string | null; other: boolean; points: SeriesPoint[] }>()
  for (const point of points) {
    const key = groupKey(point.series, point.other ?? false)
    const group = groups.get(key)
    if (group) group.points.push(point)
    else groups.set(key, { name: point.series, other: point.other ?? false, points: [point] })
  }
  const totalled = [...groups.values()].map((group) => ({
    ...group,
    total: additive ? addDecimals(group.points.map((point) => point.value)) : null,
  }))
  const named = totalled.filter((group) => !group.other).sort(bySizeThenName)
  const rest = totalled.filter((group) => group.other)
  const kept = additive ? named.slice(0, CHART_COLORS.length) : named
  const folded = [...rest, ...named.slice(kept.length)]
  const colors = assignColors(kept.map((group) => groupKey(group.name, false)))
  const drawn = kept.map((group, index) => ({
    series: {
      id: `s${index}`,
      name: group.name,
      label: singleLabel ?? labelOf(group.name),
      color: singleLabel ? CHART_COLORS[0] : (colors.get(groupKey(group.name, false)) ?? OTHER_COLOR),
      other: false,
      total: group.total,
    },
    points: group.points,
  }))
  if (folded.length > 0) {
    const members = folded.flatMap((group) => group.points)
    drawn.push({
      series: {
        id: 'other',
        name: null,
        label: 'Other',
        color: OTHER_COLOR,
        other: true,
        total: additive ? addDecimals(members.map((point) => point.value)) : null,
      },
      points: members,
    })
  }
  const cells = drawn.map(({ series, points: members }) => ({ id: series.id, byBucket: groupByBucket(members) }))
  return {
    series: drawn.map(({ series }) => series),
    buckets: starts.map((start) => {
      const values: Record<string, string | null> = {}
      for (const { id, byBucket } of cells) {
        const found = byBucket.get(start)
        if (found === undefined) values[id] = additive ? '0' : null
        else if (found.length === 1 || !additive) values[id] = found[0] ?? null
        else values[id] = found.every((value) => value === null) ? null : addDecimals(found)
      }
      return {
        start,
        unfinished: start === unfinishedBucket,
        values,
        total: additive ? sumOrNull(Object.values(values)) : null,
      }
    }),
  }
}

function groupKey(name: string | null, other: boolean): string {
  return other ? 'other' : name === null ? 'unattributed' : `=${name}`
}

function sumOrNull(values: (string | null)[]): string | null {
  return values.length > 0 && values.every((value) => value === null) ? null : addDecimals(values)
}

function bySizeThenName(
  a: { name: string | null; total: string | null },
  b: { name: string | null; total: string | null },
): number {
  const bySize = a.total === null || b.total === null ? 0 : compareDecimals(b.total, a.total)
  return bySize || (a.name ?? '\uffff').localeCompare(b.name ?? '\uffff', 'en')
}

function groupByBucket(points: readonly SeriesPoint[]): Map<string, (string | null)[]> {
  const grouped = new Map<string, (string | null)[]>()
  for (const point of points) {
    const found = grouped.get(point.bucket)
    if (found) found.push(point.value)
    else grouped.set(point.bucket, [point.value])
  }
  return grouped
}

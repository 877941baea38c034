import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisTicks } from '@/components/charts/axis-ticks'
import { prepareTimeSeries, type SeriesPoint } from '@/components/charts/prepare-time-series'
import { assignColors, CHART_COLORS, OTHER_COLOR } from '@/components/charts/series-colors'
import { sparklineSegments } from '@/components/charts/sparkline'
import { addDecimals } from '@/lib/money'

const monday = '2026-11-16T00:00:00Z'
const tuesday = '2026-11-17T00:00:00Z'
const wednesday = '2026-11-18T00:00:00Z'
const buckets = [monday, tuesday, wednesday]

describe('prepareTimeSeries', () => {
  const points: SeriesPoint[] = [
    { bucket: monday, series: 'chat', value: '1.10' },
    { bucket: wednesday, series: 'chat', value: '0.20' },
    { bucket: monday, series: 'search', value: '5' },
    { bucket: tuesday, series: null, value: '0.000000000000000001' },
    { bucket: tuesday, series: null, other: true, value: '9' },
  ]

  it('fills what did not happen with 0 for additive measures', () => {
    const { series, buckets: drawn } = prepareTimeSeries({ points, buckets, additive: true })
    expect(series.map((each) => [each.label, each.total])).toEqual([
      ['search', '5'],
      ['chat', '1.3'],
      ['Unattributed', '0.000000000000000001'],
      ['Other', '9'],
    ])
    expect(drawn.map((bucket) => bucket.values)).toEqual([
      { s0: '5', s1: '1.10', s2: '0', other: '0' },
      { s0: '0', s1: '0', s2: '0.000000000000000001', other: '9' },
      { s0: '0', s1: '0.20', s2: '0', other: '0' },
    ])
    expect(drawn.map((bucket) => bucket.total)).toEqual(['6.1', '9.000000000000000001', '0.2'])
  })

  it('leaves gaps for measures that do not add up, and has no totals of them', () => {
    const { series, buckets: drawn } = prepareTimeSeries({ points, buckets, additive: false })
    expect(series.map((each) => each.total)).toEqual([null, null, null, null])
    expect(drawn.map((bucket) => bucket.values)).toEqual([
      { s0: '1.10', s1: '5', s2: null, other: null },
      { s0: null, s1: null, s2: '0.000000000000000001', other: '9' },
      { s0: '0.20', s1: null, s2: null, other: null },
    ])
    expect(drawn.map((bucket) => bucket.total)).toEqual([null, null, null])
  })

  it('keeps an unpriced cell a gap although the measure is additive', () => {
    const { buckets: drawn } = prepareTimeSeries({
      points: [
        { bucket: monday, series: 'chat', value: null },
        { bucket: tuesday, series: 'chat', value: '1' },
      ],
      buckets,
      additive: true,
    })
    expect(drawn.map((bucket) => bucket.values.s0)).toEqual([null, '1', '0'])
    expect(drawn.map((bucket) => bucket.total)).toEqual([null, '1', '0'])
  })

  it('marks the unfinished bucket', () => {
    const { buckets: drawn } = prepareTimeSeries({ points, buckets, additive: true, unfinishedBucket: wednesday })
    expect(drawn.map((bucket) => bucket.unfinished)).toEqual([false, false, true])
  })

  it('gives an unstacked measure its own name and the first colour', () => {
    const { series } = prepareTimeSeries({
      points: [{ bucket: monday, series: null, value: '3' }],
      additive: true,
      singleLabel: 'Requests',
    })
    expect(series).toEqual([
      { id: 's0', name: null, label: 'Requests', color: CHART_COLORS[0], other: false, total: '3' },
    ])
  })

  it('folds names beyond the palette into Other without losing any of the sum', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            bucket: fc.constantFrom(...buckets),
            series: fc.option(fc.string({ minLength: 1, maxLength: 3 })),
            value: fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
          }),
          { maxLength: 80 },
        ),
        (cells) => {
          const unique = [
            ...new Map(cells.map((cell) => [`${cell.bucket} ${cell.series === null}${cell.series}`, cell])).values(),
          ]
          const prepared = prepareTimeSeries({ points: unique, buckets, additive: true })
          expect(prepared.series.length).toBeLessThanOrEqual(CHART_COLORS.length + 1)
          const expected = addDecimals(unique.map((cell) => cell.value))
          expect(addDecimals(prepared.buckets.map((bucket) => bucket.total))).toBe(expected)
          expect(addDecimals(prepared.series.map((series) => series.total))).toBe(expected)
        },
      ),
    )
  })
})

describe('assignColors', () => {
  it('does not depend on the order of names', () => {
    const names = ['chat', 'search', 'summarize', 'classify', 'embed']
    expect(assignColors([...names].reverse())).toEqual(assignColors(names))
  })

  it('gives distinct colours while there are enough', () => {
    const colors = assignColors(Array.from({ length: 10 }, (_, index) => `endpoint-${index}`))
    expect(new Set(colors.values()).size).toBe(10)
    expect([...colors.values()]).not.toContain(OTHER_COLOR)
  })

  it('still gives every name a colour of the palette when there are more names', () => {
    const colors = assignColors(Array.from({ length: 25 }, (_, index) => `endpoint-${index}`))
    expect(colors.size).toBe(25)
    expect(new Set(colors.values()).size).toBe(10)
  })
})

describe('sparklineSegments', () => {
  it('splits at gaps and starts at zero', () => {
    expect(sparklineSegments(['1', null, '2', '0'])).toEqual([
      [{ x: 0, y: 0.5 }],
      [
        { x: 2 / 3, y: 1 },
        { x: 1, y: 0 },
      ],
    ])
  })

  it('draws a flat line for zeros', () => {
    expect(sparklineSegments(['0', '0'])).toEqual([
      [
        { x: 0, y: 0 },
        { x: 1, y: 0 },
      ],
    ])
  })
})

describe('axisTicks', () => {
  it.each([
    [[2590], [0, 1000, 2000, 3000]],
    [
      [3800, 900],
      [0, 1000, 2000, 3000, 4000],
    ],
    [[0.0123], [0, 0.0025, 0.005, 0.0075, 0.01, 0.0125]],
    [[1], [0, 0.25, 0.5, 0.75, 1]],
    [[100], [0, 25, 50, 75, 100]],
    [[7], [0, 2, 4, 6, 8]],
    [[], [0, 1]],
    [
      [0, 0],
      [0, 1],
    ],
    [
      [-5, 10],
      [-5, 0, 5, 10],
    ],
  ])('%j has ticks %j', (values, ticks) => {
    expect(axisTicks(values)).toEqual(ticks)
  })

  it('covers every value with three to five steps', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const ticks = axisTicks(values)
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(...values) * (1 - 1e-9))
        expect(ticks.length).toBeGreaterThanOrEqual(4)
        expect(ticks.length).toBeLessThanOrEqual(6)
      }),
    )
  })
})

import { describe, expect, test } from 'vitest'
import {
  type Baseline,
  DEFAULT_SENSITIVITY,
  expectAt,
  expectedRange,
  fitBaseline,
  fitSamples,
  type HistoryPoint,
  type Sample,
  slotOf,
} from '@/lib/rules/anomaly'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 5, 1)

/** Mulberry32: the same numbers on every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/** Spend per hour: working hours, quiet nights, half of it on weekends; noise in proportion. */
function season(days: number, noise: number, seed: number, timeZone = 'UTC'): number[] {
  const next = random(seed)
  return Array.from({ length: days * 24 }, (_, index) => {
    const { hour, weekday } = slotOf(new Date(START_MS + index * HOUR_MS), timeZone)
    const daily = 4 + 16 * Math.exp(-((hour - 13) ** 2) / 18)
    const weekly = weekday === 0 || weekday === 6 ? 0.5 : 1
    return daily * weekly * Math.exp(noise * normal(next))
  })
}

const toPoints = (values: readonly number[]): HistoryPoint[] =>
  values.map((value, index) => ({ start: new Date(START_MS + index * HOUR_MS), value: value.toFixed(9) }))

/** Hours that are beyond what is usual, judged a day at a time from what was before that day, from the fifteenth on. */
function alarms(values: readonly number[], deviations = Number(DEFAULT_SENSITIVITY), timeZone = 'UTC'): number[] {
  const samples = values.map((value, index): Sample => {
    const startMs = START_MS + index * HOUR_MS
    return { startMs, value, ...slotOf(new Date(startMs), timeZone) }
  })
  return samples.flatMap((sample, index) => {
    const day = Math.floor(index / 24)
    const baseline = baselineOf(samples, day)
    if (!baseline || sample.value === null) return []
    const { upper } = expectedRange(expectAt(baseline, sample), deviations)
    return sample.value > Number(upper) ? [index] : []
  })
}

const fits = new WeakMap<readonly Sample[], Map<number, Baseline | null>>()

function baselineOf(samples: readonly Sample[], day: number): Baseline | null {
  const known = fits.get(samples) ?? new Map<number, Baseline | null>()
  fits.set(samples, known)
  const found = known.get(day) ?? fitSamples(samples.slice(Math.max(0, day - 42) * 24, day * 24), 'hour')
  known.set(day, found)
  return found
}

describe('anomalies', () => {
  test.each([0.1, 0.15, 0.2])('finds nine of ten planted threefold hours or more in noise of %f', (noise) => {
    let planted = 0
    let recalled = 0
    for (let seed = 1; seed <= 8; seed += 1) {
      const values = season(60, noise, seed)
      const next = random(seed * 97)
      const spikes = new Set<number>()
      while (spikes.size < 20) spikes.add(14 * 24 + Math.floor(next() * 46 * 24))
      for (const index of spikes) values[index] = (values[index] ?? 0) * 3
      const found = new Set(alarms(values))
      planted += spikes.size
      recalled += [...spikes].filter((index) => found.has(index)).length
    }
    expect(planted).toBe(160)
    expect(recalled / planted).toBeGreaterThanOrEqual(0.9)
  })

  test.each([0.1, 0.15, 0.2, 0.3])('raises at most one false alarm in 30 days of noise of %f', (noise) => {
    let falseAlarms = 0
    let days = 0
    for (let seed = 101; seed <= 112; seed += 1) {
      falseAlarms += alarms(season(74, noise, seed)).length
      days += 60
    }
    expect((falseAlarms / days) * 30).toBeLessThanOrEqual(1)
  })

  test('is not blinded by anomalies in its history', () => {
    const values = season(60, 0.15, 7)
    for (let index = 20 * 24; index < 22 * 24; index += 1) values[index] = (values[index] ?? 0) * 20
    values[50 * 24 + 13] = (values[50 * 24 + 13] ?? 0) * 3
    expect(alarms(values)).toContain(50 * 24 + 13)
  })

  test('takes no weekday for a weekend: half of the traffic is usual on Sunday and not on Tuesday', () => {
    const values = season(42, 0.1, 3)
    const baseline = fitBaseline(toPoints(values), 'hour', 'UTC')
    if (!baseline) throw new Error('no baseline')
    const at = (weekday: number) => Number(expectedRange(expectAt(baseline, { hour: 13, weekday }), 4).expected)
    expect(at(0)).toBeCloseTo(10, -0.3)
    expect(at(2)).toBeCloseTo(20, -0.3)
    expect(at(2) / at(0)).toBeGreaterThan(1.8)
    expect(at(2) / at(0)).toBeLessThan(2.2)
  })

  test('counts hours on the wall clock of the zone, over its changes', () => {
    // Los Angeles leaves summer time on 1 November 2026, Auckland enters it on 27 September, Kathmandu never does.
    for (const timeZone of ['America/Los_Angeles', 'Pacific/Auckland', 'Asia/Kathmandu']) {
      const values = season(160, 0.15, 11, timeZone)
      expect([timeZone, alarms(values, 4, timeZone).length <= 5]).toEqual([timeZone, true])
    }
  })

  test('says nothing before fourteen days, of nothing, and of what is mostly unknown', () => {
    const points = toPoints(season(20, 0.1, 5))
    expect(fitBaseline(points.slice(0, 13 * 24), 'hour', 'UTC')).toBeNull()
    expect(fitBaseline(points.slice(0, 14 * 24), 'hour', 'UTC')).not.toBeNull()
    expect(fitBaseline([], 'hour', 'UTC')).toBeNull()
    expect(
      fitBaseline(
        points.map((point) => ({ ...point, value: '0' })),
        'hour',
        'UTC',
      ),
    ).toBeNull()
    const gaps = points.map((point, index) => (index % 3 === 0 ? point : { ...point, value: null }))
    expect(fitBaseline(gaps, 'hour', 'UTC')).toBeNull()
    const late = points.map((point, index) => (index < 10 * 24 ? { ...point, value: '0' } : point))
    expect(fitBaseline(late, 'hour', 'UTC')).toBeNull()
  })

  test('days have a week of their own', () => {
    const values = Array.from({ length: 42 }, (_, day) => {
      const weekday = new Date(START_MS + day * 24 * HOUR_MS).getUTCDay()
      return (weekday === 0 || weekday === 6 ? 50 : 100) * (1 + (day % 3) / 100)
    })
    const points = values.map((value, day) => ({
      start: new Date(START_MS + day * 24 * HOUR_MS),
      value: String(value),
    }))
    const baseline = fitBaseline(points, 'day', 'UTC')
    if (!baseline) throw new Error('no baseline')
    const range = expectedRange(expectAt(baseline, { hour: 0, weekday: 2 }), 4)
    expect(Number(range.expected)).toBeCloseTo(101, 0)
    expect(Number(range.upper)).toBeLessThan(130)
    expect(Number(range.lower)).toBeGreaterThan(75)
  })
})

import { expect, it } from 'vitest'
import { breachAt, type DaySpend, forecastSpend } from '@/lib/budgets/forecast-spend'

const DAY_MS = 86_400_000
const at = (day: number, hour = 0) => new Date(Date.UTC(2026, 10, day, hour))
/** 1 November 2026 is a Sunday. */
const weekdayOf = (day: number) => (((day - 1) % 7) + 7) % 7
const daysAhead = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    weekday: weekdayOf(from + index),
    from: at(from + index),
    to: at(from + index + 1),
  }))
/** `count` days before 16 November. */
const historyOf = (count: number, spendOf: (weekday: number, day: number) => number): DaySpend[] =>
  Array.from({ length: count }, (_, index) => {
    const day = 16 - count + index
    return { weekday: weekdayOf(day), spend: String(spendOf(weekdayOf(day), day)) }
  })
const workdays = (weekday: number) => (weekday === 0 || weekday === 6 ? 2 : 10)

it('needs three complete days', () => {
  const input = { spentBefore: '20', today: null, ahead: daysAhead(16, 30), now: at(16) }
  expect(forecastSpend({ ...input, history: historyOf(2, () => 10) })).toBeNull()
  expect(forecastSpend({ ...input, history: historyOf(3, () => 10) })).toMatchObject({
    expected: '170',
    method: 'average',
  })
})

it('tells weekdays apart, exactly where the weeks are alike', () => {
  const history = historyOf(56, workdays)
  // Noon of Monday 16: half of 10 is spent, then 16 to 30 November.
  const forecast = forecastSpend({
    history,
    spentBefore: '110',
    today: { weekday: 1, spend: '5', from: at(16), to: at(17) },
    ahead: daysAhead(17, 30),
    now: at(16, 12),
  })
  // 14 days ahead: ten workdays, four days of weekends; and half of today.
  expect(forecast).toMatchObject({ method: 'seasonal', expected: '228', low: '228', high: '228', errorRatio: '0' })
  expect(forecast?.course).toHaveLength(15)
  expect(forecast?.course[0]).toEqual({ at: at(17), expected: '120', low: '120', high: '120' })
})

it('knows its own error and a band from past forecasts', () => {
  // Every other week costs half as much again.
  const wavy = historyOf(90, (weekday, day) => workdays(weekday) * (Math.floor((day + 350) / 7) % 2 === 0 ? 1.5 : 1))
  const forecast = forecastSpend({
    history: wavy,
    spentBefore: '0',
    today: null,
    ahead: daysAhead(16, 22),
    now: at(16),
  })
  if (!forecast) throw new Error('no forecast')
  expect(forecast).toMatchObject({ origins: 28, horizonDays: 7 })
  expect(Number(forecast.errorRatio)).toBeGreaterThan(0.1)
  expect(Number(forecast.errorRatio)).toBeLessThan(0.3)
  expect(Number(forecast.low)).toBeLessThan(Number(forecast.expected))
  expect(Number(forecast.high)).toBeGreaterThan(Number(forecast.expected))
})

it('holds the band in most of unseen weeks of a noisy series', () => {
  let state = 42
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
  const series = historyOf(200, (weekday) => Number((workdays(weekday) * (0.7 + 0.6 * random())).toFixed(4)))
  let held = 0
  const origins = 60
  for (let origin = 130; origin < 130 + origins; origin += 1) {
    const forecast = forecastSpend({
      history: series.slice(Math.max(0, origin - 90), origin),
      spentBefore: '0',
      today: null,
      ahead: series
        .slice(origin, origin + 7)
        .map(({ weekday }, index) => ({ weekday, from: at(1 + index), to: at(2 + index) })),
      now: at(1),
    })
    const came = series.slice(origin, origin + 7).reduce((total, { spend }) => total + Number(spend), 0)
    if (forecast && Number(forecast.low) <= came && came <= Number(forecast.high)) held += 1
  }
  expect(held / origins).toBeGreaterThan(0.6)
})

it('says when the amount is reached', () => {
  const forecast = forecastSpend({
    history: historyOf(10, () => 10),
    spentBefore: '0',
    today: null,
    ahead: daysAhead(16, 30),
    now: at(16),
  })
  expect(breachAt(forecast, '0', '45', at(16))).toEqual(new Date(at(16).getTime() + 4.5 * DAY_MS))
  expect(breachAt(forecast, '0', '151', at(16))).toBeNull()
  expect(breachAt(forecast, '46', '45', at(16))).toEqual(at(16))
  expect(breachAt(null, '0', '45', at(16))).toBeNull()
})

it('expects nothing where nothing was spent', () => {
  const forecast = forecastSpend({
    history: historyOf(20, () => 0),
    spentBefore: '0',
    today: null,
    ahead: daysAhead(16, 30),
    now: at(16),
  })
  expect(forecast).toMatchObject({ expected: '0', low: '0', high: '0', errorRatio: null })
})

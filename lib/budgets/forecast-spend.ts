import { compareDecimals, ExactDecimal } from '@/lib/money'

/** Complete days that a forecast needs at the least. */
const FORECAST_MIN_DAYS = 3
/** From this many complete days on, weekdays are told apart. */
const SEASONAL_MIN_DAYS = 14
/** Days that the weekdays' factors and the level are made from. */
const SEASON_DAYS = 56
const LEVEL_DAYS = 14
/** Origins of the back-test, one a day, and the furthest that each looks ahead. */
const BACKTEST_ORIGINS = 28
const BACKTEST_HORIZON_DAYS = 28
/** Fewer than this give no band: then the scatter of single days does. */
const BAND_MIN_ORIGINS = 5
const BAND_LEVEL = 0.1
/** 10th and 90th percentile of a normal distribution, in standard deviations. */
const BAND_DEVIATIONS = '1.2816'

/** Spend of one day; `weekday` 0 (Sunday) to 6. */
export type DaySpend = { weekday: number; spend: string }

export type ForecastInput = {
  /** Complete days before today, oldest first, without the days before the first spend. */
  history: readonly DaySpend[]
  /** Spend of the period on its days before today. */
  spentBefore: string
  /** Null when today is not in the period: it has not begun. */
  today: (DaySpend & { from: Date; to: Date }) | null
  /** Whole days of the period after today. */
  ahead: readonly { weekday: number; from: Date; to: Date }[]
  now: Date
}

export type Forecast = {
  /** Spend at the end of the period: expected, and the band that 80 % of the back-tests lay in. */
  expected: string
  low: string
  high: string
  method: 'seasonal' | 'average'
  /** Back-tested error: Σ|actual − forecast| ÷ Σ actual over `origins` past days at this horizon; null where none fits. */
  errorRatio: string | null
  origins: number
  horizonDays: number
  /** Spend since the period's start at the end of today and of each day ahead. */
  course: { at: Date; expected: string; low: string; high: string }[]
}

type Money = InstanceType<typeof ExactDecimal>

const ZERO = new ExactDecimal(0)
const sum = (values: readonly Money[]): Money => values.reduce((total, value) => total.plus(value), ZERO)
const mean = (values: readonly Money[]): Money => (values.length === 0 ? ZERO : sum(values).div(values.length))

/**
 * The spend at the end of a period. Each day to come is expected to cost level × factor of its weekday, where factor = mean
 * of that weekday ÷ mean of all days (of the last 56; 1 with fewer than 14 days), and level = Σ spend ÷ Σ factor (of the
 * last 14); today's rest is the part of the day that is left. The forecast is what is spent plus these. The same rule is
 * run from up to 28 past days over the same horizon (28 days at most): its relative errors give the band (10th to 90th
 * percentile) and the error. Null with fewer than 3 complete days.
 */
export function forecastSpend(input: ForecastInput): Forecast | null {
  const history = input.history.map(({ weekday, spend }) => ({ weekday, spend: new ExactDecimal(spend) }))
  if (history.length < FORECAST_MIN_DAYS) return null
  const expectDay = fitDays(history)
  const spent = new ExactDecimal(input.spentBefore).plus(input.today?.spend ?? 0)
  const days = [
    ...(input.today ? [{ ...input.today, part: leftOf(input.today, input.now) }] : []),
    ...input.ahead.map((day) => ({ ...day, part: new ExactDecimal(1) })),
  ]
  const horizonDays = Math.max(1, Math.min(days.length, BACKTEST_HORIZON_DAYS))
  const tested = backtest(history, horizonDays)
  const band = bandOf(history, expectDay, tested, horizonDays)
  let rest = ZERO
  const course = days.map((day) => {
    rest = rest.plus(expectDay(day.weekday).times(day.part))
    return { at: day.to, ...spread(spent, rest, band) }
  })
  return {
    ...spread(spent, rest, band),
    method: history.length >= SEASONAL_MIN_DAYS ? 'seasonal' : 'average',
    errorRatio: errorOf(tested),
    origins: tested.length,
    horizonDays,
    course,
  }
}

/** When the spend is expected to reach `amount`: `now` when it has, null when not in this period. */
export function breachAt(forecast: Forecast | null, spent: string, amount: string, now: Date): Date | null {
  if (compareDecimals(spent, amount) >= 0) return now
  let before = { at: now, expected: spent }
  for (const point of forecast?.course ?? []) {
    if (compareDecimals(point.expected, amount) >= 0) {
      const rise = new ExactDecimal(point.expected).minus(before.expected)
      const part = new ExactDecimal(amount).minus(before.expected).div(rise).toNumber()
      return new Date(Math.round(before.at.getTime() + part * (point.at.getTime() - before.at.getTime())))
    }
    before = point
  }
  return null
}

type FittedDay = { weekday: number; spend: Money }

/** What a day of each weekday is expected to cost, from the days before it. */
function fitDays(history: readonly FittedDay[]): (weekday: number) => Money {
  const season = history.slice(-SEASON_DAYS)
  const all = mean(season.map(({ spend }) => spend))
  const seasonal = history.length >= SEASONAL_MIN_DAYS && !all.isZero()
  const factors = Array.from({ length: 7 }, (_, weekday) => {
    const same = season.filter((day) => day.weekday === weekday)
    return seasonal && same.length > 0 ? mean(same.map(({ spend }) => spend)).div(all) : new ExactDecimal(1)
  })
  const factorOf = (weekday: number): Money => factors[weekday] ?? new ExactDecimal(1)
  const recent = season.slice(-LEVEL_DAYS)
  const weight = sum(recent.map(({ weekday }) => factorOf(weekday)))
  const level = weight.isZero() ? ZERO : sum(recent.map(({ spend }) => spend)).div(weight)
  return (weekday) => level.times(factorOf(weekday))
}

function leftOf({ from, to }: { from: Date; to: Date }, now: Date): Money {
  const left = (to.getTime() - now.getTime()) / (to.getTime() - from.getTime())
  return new ExactDecimal(Math.min(1, Math.max(0, left)))
}

type Tested = { actual: Money; forecast: Money }

/** Forecasts from past days, each knowing only the days before it, beside what came. */
function backtest(history: readonly FittedDay[], horizonDays: number): Tested[] {
  const tested: Tested[] = []
  const least = Math.min(SEASONAL_MIN_DAYS, Math.max(FORECAST_MIN_DAYS, Math.floor(history.length / 2)))
  for (let origin = history.length - horizonDays; origin >= least; origin -= 1) {
    if (tested.length === BACKTEST_ORIGINS) break
    const expectDay = fitDays(history.slice(0, origin))
    const came = history.slice(origin, origin + horizonDays)
    tested.push({
      actual: sum(came.map(({ spend }) => spend)),
      forecast: sum(came.map(({ weekday }) => expectDay(weekday))),
    })
  }
  return tested
}

function errorOf(tested: readonly Tested[]): string | null {
  const actual = sum(tested.map((each) => each.actual))
  if (actual.isZero()) return null
  const missed = sum(tested.map((each) => each.actual.minus(each.forecast).abs()))
  return missed.div(actual).toDecimalPlaces(6).toFixed()
}

type Band = { low: Money; high: Money }

/** Relative errors below and above the expected rest. */
function bandOf(
  history: readonly FittedDay[],
  expectDay: (weekday: number) => Money,
  tested: readonly Tested[],
  horizonDays: number,
): Band {
  const errors = tested
    .filter(({ forecast }) => !forecast.isZero())
    .map(({ actual, forecast }) => actual.div(forecast).minus(1))
    .sort((a, b) => a.comparedTo(b))
  if (errors.length >= BAND_MIN_ORIGINS) {
    const rank = (level: number) => errors[Math.max(0, Math.ceil(level * errors.length) - 1)] ?? ZERO
    return {
      low: ExactDecimal.max(-1, ExactDecimal.min(0, rank(BAND_LEVEL))),
      high: ExactDecimal.max(0, rank(1 - BAND_LEVEL)),
    }
  }
  const recent = history.slice(-SEASON_DAYS)
  const level = mean(recent.map(({ weekday }) => expectDay(weekday)))
  if (level.isZero()) return { low: ZERO, high: ZERO }
  const squares = recent.map(({ weekday, spend }) => spend.minus(expectDay(weekday)).pow(2))
  const deviation = sum(squares)
    .div(Math.max(1, recent.length - 1))
    .sqrt()
  const width = deviation.div(level).times(BAND_DEVIATIONS).div(new ExactDecimal(horizonDays).sqrt())
  return { low: ExactDecimal.max(-1, width.neg()), high: width }
}

/** Fraction digits of an estimate: more than it knows, fewer than its divisions leave. */
const ESTIMATE_DIGITS = 8

function spread(spent: Money, rest: Money, { low, high }: Band): { expected: string; low: string; high: string } {
  const at = (error: Money | number) =>
    spent
      .plus(rest.times(new ExactDecimal(1).plus(error)))
      .toDecimalPlaces(ESTIMATE_DIGITS)
      .toFixed()
  return { expected: at(0), low: at(low), high: at(high) }
}

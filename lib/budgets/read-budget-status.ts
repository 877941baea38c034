import 'server-only'
import { TZDate } from '@date-fns/tz'
import type { Budget, ThresholdBasis } from '@/lib/budgets/budget'
import { elapsedRatio, periodAt, periodsBefore, rolledOver } from '@/lib/budgets/budget-period'
import { breachAt, type DaySpend, type Forecast, forecastSpend } from '@/lib/budgets/forecast-spend'
import type { Bounds } from '@/lib/budgets/impute-usage'
import { readImputed } from '@/lib/budgets/read-imputed'
import { AppError } from '@/lib/errors'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf, type QueryResult } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, divideDecimals, multiplyDecimals } from '@/lib/money'
import {
  addBuckets,
  type Calendar,
  formatIsoInZone,
  listBuckets,
  type Range,
  shiftDays,
  startOfBucket,
} from '@/lib/time'

/** Days before today that a forecast may learn from. */
const HISTORY_DAYS = 91
/** A workspace that sent nothing for longer is silent: its forecast is not believed. */
const SILENT_MS = 24 * 3_600_000
/** Most periods of which spend rolls over or is shown. */
const PERIODS_READ = 120

const DAY_MS = 86_400_000

/** A day of a period. `spend` has a price; `upper` adds the most that unpriced usage may have cost. */
type BudgetDay = { start: Date; spend: string; upper: string }

/** A period of a budget that is over. `amount` is null before the budget began. */
export type PastPeriod = Range & { spend: string; amount: string | null; share: string | null }

/** Where a budget stands. Money in USD, Decimal strings; ratios are quotients; null where there is nothing to say. */
export type BudgetStatus = {
  budget: Budget
  period: Range
  /** `upcoming`: a custom period that has not begun. */
  phase: 'upcoming' | 'open' | 'over'
  /** For this period: with what rolled over. */
  amount: string
  rolledOver: string
  spend: string
  /** What usage without a price may have cost beside the spend. */
  imputed: Bounds
  spendUpper: string
  unpricedTokens: string
  /** Spend ÷ amount, and the upper bound ÷ amount. */
  share: string | null
  shareUpper: string | null
  /** Part of the period that has passed, 0 to 1. */
  elapsed: number
  /** (spend ÷ amount) ÷ (elapsed ÷ period): 1 is on pace. */
  burnRate: string | null
  /** Of the upper bound, at the end of the period. Null while there is too little to go by, or the data are silent. */
  forecast: Forecast | null
  /** When the upper bound is expected to reach the amount; null: not in this period. */
  breachAt: Date | null
  daysToBreach: number | null
  dataState: 'ok' | 'no_events' | 'silent'
  /** When the newest event of the workspace was received. */
  freshness: string | null
  dataVersion: string
  days: BudgetDay[]
}

/** What thresholds are compared with. */
export function readingOf(status: BudgetStatus): Record<ThresholdBasis, string | null> {
  return {
    actual: status.spend,
    actualUpper: status.spendUpper,
    forecast: status.phase === 'open' ? (status.forecast?.expected ?? null) : null,
  }
}

/** Where the calendar units of a scope's workspace lie. */
export function calendarOf(scope: Scope): Calendar {
  const [{ timeZone, fiscalYearStartMonth }] = scope.workspaces
  return { timeZone, fiscalYearStartMonth }
}

/**
 * Where a budget stands at `now`, in the period that holds it or in `period`. Asks the ledger as every screen does.
 * @throws AppError `conflict` for a workspace whose currency has no rate, else as `runQuery`.
 */
export async function readBudgetStatus(
  budget: Budget,
  scope: Scope,
  now: Date,
  period: Range = periodAt(budget, now, calendarOf(scope)),
): Promise<BudgetStatus> {
  requireLedgerCurrency(scope)
  const calendar = calendarOf(scope)
  const today = startOfBucket(earlierOf(now, period.to), 'day', calendar)
  const historyFrom = shiftDays(today, -HISTORY_DAYS, calendar)
  const window = { from: earlierOf(historyFrom, period.from), to: period.to }
  const [answer, carried] = await Promise.all([
    askByDay(budget, window, scope, now),
    budget.rollOver ? readCarried(budget, period, scope, now) : '0',
  ])
  const imputed = answer.meta.unpricedAttempts === '0' ? null : await readImputed(window, budget.filters, scope, now)
  const all = answer.rows.map((row): BudgetDay & { unpricedTokens: string } => {
    const start = new Date(textOf(row, 'time') ?? 0)
    const spend = textOf(row, 'spend') ?? '0'
    const extra = imputed?.byDay.get(formatIsoInZone(start, calendar.timeZone))?.high ?? '0'
    return { start, spend, upper: addDecimals([spend, extra]), unpricedTokens: textOf(row, 'unpricedTokens') ?? '0' }
  })
  const days = all.filter(({ start }) => start >= period.from)
  const dayBounds = days.map(
    ({ start }) => imputed?.byDay.get(formatIsoInZone(start, calendar.timeZone)) ?? { low: '0', high: '0' },
  )
  const spend = addDecimals(days.map((day) => day.spend))
  const bounds = {
    low: addDecimals(dayBounds.map(({ low }) => low)),
    high: addDecimals(dayBounds.map(({ high }) => high)),
  }
  const spendUpper = addDecimals([spend, bounds.high])
  const amount = addDecimals([budget.amount, carried])
  const share = divideDecimals(spend, amount)
  const elapsed = elapsedRatio(period, now)
  const phase = now < period.from ? 'upcoming' : now < period.to ? 'open' : 'over'
  const dataState = dataStateOf(answer.meta.freshness, now)
  const forecast = phase === 'open' && dataState === 'ok' ? forecastPeriod(all, period, now, calendar) : null
  const reached = phase === 'open' ? breachAt(forecast, spendUpper, amount, now) : null
  return {
    budget,
    period,
    phase,
    amount,
    rolledOver: carried,
    spend,
    imputed: bounds,
    spendUpper,
    unpricedTokens: addDecimals(days.map((day) => day.unpricedTokens)),
    share,
    shareUpper: divideDecimals(spendUpper, amount),
    elapsed,
    burnRate: burnRateOf(share, period, now),
    forecast,
    breachAt: reached,
    daysToBreach: reached && (reached.getTime() - now.getTime()) / DAY_MS,
    dataState,
    freshness: answer.meta.freshness,
    dataVersion: answer.meta.dataVersion,
    days: days.map(({ start, spend: own, upper }) => ({ start, spend: own, upper })),
  }
}

function requireLedgerCurrency({ workspaces: [{ currency }] }: Scope): void {
  if (currency === 'USD') return
  throw new AppError(
    'conflict',
    `There is no exchange rate from USD to ${currency}, so that budgets in it cannot be compared with spend. Set the workspace’s currency to USD.`,
  )
}

async function askByDay(budget: Budget, range: Range, scope: Scope, now: Date): Promise<QueryResult> {
  const question = parseQuery({
    measures: ['spend', 'unpricedTokens'],
    dimensions: ['time'],
    granularity: 'day',
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    timeZone: calendarOf(scope).timeZone,
    filters: budget.filters,
  })
  return runQuery(question, scope, now)
}

/**
 * Spend of the periods of a budget in `range`, oldest first; `range` begins with a period. Periods without any event are
 * there with 0.
 * @throws AppError as `runQuery`.
 */
export async function readPeriodSpends(
  budget: Budget,
  range: Range,
  scope: Scope,
  now: Date,
): Promise<(Range & { spend: string })[]> {
  const { period } = budget
  if (range.from >= range.to) return []
  const calendar = calendarOf(scope)
  const question = parseQuery({
    measures: ['spend'],
    dimensions: period === 'custom' ? [] : ['time'],
    ...(period === 'custom' ? {} : { granularity: period }),
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    timeZone: calendar.timeZone,
    filters: budget.filters,
  })
  const { rows } = await runQuery(question, scope, now)
  return rows.map((row) => {
    const spend = textOf(row, 'spend') ?? '0'
    if (period === 'custom') return { ...range, spend }
    const from = new Date(textOf(row, 'time') ?? 0)
    return { from, to: addBuckets(from, 1, period, calendar), spend }
  })
}

async function readCarried(budget: Budget, period: Range, scope: Scope, now: Date): Promise<string> {
  const from = firstPeriodStart(budget, period, calendarOf(scope))
  const spends = await readPeriodSpends(budget, { from, to: period.from }, scope, now)
  return rolledOver(
    budget.amount,
    spends.map(({ spend }) => spend),
  )
}

/** The start of the budget's first period, {@link PERIODS_READ} before this one at the most. */
function firstPeriodStart(budget: Budget, period: Range, calendar: Calendar): Date {
  if (budget.period === 'custom') return period.from
  const first = periodAt(budget, budget.startsAt, calendar).from
  const earliest = periodsBefore(budget, period.from, PERIODS_READ, calendar).at(-1)?.from ?? period.from
  return earlierOf(laterOf(first, earliest), period.from)
}

function earlierOf(a: Date, b: Date): Date {
  return new Date(Math.min(a.getTime(), b.getTime()))
}

function laterOf(a: Date, b: Date): Date {
  return new Date(Math.max(a.getTime(), b.getTime()))
}

/**
 * The last `count` periods that are over, newest first, each with the amount that it had.
 * @throws AppError as `runQuery`.
 */
export async function readPastPeriods(budget: Budget, count: number, scope: Scope, now: Date): Promise<PastPeriod[]> {
  const calendar = calendarOf(scope)
  const current = periodAt(budget, now, calendar)
  const oldest = periodsBefore(budget, current.from, count, calendar).at(-1)
  if (!oldest) return []
  const first = firstPeriodStart(budget, current, calendar)
  const from = earlierOf(first, oldest.from)
  const spends = await readPeriodSpends(budget, { from, to: current.from }, scope, now)
  const own = spends.filter((each) => each.from >= first)
  return spends
    .filter((each) => each.from >= oldest.from)
    .map((each): PastPeriod => {
      if (each.from < first) return { ...each, amount: null, share: null }
      const earlier = own.filter((other) => other.from < each.from).map(({ spend }) => spend)
      const carried = budget.rollOver ? rolledOver(budget.amount, earlier) : '0'
      const amount = addDecimals([budget.amount, carried])
      return { ...each, amount, share: divideDecimals(each.spend, amount) }
    })
    .toReversed()
}

/** Share ÷ part of the period that has passed; in milliseconds, so that it is exact. */
function burnRateOf(share: string | null, { from, to }: Range, now: Date): string | null {
  const passedMs = Math.min(now.getTime(), to.getTime()) - from.getTime()
  if (share === null || passedMs <= 0) return null
  return divideDecimals(multiplyDecimals(share, String(to.getTime() - from.getTime())), String(passedMs))
}

function dataStateOf(freshness: string | null, now: Date): BudgetStatus['dataState'] {
  if (freshness === null) return 'no_events'
  return now.getTime() - Date.parse(freshness) > SILENT_MS ? 'silent' : 'ok'
}

function forecastPeriod(all: readonly BudgetDay[], period: Range, now: Date, calendar: Calendar): Forecast | null {
  const { timeZone } = calendar
  const weekdayOf = (start: Date) => new TZDate(start, timeZone).getDay()
  const toDay = ({ start, upper }: BudgetDay): DaySpend => ({ weekday: weekdayOf(start), spend: upper })
  const today = startOfBucket(now, 'day', calendar)
  const tomorrow = addBuckets(today, 1, 'day', calendar)
  const firstSpent = all.findIndex(({ upper }) => compareDecimals(upper, '0') > 0)
  const history = firstSpent < 0 ? [] : all.slice(firstSpent).filter(({ start }) => start < today)
  const own = all.find(({ start }) => start.getTime() === today.getTime())
  return forecastSpend({
    history: history.slice(-HISTORY_DAYS).map(toDay),
    spentBefore: addDecimals(
      all.filter(({ start }) => start >= period.from && start < today).map(({ upper }) => upper),
    ),
    today: { weekday: weekdayOf(today), spend: own?.upper ?? '0', from: today, to: tomorrow },
    ahead:
      tomorrow < period.to
        ? listBuckets({ from: tomorrow, to: period.to }, 'day', calendar).map((from) => ({
            weekday: weekdayOf(from),
            from,
            to: addBuckets(from, 1, 'day', calendar),
          }))
        : [],
    now,
  })
}

function textOf(row: QueryResult['rows'][number], name: string): string | null {
  const value = cellOf(row, name)
  return typeof value === 'string' ? value : null
}

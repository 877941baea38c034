import type { AlertFacts } from '@/lib/alerts/alert-facts'
import type { Budget, BudgetFilter, BudgetThreshold } from '@/lib/budgets/budget'
import { thresholdLimit } from '@/lib/budgets/decide-thresholds'
import type { Bounds } from '@/lib/budgets/impute-usage'
import { formatBucket, formatMoney, formatRange } from '@/lib/format'
import { dimensionLabel } from '@/lib/metrics/registry'
import { formatViewState, parseViewState } from '@/lib/metrics/url-state'
import { compareDecimals, divideDecimals, multiplyDecimals } from '@/lib/money'
import { formatIsoInZone, type Range } from '@/lib/time'

/** A budget's filters in words: "Endpoint: /chat, /search · not Model: gpt-4o"; null without any. */
export function describeFilters(filters: readonly BudgetFilter[]): string | null {
  if (filters.length === 0) return null
  return filters
    .map(({ dimension, operator, values }) => {
      const names = values.map((value) => value ?? 'unattributed').join(', ')
      return `${operator === 'notIn' ? 'not ' : ''}${dimensionLabel(dimension)}: ${names}`
    })
    .join(' · ')
}

/** A period's name: "Nov 2026", "Week 47, from 16 Nov 2026", "10 Oct – 19 Nov 2026". */
export function describePeriod(budget: Pick<Budget, 'period'>, { from, to }: Range, timeZone: string): string {
  return budget.period === 'custom' ? formatRange(from, to, timeZone) : formatBucket(from, budget.period, timeZone)
}

/** Path of the overview of exactly what a budget counts in a period. */
export function budgetViewPath(slug: string, budget: Budget, { from, to }: Range, timeZone: string): string {
  const day = (at: Date) => formatIsoInZone(at, timeZone).slice(0, 10)
  const valuesOf = (dimension: string) =>
    budget.filters
      .filter((filter) => filter.dimension === dimension && filter.operator === 'in')
      .flatMap(({ values }) => values.map((value) => value ?? 'unspecified'))
  const view = {
    ...parseViewState({}),
    range: `${day(from)}..${day(to)}`,
    environments: valuesOf('environment'),
    dataModes: valuesOf('dataMode'),
    filters: budget.filters.filter(
      ({ dimension, operator }) => operator === 'notIn' || (dimension !== 'environment' && dimension !== 'dataMode'),
    ),
  }
  return `/w/${encodeURIComponent(slug)}/overview${formatViewState(view)}`
}

type Standing = {
  budget: Budget
  period: Range
  amount: string
  spend: string
  imputed: Bounds
  spendUpper: string
  forecast: { expected: string; low: string; high: string } | null
  breachAt: Date | null
}

type Place = { workspace: { slug: string; name: string; timeZone: string; currency: string } }

/** What an alert of a crossed threshold says. */
export function thresholdFacts(
  standing: Standing,
  { threshold, since }: { threshold: BudgetThreshold; since: Date },
  drivers: AlertFacts['drivers'],
  { workspace }: Place,
): AlertFacts {
  const { budget, period, amount, forecast } = standing
  const { timeZone, currency } = workspace
  const money = (value: string) => formatMoney(value, currency)
  const value = comparedValue(standing, threshold)
  const limit = thresholdLimit(amount, threshold.percent)
  const name = { actual: 'Spend', actualUpper: 'Spend', forecast: 'Forecast' }[threshold.basis]
  const band = threshold.basis === 'forecast' && forecast ? ` (${money(forecast.low)} to ${money(forecast.high)})` : ''
  const isOver = compareDecimals(standing.spendUpper, amount) >= 0
  return {
    title: `${budget.name}: ${threshold.percent}% of ${threshold.basis === 'forecast' ? 'the budget forecast' : 'the budget spent'}`,
    scope: scopeOf(budget, period, workspace),
    crossed: `${name} ${money(value)}${band}${partsOf(standing, threshold, money)} reached ${threshold.percent}% (${money(limit)}) of ${money(amount)}.`,
    value,
    threshold: limit,
    unit: 'USD',
    sharePercent: percentOf(value, amount),
    since: since.toISOString(),
    drivers,
    nextStep: isOver
      ? 'The budget is spent: look at the drivers, then cut their use or raise the amount.'
      : 'Look at the drivers before the budget is spent; cut their use, or plan a higher amount.',
    viewPath: budgetViewPath(workspace.slug, budget, period, timeZone),
    windowStart: period.from.toISOString(),
    windowEnd: period.to.toISOString(),
    isRevision: false,
  }
}

/** What an alert of a closed period that late events or other prices moved says. */
export function revisionFacts(
  revised: { budget: Budget; period: Range; amount: string; before: string; spend: string },
  at: Date,
  { workspace }: Place,
): AlertFacts {
  const { budget, period, amount, before, spend } = revised
  const { timeZone, currency } = workspace
  const money = (value: string) => formatMoney(value, currency)
  const named = describePeriod(budget, period, timeZone)
  return {
    title: `${budget.name}: ${named} was revised`,
    scope: scopeOf(budget, period, workspace),
    crossed: `Spend of ${named} was ${money(before)} when it closed and is ${money(spend)} now, of ${money(amount)}: events came late, or prices changed.`,
    value: spend,
    threshold: amount,
    unit: 'USD',
    sharePercent: percentOf(spend, amount),
    since: at.toISOString(),
    drivers: [],
    nextStep: 'Check which events came late, and tell whoever works with the closed figure.',
    viewPath: budgetViewPath(workspace.slug, budget, period, timeZone),
    windowStart: period.from.toISOString(),
    windowEnd: period.to.toISOString(),
    isRevision: true,
  }
}

function comparedValue({ spend, spendUpper, forecast }: Standing, { basis }: BudgetThreshold): string {
  if (basis === 'actual') return spend
  return basis === 'forecast' ? (forecast?.expected ?? spendUpper) : spendUpper
}

/** What of the upper bound is certain, where that is not all. */
function partsOf({ spend, imputed }: Standing, { basis }: BudgetThreshold, money: (value: string) => string): string {
  if (basis !== 'actualUpper' || compareDecimals(imputed.high, '0') === 0) return ''
  return ` (${money(spend)} priced, and ${money(imputed.low)} to ${money(imputed.high)} for usage without a price)`
}

function scopeOf(budget: Budget, period: Range, { name, timeZone }: Place['workspace']): string {
  const parts = [name, describeFilters(budget.filters), describePeriod(budget, period, timeZone)]
  return parts.filter((part) => part !== null).join(' · ')
}

function percentOf(value: string, amount: string): string | null {
  const share = divideDecimals(value, amount)
  return share === null ? null : multiplyDecimals(share, '100')
}

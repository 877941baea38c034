import { type BudgetState, budgetStateOf } from '@/lib/budgets/budget-state'
import type { BudgetStatus } from '@/lib/budgets/read-budget-status'
import { formatMoney, formatRatio, NO_VALUE } from '@/lib/format'
import { compareDecimals, divideDecimals } from '@/lib/money'

export const STATE_LABELS: Record<BudgetState, { label: string; tone: 'neutral' | 'good' | 'warn' | 'bad' }> = {
  unknown: { label: 'not evaluated', tone: 'neutral' },
  on_track: { label: 'on track', tone: 'good' },
  forecast_over: { label: 'forecast over', tone: 'warn' },
  near: { label: 'near its limit', tone: 'warn' },
  over: { label: 'over', tone: 'bad' },
}

/** How a budget stands by what was just read. */
export function stateOf(status: BudgetStatus): BudgetState {
  return budgetStateOf(status.shareUpper, status.forecast && divideDecimals(status.forecast.expected, status.amount))
}

/** Whether some usage of the period has no price. */
export function hasUnpriced({ imputed, unpricedTokens }: Pick<BudgetStatus, 'imputed' | 'unpricedTokens'>): boolean {
  return unpricedTokens !== '0' || compareDecimals(imputed.high, '0') > 0
}

/** Spend as it is shown: what has no price is never shown as nothing. */
export function spendText(status: BudgetStatus, currency: string): string {
  if (status.spend === '0' && hasUnpriced(status)) return 'no price'
  return formatMoney(status.spend, currency)
}

/** What usage without a price may cost: "$1.20 to $3.00". */
export function imputedText(status: BudgetStatus, currency: string): string | null {
  if (!hasUnpriced(status)) return null
  const { low, high } = status.imputed
  return low === high ? formatMoney(high, currency) : `${formatMoney(low, currency)} to ${formatMoney(high, currency)}`
}

/** "in 3.2 days", "reached", or that it is not in this period. */
export function breachText({ phase, daysToBreach, forecast }: BudgetStatus): string {
  if (phase !== 'open') return NO_VALUE
  if (daysToBreach === 0) return 'reached'
  if (daysToBreach !== null) return daysToBreach < 1 ? 'within a day' : `in ${daysToBreach.toFixed(1)} days`
  return forecast === null ? NO_VALUE : 'not in this period'
}

/** Why there is no forecast. */
export function noForecastReason({ phase, dataState }: BudgetStatus): string {
  if (phase !== 'open') return phase === 'over' ? 'The period is over.' : 'The period has not begun.'
  if (dataState === 'no_events') return 'No event has arrived yet.'
  if (dataState === 'silent') return 'No event has arrived for a day: a forecast from old data would mislead.'
  return 'A forecast needs three complete days with spend.'
}

/** The back-tested error in words. */
export function errorText({ forecast }: BudgetStatus): string | null {
  if (forecast?.errorRatio == null) return null
  const days = `${forecast.horizonDays} ${forecast.horizonDays === 1 ? 'day' : 'days'}`
  return `off by ${formatRatio(forecast.errorRatio, { decimals: 1 })} on average in ${forecast.origins} past forecasts over ${days}`
}

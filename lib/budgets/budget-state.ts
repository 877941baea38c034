import { compareDecimals } from '@/lib/money'

/**
 * `unknown`: nothing was evaluated yet, or it could not be. `on_track`; `forecast_over`: the forecast breaks it; `near`:
 * 80 % are spent; `over`: all is. Of the upper bound.
 */
export type BudgetState = 'unknown' | 'on_track' | 'forecast_over' | 'near' | 'over'

const NEAR_RATIO = '0.8'

/** How far a budget is, by shares of its amount: upper bound now, and forecast at the end of the period. */
export function budgetStateOf(shareUpper: string | null, forecastShare: string | null): BudgetState {
  if (shareUpper === null) return 'unknown'
  if (compareDecimals(shareUpper, '1') >= 0) return 'over'
  if (compareDecimals(shareUpper, NEAR_RATIO) >= 0) return 'near'
  return forecastShare !== null && compareDecimals(forecastShare, '1') >= 0 ? 'forecast_over' : 'on_track'
}

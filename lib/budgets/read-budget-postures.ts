import 'server-only'
import { type BudgetEvaluationRow, listNewestEvaluations } from '@/db/postgres/queries/budgets'
import { type BudgetState, budgetStateOf } from '@/lib/budgets/budget-state'
import { addDecimals, compareDecimals, divideDecimals, trimDecimal } from '@/lib/money'

/** How a workspace stands with its budgets: how many, and the one that stands worst. */
export type BudgetPosture = {
  budgets: number
  state: BudgetState
  worst: { id: number; name: string; shareUpper: string | null; evaluatedAt: Date | null }
}

const ORDER: readonly BudgetState[] = ['on_track', 'unknown', 'forecast_over', 'near', 'over']

/**
 * How workspaces stand with their budgets by workspace id, as last evaluated; a workspace without a budget is not there.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function readBudgetPostures(workspaceIds: readonly number[]): Promise<Map<number, BudgetPosture>> {
  const postures = new Map<number, BudgetPosture>()
  for (const { budget, evaluation } of await listNewestEvaluations(workspaceIds)) {
    const { shareUpper, forecastShare } = sharesOf(evaluation)
    const state = budgetStateOf(shareUpper, forecastShare)
    const worst = { id: budget.id, name: budget.name, shareUpper, evaluatedAt: evaluation?.evaluatedAt ?? null }
    const before = postures.get(budget.workspaceId)
    const count = (before?.budgets ?? 0) + 1
    const isWorse = !before || isWorseThan({ state, shareUpper }, { state: before.state, ...before.worst })
    postures.set(budget.workspaceId, isWorse ? { budgets: count, state, worst } : { ...before, budgets: count })
  }
  return postures
}

type Standing = { state: BudgetState; shareUpper: string | null }

function isWorseThan(one: Standing, other: Standing): boolean {
  const rank = ORDER.indexOf(one.state) - ORDER.indexOf(other.state)
  return rank === 0 ? compareDecimals(one.shareUpper ?? '0', other.shareUpper ?? '0') > 0 : rank > 0
}

function sharesOf(evaluation: BudgetEvaluationRow | null): { shareUpper: string | null; forecastShare: string | null } {
  if (evaluation === null || evaluation.dataState === 'unavailable') return { shareUpper: null, forecastShare: null }
  const upper = addDecimals([evaluation.spend, evaluation.imputedHigh])
  const share = divideDecimals(upper, evaluation.amount)
  return {
    shareUpper: share && trimDecimal(share),
    forecastShare: evaluation.forecast && divideDecimals(evaluation.forecast, evaluation.amount),
  }
}

import 'server-only'
import { z } from 'zod'
import { findBudgetRow, listBudgetRows, listOpenBudgets, listThresholdStates } from '@/db/postgres/queries/budgets'
import { type Budget, budget } from '@/lib/budgets/budget'
import type { ThresholdState } from '@/lib/budgets/decide-thresholds'

/**
 * Budgets of a workspace by name; archived ones only when asked for.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listBudgets(workspaceId: number, withArchived = false): Promise<Budget[]> {
  return z.array(budget).parse(await listBudgetRows(workspaceId, withArchived))
}

/**
 * A budget of a workspace, archived or not; null when there is none.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findBudget(workspaceId: number, id: number): Promise<Budget | null> {
  const row = await findBudgetRow(workspaceId, id)
  return row && budget.parse(row)
}

/**
 * Budgets in force, of all workspaces that are not archived.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listBudgetsInForce(): Promise<Budget[]> {
  return z.array(budget).parse(await listOpenBudgets())
}

/**
 * Where the thresholds of a budget stand in a period, as last evaluated.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listStates(budgetId: number, periodStart: Date): Promise<ThresholdState[]> {
  return await listThresholdStates(budgetId, periodStart)
}

import Decimal from 'decimal.js'
import { addDecimals, divideDecimals, multiplyDecimals } from '@/lib/money'

type Row = {
  spend: string | null
  previousSpend: string | null
  attempts: string
  unknownModelRatio: string | null
  unpricedTokens: string
  budgetOwner: { isDisabled: boolean } | null
}

/** The portfolio as a whole. Money in USD; ratios are quotients of sums. */
export type PortfolioTotals = {
  spend: string | null
  previousSpend: string | null
  attempts: string
  unknownModelRatio: string | null
  unpricedTokens: string
  /** Spend of workspaces in which nobody answers for budgets, and its part of all spend. */
  unownedSpend: string
  unownedRatio: string | null
  unownedWorkspaces: number
}

/** Whether somebody who can sign in answers for a workspace's budgets. */
export function hasOwner({ budgetOwner }: Pick<Row, 'budgetOwner'>): boolean {
  return budgetOwner !== null && !budgetOwner.isDisabled
}

/** Adds up the rows of a portfolio. Null spend (nothing has a price) adds nothing; when all is null, so is the total. */
export function summarisePortfolio(rows: readonly Row[]): PortfolioTotals {
  const attempts = addDecimals(rows.map((row) => row.attempts))
  const unknown = addDecimals(rows.map(unknownAttempts))
  const sumOf = (values: (string | null)[]) => (values.some((value) => value !== null) ? addDecimals(values) : null)
  const spend = sumOf(rows.map((row) => row.spend))
  const unowned = rows.filter((row) => !hasOwner(row))
  const unownedSpend = addDecimals(unowned.map((row) => row.spend))
  return {
    spend,
    previousSpend: sumOf(rows.map((row) => row.previousSpend)),
    attempts,
    unknownModelRatio: divideDecimals(unknown, attempts),
    unpricedTokens: addDecimals(rows.map((row) => row.unpricedTokens)),
    unownedSpend,
    unownedRatio: spend === null ? null : divideDecimals(unownedSpend, spend),
    unownedWorkspaces: unowned.length,
  }
}

/** The ratio has 18 digits, so that its product with a count of attempts is nearer to the numerator than half of one. */
function unknownAttempts({ attempts, unknownModelRatio }: Row): string | null {
  if (unknownModelRatio === null) return null
  return new Decimal(multiplyDecimals(unknownModelRatio, attempts)).round().toFixed()
}

import 'server-only'
import { findWorkspacesWithPath } from '@/db/postgres/queries/escalation-paths'
import { findPersonNames } from '@/db/postgres/queries/people'
import { listWorkspaces, type Membership } from '@/lib/auth/workspace-access'
import { type BudgetPosture, readBudgetPostures } from '@/lib/budgets/read-budget-postures'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf, previousCellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { scopesForWorkspaces } from '@/lib/metrics/scope'
import { resolveRange } from '@/lib/metrics/url-state'
import { addDecimals, divideDecimals } from '@/lib/money'
import { type PortfolioTotals, summarisePortfolio } from '@/lib/workspaces/portfolio-totals'

type PortfolioOwner = { name: string; email: string; isDisabled: boolean }

/** A workspace of the portfolio, in its own default scope and zone. Money in USD, null where nothing has a price. */
export type PortfolioRow = {
  slug: string
  name: string
  role: Membership['role']
  isDemo: boolean
  spend: string | null
  previousSpend: string | null
  attempts: string
  unknownModelRatio: string | null
  unpricedTokens: string
  /** Its part of the spend of all. */
  shareOfSpend: string | null
  budgetOwner: PortfolioOwner | null
  backupOwner: PortfolioOwner | null
  /** Whether somebody said who is told of alerts, in which order. */
  hasEscalationPath: boolean
  /** How it stands with its budgets; null without any. */
  budgets: BudgetPosture | null
}

export type Portfolio = { rows: PortfolioRow[]; totals: PortfolioTotals }

/**
 * What all workspaces that somebody may see cost in a range, dearest first. Each is asked about as its own overview asks:
 * in its default scope, with the range's days in its zone; workspaces that agree on these share one question.
 * @throws AppError as `runQuery`.
 */
export async function readPortfolio(userId: string, range: string, now: Date): Promise<Portfolio> {
  const memberships = await listWorkspaces(userId)
  const [answers, withPath, people, postures] = await Promise.all([
    askAll(memberships, range, now),
    findWorkspacesWithPath(memberships.map(({ workspace }) => workspace.id)),
    findPersonNames(
      memberships.flatMap(({ workspace }) =>
        [workspace.budgetOwnerId, workspace.backupOwnerId].filter((id) => id !== null),
      ),
    ),
    readBudgetPostures(memberships.map(({ workspace }) => workspace.id)),
  ])
  const total = addDecimals([...answers.values()].map((row) => textOf(row, 'spend')))
  const rows = memberships.map(({ role, workspace }): PortfolioRow => {
    const answer = answers.get(workspace.slug)
    const spend = textOf(answer, 'spend')
    const previous = answer && previousCellOf(answer, 'spend')
    return {
      slug: workspace.slug,
      name: workspace.name,
      role,
      isDemo: workspace.isDemo,
      // No attempt is no spend; attempts without any price are unknown spend.
      spend: answer ? spend : '0',
      previousSpend: typeof previous === 'string' ? previous : null,
      attempts: textOf(answer, 'attempts') ?? '0',
      unknownModelRatio: textOf(answer, 'unknownModelRatio'),
      unpricedTokens: textOf(answer, 'unpricedTokens') ?? '0',
      shareOfSpend: divideDecimals(answer ? spend : '0', total),
      budgetOwner: (workspace.budgetOwnerId && people.get(workspace.budgetOwnerId)) || null,
      backupOwner: (workspace.backupOwnerId && people.get(workspace.backupOwnerId)) || null,
      hasEscalationPath: withPath.has(workspace.id),
      budgets: postures.get(workspace.id) ?? null,
    }
  })
  const dearestFirst = rows.toSorted((a, b) => Number(b.shareOfSpend ?? 0) - Number(a.shareOfSpend ?? 0))
  return { rows: dearestFirst, totals: summarisePortfolio(rows) }
}

async function askAll(
  memberships: readonly Membership[],
  range: string,
  now: Date,
): Promise<ReadonlyMap<string, ResultRow>> {
  const scopes = await scopesForWorkspaces(memberships.map(({ workspace }) => workspace))
  const answers = await Promise.all(
    scopes.map((scope) => {
      const [{ timeZone, fiscalYearStartMonth }] = scope.workspaces
      const { from, to } = resolveRange(range, now, { timeZone, fiscalYearStartMonth })
      const question = parseQuery({
        measures: ['spend', 'attempts', 'unknownModelRatio', 'unpricedTokens'],
        dimensions: ['workspace'],
        from: from.toISOString(),
        to: to.toISOString(),
        timeZone,
        compare: 'previous',
      })
      return runQuery(question, scope, now)
    }),
  )
  return new Map(
    answers.flatMap(({ rows }) =>
      rows.flatMap((row) => {
        const slug = textOf(row, 'workspace')
        return slug === null ? [] : [[slug, row] as const]
      }),
    ),
  )
}

function textOf(row: ResultRow | undefined, name: string): string | null {
  const value = row && cellOf(row, name)
  return typeof value === 'string' ? value : null
}

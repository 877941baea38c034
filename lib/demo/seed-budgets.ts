import 'server-only'
import { insertBudget, listBudgetRows } from '@/db/postgres/queries/budgets'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { findWorkspaceBySlug, updateWorkspace, type WorkspaceRow } from '@/db/postgres/queries/workspaces'
import { inTransaction } from '@/db/postgres/transaction'
import { type BudgetPeriod, DEFAULT_THRESHOLDS } from '@/lib/budgets/budget'
import { parseQuery, type QueryFilter } from '@/lib/metrics/query-schema'
import { cellOf } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { compareDecimals, ExactDecimal } from '@/lib/money'
import { type Range, shiftDays, startOfBucket } from '@/lib/time'

type DemoBudget = {
  workspace: string
  name: string
  period: BudgetPeriod
  /** Of a custom period: days before and after today. */
  days?: { before: number; after: number }
  endpoint?: string
  /** Amount ÷ what was spent: in the custom period so far, else in the last 30 days (a seventh of it for a week). */
  factor: string
  rollOver?: boolean
  guard?: { mode: 'degrade' | 'block'; degradeAtPercent: number; substituteModel: string; maxOutputTokens: number }
}

/** One on its way, one for a part of the workspace, one near its limit, one over it, and some that are just fine. */
const BUDGETS: readonly DemoBudget[] = [
  { workspace: 'acme-support', name: 'Support', period: 'month', factor: '1.25' },
  { workspace: 'acme-support', name: 'Support replies', period: 'month', endpoint: 'support-reply', factor: '0.97' },
  { workspace: 'acme-search', name: 'Search', period: 'quarter', factor: '3.4' },
  {
    workspace: 'acme-search',
    name: 'Search relaunch',
    period: 'custom',
    days: { before: 25, after: 6 },
    factor: '1.08',
  },
  { workspace: 'acme-agents', name: 'Agents', period: 'month', factor: '1.1' },
  {
    workspace: 'acme-agents',
    name: 'Agent pilot',
    period: 'custom',
    days: { before: 21, after: 9 },
    endpoint: 'agent-run',
    factor: '0.85',
    guard: { mode: 'degrade', degradeAtPercent: 80, substituteModel: 'gpt-5-mini', maxOutputTokens: 2_000 },
  },
  { workspace: 'acme-internal', name: 'Internal tools', period: 'week', factor: '1.3', rollOver: true },
]

/** Workspaces in which nobody answers for the budgets: the portfolio finds them. */
const UNOWNED = ['acme-internal']

/** Days before today that periodic budgets began. */
const BEGAN_DAYS = 62
const SPENT_DAYS = 30

/**
 * Gives each demo workspace without any budget its budgets, with amounts that suit what it spent, and an owner.
 * @throws AppError `unavailable` when an engine does not answer.
 */
export async function seedBudgets(now: Date, ownerEmail: string): Promise<void> {
  const owner = await findUserByEmail(ownerEmail)
  for (const slug of new Set(BUDGETS.map(({ workspace }) => workspace))) {
    const workspace = await findWorkspaceBySlug(slug)
    if (!workspace || (await listBudgetRows(workspace.id, true)).length > 0) continue
    const plans = BUDGETS.filter((plan) => plan.workspace === slug)
    const rows = await Promise.all(plans.map((plan) => toRow(plan, workspace, now)))
    await inTransaction(async (tx) => {
      for (const row of rows) if (row) await insertBudget(tx, row)
      if (owner && workspace.budgetOwnerId === null && !UNOWNED.includes(slug)) {
        await updateWorkspace(tx, workspace.id, { budgetOwnerId: owner.id })
      }
    })
  }
}

/** Null where nothing was spent: there is nothing to set an amount by. */
async function toRow(plan: DemoBudget, workspace: WorkspaceRow, now: Date) {
  const { timeZone } = workspace
  const today = startOfBucket(now, 'day', workspace)
  const shift = (days: number) => shiftDays(today, days, { timeZone })
  const custom = plan.days && { from: shift(-plan.days.before), to: shift(plan.days.after) }
  const filters: QueryFilter[] = plan.endpoint
    ? [{ dimension: 'endpoint', operator: 'in', values: [plan.endpoint] }]
    : []
  const spent = await readSpend(custom ?? { from: shift(-SPENT_DAYS), to: today }, filters, workspace, now)
  if (compareDecimals(spent, '0') === 0) return null
  const portion = plan.period === 'week' ? new ExactDecimal(spent).times(7).div(SPENT_DAYS) : new ExactDecimal(spent)
  return {
    workspaceId: workspace.id,
    name: plan.name,
    filters,
    period: plan.period,
    customFrom: custom?.from ?? null,
    customTo: custom?.to ?? null,
    amount: portion.times(plan.factor).toSignificantDigits(3).toFixed(),
    rollOver: plan.rollOver ?? false,
    thresholds: [...DEFAULT_THRESHOLDS],
    startsAt: shift(-BEGAN_DAYS),
    createdAt: now,
    updatedAt: now,
    ...(plan.guard
      ? {
          guardMode: plan.guard.mode,
          degradeAtPercent: plan.guard.degradeAtPercent,
          substituteModel: plan.guard.substituteModel,
          maxOutputTokens: plan.guard.maxOutputTokens,
        }
      : {}),
  }
}

async function readSpend(
  { from, to }: Range,
  filters: readonly QueryFilter[],
  workspace: WorkspaceRow,
  now: Date,
): Promise<string> {
  const question = parseQuery({ measures: ['spend'], from: from.toISOString(), to: to.toISOString(), filters })
  const { totals } = await runQuery(question, await scopeForWorkspace(workspace), now)
  const spend = cellOf(totals, 'spend')
  return typeof spend === 'string' ? spend : '0'
}

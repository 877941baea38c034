import type { Budget } from '@/lib/budgets/budget'
import { formatMoney, formatRatio } from '@/lib/format'
import { addDecimals, compareDecimals, divideDecimals, multiplyDecimals } from '@/lib/money'

export const GUARD_DECISIONS = ['allow', 'degrade', 'block'] as const
type GuardDecision = (typeof GUARD_DECISIONS)[number]

/** What an app is about to do; null is not said. Names as the ledger has them, normalised. */
export type GuardQuestion = {
  endpoint: string | null
  promptVersion: string | null
  user: string | null
  provider: string | null
  model: string | null
  environment: string | null
  dataMode: string | null
  tags: Readonly<Record<string, string>>
}

/** A budget as last evaluated. Money in USD, Decimal strings. */
export type GuardBudget = {
  budget: Budget
  amount: string
  spend: string
  /** What usage without a price may have cost beside it. */
  imputedHigh: string
  periodEnd: Date
  evaluatedAt: Date
}

type GuardSwitch = {
  id: number
  target: 'provider' | 'model' | 'endpoint'
  value: string
  reason: string
  ownerName: string
  expiresAt: Date
}

export type GuardSnapshot = {
  observeOnly: boolean
  /** What a budget counts that does not say: the default scope of the workspace. */
  defaults: { environment: readonly string[]; dataMode: readonly string[] }
  budgets: readonly GuardBudget[]
  switches: readonly GuardSwitch[]
}

/** A budget's word: at which decision it stands and by which of its two figures. */
export type BudgetVerdict = { decision: GuardDecision; basis: 'actual' | 'actualUpper'; sharePercent: string | null }

export type GuardAnswer = {
  /** What the app should do. */
  decision: GuardDecision
  /** What it would be told if the guard did more than observe. */
  unobserved: GuardDecision
  reason: string
  budget: (BudgetVerdict & Omit<GuardBudget, 'budget'> & { id: number; name: string }) | null
  switch: GuardSwitch | null
  substitute: { model: string | null; maxOutputTokens: number | null } | null
}

const RANK: Record<GuardDecision, number> = { allow: 0, degrade: 1, block: 2 }
const BLOCK_AT_PERCENT = 100
/** Where a policy that degrades does not say. */
const DEGRADE_AT_PERCENT = 100

/**
 * What a budget says by its last evaluation. It degrades by the upper bound, so that usage without a price cannot disarm it;
 * it blocks at 100 % of the spend that is certain, or of the upper bound when its policy says so.
 */
export function judgeBudget({ budget, amount, spend, imputedHigh }: Omit<GuardBudget, 'evaluatedAt'>): BudgetVerdict {
  const upper = addDecimals([spend, imputedHigh])
  const basis = budget.blockOnUpper ? 'actualUpper' : 'actual'
  if (budget.guardMode === 'observe') return { decision: 'allow', basis, sharePercent: percentOf(spend, amount) }
  const blocking = budget.blockOnUpper ? upper : spend
  if (budget.guardMode === 'block' && reaches(blocking, amount, BLOCK_AT_PERCENT)) {
    return { decision: 'block', basis, sharePercent: percentOf(blocking, amount) }
  }
  const degradeAtPercent = budget.degradeAtPercent ?? (budget.guardMode === 'degrade' ? DEGRADE_AT_PERCENT : null)
  if (degradeAtPercent !== null && reaches(upper, amount, degradeAtPercent)) {
    return { decision: 'degrade', basis: 'actualUpper', sharePercent: percentOf(upper, amount) }
  }
  return { decision: 'allow', basis, sharePercent: percentOf(blocking, amount) }
}

/**
 * What to tell an app: the strictest of the switches and budgets that are about what it asks. A budget for a part of a
 * workspace is about a question that names that part; what a question does not say, no such budget is about. A budget that
 * counts the default scope is not about what says that it is outside of it.
 */
export function decideGuard(snapshot: GuardSnapshot, question: GuardQuestion, now: Date): GuardAnswer {
  const thrown = snapshot.switches.find((each) => each.expiresAt > now && question[each.target] === each.value)
  if (thrown) {
    return observed(snapshot, {
      unobserved: 'block',
      reason: `${thrown.target} ${thrown.value} is switched off: ${thrown.reason} (${thrown.ownerName})`,
      budget: null,
      switch: thrown,
      substitute: null,
    })
  }
  let worst: { found: GuardBudget; verdict: BudgetVerdict } | null = null
  for (const found of snapshot.budgets) {
    if (found.periodEnd <= now || !isAbout(found.budget, question, snapshot.defaults)) continue
    const verdict = judgeBudget(found)
    if (worst === null || isStricter(verdict, worst.verdict)) worst = { found, verdict }
  }
  if (worst === null) {
    return observed(snapshot, {
      unobserved: 'allow',
      reason: 'No budget with a policy is about this.',
      budget: null,
      switch: null,
      substitute: null,
    })
  }
  const { found, verdict } = worst
  const { budget, ...figures } = found
  return observed(snapshot, {
    unobserved: verdict.decision,
    reason: reasonOf(found, verdict),
    budget: { id: budget.id, name: budget.name, ...figures, ...verdict },
    switch: null,
    substitute:
      verdict.decision === 'degrade'
        ? { model: budget.substituteModel, maxOutputTokens: budget.maxOutputTokens }
        : null,
  })
}

function observed({ observeOnly }: GuardSnapshot, answer: Omit<GuardAnswer, 'decision'>): GuardAnswer {
  return { decision: observeOnly ? 'allow' : answer.unobserved, ...answer }
}

function isStricter(a: BudgetVerdict, b: BudgetVerdict): boolean {
  if (a.decision !== b.decision) return RANK[a.decision] > RANK[b.decision]
  return compareDecimals(a.sharePercent ?? '0', b.sharePercent ?? '0') > 0
}

function isAbout({ filters }: Budget, question: GuardQuestion, defaults: GuardSnapshot['defaults']): boolean {
  const isCounted = SCOPE.every((dimension) => {
    const said = question[dimension]
    // An app that does not say it may be what the budget counts.
    if (said === null || said === 'unspecified') return true
    return filters.some((filter) => filter.dimension === dimension) || defaults[dimension].includes(said)
  })
  if (!isCounted) return false
  return filters.every(({ dimension, operator, values }) => {
    const said = saidOf(question, dimension)
    if (said === null) return false
    return (values.includes(said) || isEvery(dimension, values)) === (operator === 'in')
  })
}

const SCOPE = ['environment', 'dataMode'] as const

/** The value that lifts the default scope. */
function isEvery(dimension: string, values: readonly (string | null)[]): boolean {
  return SCOPE.some((scope) => scope === dimension) && values.includes('*')
}

function saidOf(question: GuardQuestion, dimension: string): string | null {
  if (dimension.startsWith('tag.')) return question.tags[dimension.slice(4)] ?? null
  switch (dimension) {
    case 'endpoint':
    case 'promptVersion':
    case 'user':
    case 'provider':
    case 'model':
    case 'environment':
    case 'dataMode':
      return question[dimension]
    default:
      return null
  }
}

function reasonOf({ budget, amount, spend, imputedHigh }: GuardBudget, verdict: BudgetVerdict): string {
  const money = (value: string) => formatMoney(value, 'USD')
  const unpriced =
    compareDecimals(imputedHigh, '0') > 0 ? `, and up to ${money(imputedHigh)} more of usage without a price` : ''
  const share = verdict.sharePercent === null ? '' : ` (${formatRatio(divideDecimals(verdict.sharePercent, '100'))})`
  return `Budget ${budget.name}: ${money(spend)} of ${money(amount)} spent${unpriced}${share}.`
}

function reaches(value: string, amount: string, percent: number): boolean {
  return compareDecimals(multiplyDecimals(value, '100'), multiplyDecimals(amount, String(percent))) >= 0
}

function percentOf(value: string, amount: string): string | null {
  const share = divideDecimals(value, amount)
  return share === null ? null : multiplyDecimals(share, '100')
}

import type { BudgetFormValues } from '@/app/(console)/w/[workspace]/budgets/budget-form'
import { type Budget, DEFAULT_THRESHOLDS } from '@/lib/budgets/budget'
import { UNATTRIBUTED } from '@/lib/budgets/budget-input'
import { formatIsoInZone, shiftDays } from '@/lib/time'

const percentsOf = (budget: Pick<Budget, 'thresholds'>, isForecast: boolean): string =>
  budget.thresholds
    .filter(({ basis }) => (basis === 'forecast') === isForecast)
    .map(({ percent }) => percent)
    .join(', ')

/** What the form of a new budget starts with. */
export function newFormValues(): BudgetFormValues {
  const thresholds = [...DEFAULT_THRESHOLDS]
  return {
    id: null,
    name: '',
    period: 'month',
    firstDay: '',
    lastDay: '',
    amount: '',
    rollOver: false,
    owner: '',
    backup: '',
    spentPercents: percentsOf({ thresholds }, false),
    spentBasis: 'actualUpper',
    forecastPercents: percentsOf({ thresholds }, true),
    filters: [],
    guardMode: 'observe',
    degradeAtPercent: '',
    substituteModel: '',
    maxOutputTokens: '',
    blockOnUpper: false,
  }
}

/** What the form of a budget that exists starts with. */
export function formValuesOf(budget: Budget, timeZone: string): BudgetFormValues {
  const dayOf = (at: Date) => formatIsoInZone(at, timeZone).slice(0, 10)
  return {
    id: budget.id,
    name: budget.name,
    period: budget.period,
    firstDay: budget.customFrom ? dayOf(budget.customFrom) : '',
    lastDay: budget.customTo ? dayOf(shiftDays(budget.customTo, -1, { timeZone })) : '',
    amount: budget.amount,
    rollOver: budget.rollOver,
    owner: budget.ownerId ?? '',
    backup: budget.backupId ?? '',
    spentPercents: percentsOf(budget, false),
    spentBasis: budget.thresholds.find(({ basis }) => basis !== 'forecast')?.basis ?? 'actualUpper',
    forecastPercents: percentsOf(budget, true),
    filters: budget.filters.map(({ dimension, operator, values }) => ({
      dimension: dimension.startsWith('tag.') ? 'tag' : dimension,
      tagKey: dimension.startsWith('tag.') ? dimension.slice('tag.'.length) : '',
      operator,
      values: values.map((value) => value ?? UNATTRIBUTED).join(', '),
    })),
    guardMode: budget.guardMode,
    degradeAtPercent: budget.degradeAtPercent === null ? '' : String(budget.degradeAtPercent),
    substituteModel: budget.substituteModel ?? '',
    maxOutputTokens: budget.maxOutputTokens === null ? '' : String(budget.maxOutputTokens),
    blockOnUpper: budget.blockOnUpper,
  }
}

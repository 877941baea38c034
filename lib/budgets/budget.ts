import { z } from 'zod'
import { FILTER_OPERATORS } from '@/lib/metrics/query-schema'
import { type DimensionName, isDimensionName } from '@/lib/metrics/registry'
import { trimDecimal } from '@/lib/money'

/** How long a budget's amount lasts. */
export const BUDGET_PERIODS = ['day', 'week', 'month', 'quarter', 'fiscalYear', 'custom'] as const
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number]

/**
 * What a threshold is compared with. `actual`: spend that has a price; `actualUpper`: that and the most that usage without
 * a price may have cost; `forecast`: `actualUpper` at the end of the period.
 */
export const THRESHOLD_BASES = ['actual', 'actualUpper', 'forecast'] as const
export type ThresholdBasis = (typeof THRESHOLD_BASES)[number]

/** What apps are told when the budget runs out: nothing, a cheaper model, or to stop. */
export const GUARD_MODES = ['observe', 'degrade', 'block'] as const

const percent = z.number().int().min(1).max(1_000)

const budgetThreshold = z.object({ percent, basis: z.enum(THRESHOLD_BASES) })
export type BudgetThreshold = z.output<typeof budgetThreshold>

/** The upper bound is what is watched by default, so that a model without a price cannot disarm a budget. */
export const DEFAULT_THRESHOLDS: readonly BudgetThreshold[] = [
  { percent: 50, basis: 'actualUpper' },
  { percent: 80, basis: 'actualUpper' },
  { percent: 100, basis: 'actualUpper' },
  { percent: 100, basis: 'forecast' },
]

/** Dimensions that a budget may be narrowed by, besides `tag.<key>`. */
export const BUDGET_DIMENSIONS = [
  'endpoint',
  'promptVersion',
  'user',
  'provider',
  'model',
  'environment',
  'dataMode',
] as const

/** Whether a budget may be narrowed by this dimension. */
function isBudgetDimension(name: string): name is DimensionName {
  return BUDGET_DIMENSIONS.some((known) => known === name) || (name.startsWith('tag.') && isDimensionName(name))
}

export const budgetFilter = z.object({
  dimension: z.string().transform((name, context): DimensionName => {
    if (isBudgetDimension(name)) return name
    context.addIssue({
      code: 'custom',
      message: `A budget cannot be narrowed by "${name.slice(0, 80)}". Valid: ${BUDGET_DIMENSIONS.join(', ')}, tag.<key>.`,
    })
    return z.NEVER
  }),
  operator: z.enum(FILTER_OPERATORS).exclude(['contains']).default('in'),
  values: z.array(z.string().max(500).nullable()).min(1).max(100),
})
export type BudgetFilter = z.output<typeof budgetFilter>

const decimal = z.string().transform(trimDecimal)

/** A budget as it is stored. Amounts are Decimal strings in the workspace's currency. */
export const budget = z.object({
  id: z.number().int(),
  workspaceId: z.number().int(),
  name: z.string(),
  filters: z.array(budgetFilter),
  period: z.enum(BUDGET_PERIODS),
  customFrom: z.date().nullable(),
  customTo: z.date().nullable(),
  amount: decimal,
  rollOver: z.boolean(),
  ownerId: z.string().nullable(),
  backupId: z.string().nullable(),
  thresholds: z.array(budgetThreshold),
  guardMode: z.enum(GUARD_MODES),
  degradeAtPercent: z.number().int().nullable(),
  substituteModel: z.string().nullable(),
  maxOutputTokens: z.number().int().nullable(),
  blockOnUpper: z.boolean(),
  startsAt: z.date(),
  createdAt: z.date(),
  updatedAt: z.date(),
  archivedAt: z.date().nullable(),
})
export type Budget = z.output<typeof budget>

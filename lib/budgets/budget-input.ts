import { z } from 'zod'
import {
  BUDGET_PERIODS,
  type BudgetFilter,
  type BudgetThreshold,
  budgetFilter,
  GUARD_MODES,
  THRESHOLD_BASES,
} from '@/lib/budgets/budget'
import { compareDecimals, trimDecimal } from '@/lib/money'

/** How a value that is missing is written in a filter's list. */
export const UNATTRIBUTED = '(unattributed)'

const blank = z.literal('').transform(() => null)
const day = z.iso.date('Choose a day.')
const memberOrNobody = blank.or(z.uuid('Choose a member of the list.'))
const checkbox = z.preprocess((value) => value === 'on', z.boolean())
const listed = z.preprocess((value) => value ?? [], z.array(z.string()))

const amount = z
  .string()
  .trim()
  .regex(/^\d{1,15}(\.\d{1,18})?$/, { error: 'Enter an amount such as 1500 or 99.50.', abort: true })
  .refine((text) => compareDecimals(text, '0') > 0, 'Enter more than 0.')
  .transform(trimDecimal)

const wholePercent = (message: string) => z.coerce.number(message).int(message).min(1, message).max(1_000, message)

const PERCENTS = 'Enter whole percentages from 1 to 1000, such as 50, 80, 100.'

const percents = z
  .string()
  .max(200)
  .transform((text) =>
    text
      .split(/[\s,;%]+/)
      .filter(Boolean)
      .map(Number),
  )
  .pipe(
    z
      .array(z.number(PERCENTS).int(PERCENTS).min(1, PERCENTS).max(1_000, PERCENTS))
      .max(10, 'Use at most ten thresholds.'),
  )
  .transform((values) => [...new Set(values)].sort((a, b) => a - b))

const whole = (message: string) => z.coerce.number(message).int(message).min(1, message).max(10_000_000, message)

/** A budget as its form sends it; lists of filters run in parallel. */
export const budgetInput = z
  .object({
    name: z.string().trim().min(1, 'Give it a name.').max(80, 'Use at most 80 characters.'),
    period: z.enum(BUDGET_PERIODS, 'Choose a period.'),
    firstDay: blank.or(day).optional(),
    lastDay: blank.or(day).optional(),
    amount,
    rollOver: checkbox,
    owner: memberOrNobody,
    backup: memberOrNobody,
    spentPercents: percents,
    spentBasis: z.enum(THRESHOLD_BASES).exclude(['forecast']),
    forecastPercents: percents,
    filterDimension: listed,
    filterTagKey: listed,
    filterOperator: listed,
    filterValues: listed,
    guardMode: z.enum(GUARD_MODES, 'Choose what apps are told.'),
    degradeAtPercent: blank.or(wholePercent('Enter a whole percentage from 1 to 1000.')),
    substituteModel: blank.or(z.string().trim().max(200, 'Use at most 200 characters.')),
    maxOutputTokens: blank.or(whole('Enter a whole number of tokens.')),
    blockOnUpper: checkbox,
  })
  .transform((form, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const { firstDay = null, lastDay = null } = form
    if (form.period === 'custom') {
      if (firstDay === null) refuse('firstDay', 'Choose the first day.')
      if (lastDay === null) refuse('lastDay', 'Choose the last day.')
      if (firstDay !== null && lastDay !== null && lastDay < firstDay) {
        refuse('lastDay', 'Choose a day that is not before the first.')
      }
    }
    if (form.owner !== null && form.owner === form.backup) {
      refuse('backup', 'The backup stands in for the owner: choose two different people.')
    }
    if (form.guardMode === 'degrade' && form.substituteModel === null && form.maxOutputTokens === null) {
      refuse('substituteModel', 'Name a cheaper model, or a limit of output tokens.')
    }
    const filters = form.filterDimension.flatMap((dimension, index): BudgetFilter[] => {
      const values = (form.filterValues[index] ?? '')
        .split(',')
        .map((value) => value.trim())
        .filter(Boolean)
      if (values.length === 0) return []
      const parsed = budgetFilter.safeParse({
        dimension: dimension === 'tag' ? `tag.${form.filterTagKey[index]?.trim() ?? ''}` : dimension,
        operator: form.filterOperator[index] ?? 'in',
        values: values.map((value) => (value === UNATTRIBUTED ? null : value)),
      })
      if (parsed.success) return [parsed.data]
      refuse('filters', dimension === 'tag' ? 'Name the key of the tag, such as team.' : 'Choose a filter of the list.')
      return []
    })
    const thresholds: BudgetThreshold[] = [
      ...form.spentPercents.map((percent) => ({ percent, basis: form.spentBasis })),
      ...form.forecastPercents.map((percent) => ({ percent, basis: 'forecast' as const })),
    ]
    return {
      name: form.name,
      period: form.period,
      firstDay: form.period === 'custom' ? firstDay : null,
      lastDay: form.period === 'custom' ? lastDay : null,
      amount: form.amount,
      rollOver: form.rollOver && form.period !== 'custom',
      ownerId: form.owner,
      backupId: form.backup,
      thresholds,
      filters,
      guardMode: form.guardMode,
      degradeAtPercent: form.degradeAtPercent,
      substituteModel: form.substituteModel || null,
      maxOutputTokens: form.maxOutputTokens,
      blockOnUpper: form.blockOnUpper,
    }
  })

/** What a budget is made of or changed to. `lastDay` is part of the period. */
export type BudgetInput = z.output<typeof budgetInput>

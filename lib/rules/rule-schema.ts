import { z } from 'zod'
import { alertSeverity } from '@/lib/alerts/alert-facts'
import { type DimensionName, isDimensionName, MEASURE_NAMES, type MeasureName, measureOf } from '@/lib/metrics/registry'
import { ExactDecimal } from '@/lib/money'

export const RULE_KINDS = ['static', 'change', 'anomaly'] as const
export const RULE_WINDOWS = ['hour', 'day', 'week'] as const
const RULE_COMPARISONS = ['previous', 'sameLastWeek', 'beforeVersion'] as const
const RULE_DIRECTIONS = ['above', 'below', 'either'] as const
const NO_DATA_POLICIES = ['recover', 'hold', 'alert'] as const

export type RuleKind = (typeof RULE_KINDS)[number]
export type RuleWindow = (typeof RULE_WINDOWS)[number]

/** Groups that one rule watches at most: the largest ones. */
export const MAX_GROUPS = 20

const isMeasureName = (name: string): name is MeasureName => MEASURE_NAMES.some((known) => known === name)

const measure = z.string().transform((name, context): MeasureName => {
  if (isMeasureName(name)) return name
  context.addIssue({ code: 'custom', message: 'Choose a measure of the list.' })
  return z.NEVER
})

const dimension = z.string().transform((name, context): DimensionName => {
  if (isDimensionName(name) && name !== 'workspace') return name
  context.addIssue({ code: 'custom', message: 'Choose a dimension of the list.' })
  return z.NEVER
})

/** Filters as addresses of pages can say them. */
export const ruleFilter = z.strictObject({
  dimension,
  operator: z.enum(['in', 'notIn']),
  values: z.array(z.string().max(500).nullable()).min(1).max(100),
})

const DECIMAL = /^\d{1,20}(\.\d{1,18})?$/

const wholeNumber = (most: number, what: string) =>
  z.coerce
    .number(what)
    .int(what)
    .min(0, what)
    .max(most, `Use at most ${most.toLocaleString('en-US')}.`)

/** What a rule watches and how, as it is stored and sent. */
export const ruleDefinition = z
  .strictObject({
    name: z.string().trim().min(1, 'Give the rule a name.').max(120, 'Use at most 120 characters.'),
    kind: z.enum(RULE_KINDS),
    measure,
    filters: z.array(ruleFilter).max(20),
    groupBy: dimension.nullable(),
    window: z.enum(RULE_WINDOWS),
    comparison: z.enum(RULE_COMPARISONS).nullable(),
    /** static: in the measure's unit. change: a share, 0.15 = 15 %. anomaly: deviations from what is usual. */
    threshold: z.string().regex(DECIMAL, 'Enter a number, such as 0.02 or 150.'),
    direction: z.enum(RULE_DIRECTIONS),
    forMinutes: wholeNumber(7 * 24 * 60, 'Enter whole minutes, 0 or more.'),
    hysteresisPercent: wholeNumber(90, 'Enter whole percent from 0 to 90.'),
    minVolume: wholeNumber(1_000_000_000, 'Enter a whole number of attempts, 0 or more.'),
    severity: alertSeverity,
    noData: z.enum(NO_DATA_POLICIES),
    ownerId: z.uuid().nullable(),
    escalationPathId: z.number().int().positive().max(2_147_483_647).nullable(),
  })
  .superRefine((rule, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if ((rule.kind === 'change') !== (rule.comparison !== null)) {
      refuse('comparison', 'Choose what a change is measured against; only changes have that.')
    }
    if (rule.comparison === 'beforeVersion' && (rule.groupBy !== 'endpoint' || rule.window !== 'day')) {
      refuse('comparison', 'New prompt versions are compared by endpoint, with windows of a day.')
    }
    if (rule.comparison === 'beforeVersion' && measureOf(rule.measure).additive) {
      refuse('measure', 'A new version has run for less time than the old: choose a measure per request, or a ratio.')
    }
    if (rule.measure === 'topNShare' && (rule.kind !== 'static' || rule.groupBy === null)) {
      refuse('measure', 'A share needs something to group by, and a fixed threshold.')
    }
    if (rule.direction === 'either' && rule.kind !== 'anomaly') {
      refuse('direction', 'Only anomalies look both ways: choose above or below.')
    }
    if (rule.noData === 'alert' && rule.groupBy !== null) {
      refuse('noData', 'Groups come and go: an alert on no data needs a rule without groups.')
    }
    if (rule.kind === 'anomaly' && rule.window === 'week') {
      refuse('window', 'Anomalies are looked for by hour or day.')
    }
    if (!DECIMAL.test(rule.threshold)) return
    const threshold = new ExactDecimal(rule.threshold)
    if (rule.kind === 'change' && threshold.isZero()) refuse('threshold', 'Enter a change above 0, such as 0.15.')
    if (rule.kind === 'change' && rule.direction === 'below' && threshold.gte(1)) {
      refuse('threshold', 'Nothing falls by more than all of it: enter less than 1.')
    }
    if (rule.kind === 'anomaly' && (threshold.lt(2) || threshold.gt(20))) {
      refuse('threshold', 'Enter a sensitivity from 2 to 20 deviations.')
    }
  })

export type RuleDefinition = z.output<typeof ruleDefinition>
export type RuleDefinitionInput = z.input<typeof ruleDefinition>

import 'server-only'
import type { AlertFacts } from '@/lib/alerts/alert-facts'
import { formatChange, formatChangeRatio, formatValue } from '@/lib/format'
import { formatOfMeasure } from '@/lib/metrics/measure-format'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { type DimensionName, type MeasureName, measureOf } from '@/lib/metrics/registry'
import { cellOf, previousCellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { ExactDecimal } from '@/lib/money'
import type { RuleGroup } from '@/lib/rules/back-test'
import { calendarOf } from '@/lib/rules/read-windows'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import { type Range, shiftDays } from '@/lib/time'

/** What a quotient is made of: contributions to it can be added and ranked. */
const DRIVEN_BY: Partial<Record<MeasureName, MeasureName>> = {
  costPerRequest: 'spend',
  costPerSuccess: 'spend',
  costPerMillionTokens: 'spend',
  topNShare: 'spend',
  inputTokensPerRequest: 'inputTokens',
  outputTokensPerRequest: 'outputTokens',
  retryRatio: 'retries',
  fallbackRatio: 'fallbackRequests',
  errorRatio: 'failedRequests',
  attemptErrorRatio: 'failedRequests',
  amplification: 'attempts',
  unknownModelRatio: 'unpricedTokens',
  pricingCoverage: 'unpricedTokens',
}

const CANDIDATES = 200

/**
 * The three values of a dimension that moved a rule's measure the most in a window, against the window compared with:
 * upwards, or downwards where the rule looks for too little.
 * @throws AppError `unavailable`.
 */
export async function readDrivers(
  rule: RuleDefinition,
  group: RuleGroup,
  window: Range,
  scope: Scope,
  now: Date,
): Promise<AlertFacts['drivers']> {
  const measure = DRIVEN_BY[rule.measure] ?? rule.measure
  const dimension = driverDimension(rule, measure)
  const calendar = calendarOf(scope)
  const compare =
    rule.comparison === 'beforeVersion'
      ? { from: shiftDays(window.from, -7, calendar).toISOString(), to: window.from.toISOString() }
      : (rule.comparison ?? (rule.kind === 'anomaly' ? 'sameLastWeek' : 'previous'))
  const { rows } = await runQuery(
    parseQuery({
      measures: [measure],
      dimensions: [dimension],
      from: window.from.toISOString(),
      to: window.to.toISOString(),
      timeZone: calendar.timeZone,
      compare,
      limit: CANDIDATES,
      filters: [
        ...rule.filters,
        ...group.values
          .filter(({ dimension: name }) => name !== 'promptVersion')
          .map(({ dimension: name, value }) => ({ dimension: name, operator: 'in' as const, values: [value] })),
      ],
    }),
    scope,
    now,
  )
  const format = formatOfMeasure(measure, 'USD')
  return rows
    .map((row) => ({ row, current: decimalOf(cellOf(row, measure)), previous: previousOf(row, measure) }))
    .map((each) => ({ ...each, moved: new ExactDecimal(each.current ?? 0).minus(each.previous ?? 0) }))
    .filter(({ moved }) => (rule.direction === 'below' ? moved.lt(0) : moved.gt(0)))
    .toSorted((a, b) => b.moved.abs().comparedTo(a.moved.abs()))
    .slice(0, 3)
    .map(({ row, current, previous }) => ({
      label: String(cellOf(row, dimension) ?? 'unattributed'),
      value: formatValue(current, format),
      change: formatChangeRatio(formatChange(current, previous)),
    }))
}

function driverDimension(rule: RuleDefinition, measure: MeasureName): DimensionName {
  if (measure === 'unpricedTokens' || measureOf(measure).unit === 'milliseconds') return 'model'
  const isNarrowed =
    rule.groupBy === 'endpoint' ||
    rule.filters.some(
      ({ dimension, operator, values }) => dimension === 'endpoint' && operator === 'in' && values.length === 1,
    )
  return isNarrowed ? 'model' : 'endpoint'
}

const decimalOf = (value: string | number | boolean | null): string | null => (value === null ? null : String(value))

const previousOf = (row: ResultRow, measure: string): string | null => decimalOf(previousCellOf(row, measure) ?? null)

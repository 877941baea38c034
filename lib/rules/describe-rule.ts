import { formatRatio, formatValue } from '@/lib/format'
import { formatOfMeasure } from '@/lib/metrics/measure-format'
import { dimensionLabel, type MeasureName, measureOf } from '@/lib/metrics/registry'
import { ExactDecimal, trimDecimal } from '@/lib/money'
import type { RuleDefinition, RuleKind } from '@/lib/rules/rule-schema'

const COMPARED = {
  previous: { hour: 'on the hour before', day: 'on the day before', week: 'on the week before' },
  sameLastWeek: { hour: 'on the same hour last week', day: 'on the same weekday', week: 'on the week before' },
  beforeVersion: { hour: '', day: 'after a new prompt version', week: '' },
} as const

/** A rule in one sentence: "Retry ratio above 5.00% in an hour, for 10 min, by endpoint". */
export function describeRule(rule: RuleDefinition): string {
  const { label } = measureOf(rule.measure)
  const parts = [`${label} ${conditionOf(rule)}`]
  if (rule.comparison !== 'beforeVersion') parts[0] += rule.window === 'hour' ? ' in an hour' : ` in a ${rule.window}`
  if (rule.forMinutes > 0) parts.push(`for ${rule.forMinutes} min`)
  if (rule.groupBy !== null) parts.push(`for each ${dimensionLabel(rule.groupBy).toLowerCase()}`)
  if (rule.filters.length > 0) {
    parts.push(`${rule.filters.map(({ dimension }) => dimensionLabel(dimension).toLowerCase()).join(' and ')} filtered`)
  }
  return parts.join(', ')
}

function conditionOf(rule: RuleDefinition): string {
  if (rule.kind === 'static')
    return `${rule.direction} ${formatValue(rule.threshold, formatOfMeasure(rule.measure, 'USD'))}`
  if (rule.kind === 'change') {
    const share = formatRatio(rule.threshold, { decimals: 0 })
    const how = rule.direction === 'below' ? `down by more than ${share}` : `up by more than ${share}`
    return `${how} ${COMPARED[rule.comparison ?? 'previous'][rule.window]}`
  }
  const side = { above: 'above', below: 'below', either: 'beyond' }[rule.direction]
  return `${side} what is usual by ${trimDecimal(rule.threshold)} deviations`
}

/** Whether people write this threshold in percent. */
function isPercentThreshold(kind: RuleKind, measure: MeasureName): boolean {
  return kind === 'change' || (kind === 'static' && measureOf(measure).unit === 'ratio')
}

/** A threshold as it is typed: shares in percent. */
export function typedThreshold({
  kind,
  measure,
  threshold,
}: Pick<RuleDefinition, 'kind' | 'measure' | 'threshold'>): string {
  return isPercentThreshold(kind, measure) ? trimDecimal(new ExactDecimal(threshold).times(100).toFixed()) : threshold
}

/** What was typed as a threshold; text that is no number stays as it is, to be refused beside the field. */
export function readTypedThreshold(kind: RuleKind, measure: MeasureName, typed: string): string {
  const text = typed.trim().replace(/\s*%$/, '')
  if (!isPercentThreshold(kind, measure) || !/^\d{1,20}(\.\d{1,18})?$/.test(text)) return text
  return trimDecimal(new ExactDecimal(text).div(100).toFixed())
}

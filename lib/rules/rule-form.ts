import { z } from 'zod'
import { MEASURE_NAMES, type MeasureName } from '@/lib/metrics/registry'
import { readTypedThreshold, typedThreshold } from '@/lib/rules/describe-rule'
import { RULE_KINDS, type RuleDefinition, type RuleDefinitionInput, ruleDefinition } from '@/lib/rules/rule-schema'

/** A rule as the fields of its form. */
export type RuleFields = {
  name: string
  kind: string
  measure: string
  /** JSON. */
  filters: string
  groupBy: string
  window: string
  comparison: string
  threshold: string
  direction: string
  forMinutes: string
  hysteresisPercent: string
  minVolume: string
  severity: string
  noData: string
  ownerId: string
  /** Empty: the workspace's default. */
  escalationPathId: string
}

const field = z.string().max(20_000)

/** The fields of the form as they are sent. */
export const ruleFields = z.object({
  name: field,
  kind: field,
  measure: field,
  filters: field,
  groupBy: field,
  window: field,
  comparison: field,
  threshold: field,
  direction: field,
  forMinutes: field,
  hysteresisPercent: field,
  minVolume: field,
  severity: field,
  noData: field,
  ownerId: field,
  escalationPathId: field,
})

const isKind = z.enum(RULE_KINDS)
const isMeasure = z.custom<MeasureName>((name) => MEASURE_NAMES.some((known) => known === name))

/** The fields of a form as a definition to be checked; what fits no rule is kept, to be refused beside its field. Pure. */
function readRuleFields(fields: RuleFields): unknown {
  const kind = isKind.safeParse(fields.kind)
  const measure = isMeasure.safeParse(fields.measure)
  return {
    ...fields,
    filters: parseJson(fields.filters),
    groupBy: fields.groupBy || null,
    comparison: kind.data === 'change' ? fields.comparison || null : null,
    threshold:
      kind.success && measure.success
        ? readTypedThreshold(kind.data, measure.data, fields.threshold)
        : fields.threshold.trim(),
    direction: fields.direction === 'either' && kind.data !== 'anomaly' ? 'above' : fields.direction,
    ownerId: fields.ownerId || null,
    escalationPathId: fields.escalationPathId === '' ? null : Number(fields.escalationPathId),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A form's fields, checked: the definition, or what is wrong with the first of them. */
export const ruleForm = ruleFields.transform((fields, context): RuleDefinition => {
  const parsed = ruleDefinition.safeParse(readRuleFields(fields))
  if (parsed.success) return parsed.data
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: 'custom', path: path.slice(0, 1), message })
  }
  return z.NEVER
})

/** A definition as the fields of its form. Pure. */
export function toRuleFields(input: RuleDefinitionInput): RuleFields {
  const rule = ruleDefinition.safeParse({ ...input, name: input.name || 'New rule' })
  if (!rule.success) throw new Error('a rule to start from cannot be read')
  const { data } = rule
  return {
    name: input.name,
    kind: data.kind,
    measure: data.measure,
    filters: JSON.stringify(data.filters),
    groupBy: data.groupBy ?? '',
    window: data.window,
    comparison: data.comparison ?? '',
    threshold: typedThreshold(data),
    direction: data.direction,
    forMinutes: String(data.forMinutes),
    hysteresisPercent: String(data.hysteresisPercent),
    minVolume: String(data.minVolume),
    severity: data.severity,
    noData: data.noData,
    ownerId: data.ownerId ?? '',
    escalationPathId: data.escalationPathId === null ? '' : String(data.escalationPathId),
  }
}

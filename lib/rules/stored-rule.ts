import type { AlertRuleRow } from '@/db/postgres/queries/alert-rules'
import { AppError } from '@/lib/errors'
import { type RuleDefinition, ruleDefinition } from '@/lib/rules/rule-schema'

/**
 * A stored rule as a definition.
 * @throws AppError `invalid_query` for one that an older or newer version of Farthing stored and this one cannot read.
 */
export function parseStoredRule(row: AlertRuleRow): RuleDefinition {
  const parsed = ruleDefinition.safeParse({
    name: row.name,
    kind: row.kind,
    measure: row.measure,
    filters: row.filters,
    groupBy: row.groupBy,
    window: row.window,
    comparison: row.comparison,
    threshold: row.threshold,
    direction: row.direction,
    forMinutes: row.forMinutes,
    hysteresisPercent: row.hysteresisPercent,
    minVolume: row.minVolume,
    severity: row.severity,
    noData: row.noData,
    ownerId: row.ownerId,
    escalationPathId: row.escalationPathId,
  })
  if (parsed.success) return parsed.data
  throw new AppError('invalid_query', 'This rule cannot be read any more. Open it, check its fields and save it.', {
    cause: parsed.error,
  })
}

import 'server-only'
import { hasHadAlertRules, insertAlertRule } from '@/db/postgres/queries/alert-rules'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { READY_MADE_RULES } from '@/lib/rules/ready-made'
import { ruleDefinition } from '@/lib/rules/rule-schema'

/** Which ready-made rules watch a demo workspace: those that its stories set off, and some that stay quiet. */
const RULES_OF: Readonly<Record<string, readonly string[]>> = {
  'acme-support': ['unknown-models', 'retries', 'fallbacks', 'prompt-version-cost', 'output-tokens'],
  'acme-agents': ['user-share', 'spend-anomaly', 'errors'],
  'acme-search': ['endpoint-share', 'errors'],
}

/**
 * Gives a demo workspace its rules, unless it has or had any: what somebody archived does not come back.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function seedRules(workspace: { id: number; slug: string }, now: Date): Promise<void> {
  const wanted = RULES_OF[workspace.slug] ?? []
  if (wanted.length === 0 || (await hasHadAlertRules(workspace.id))) return
  await inTransaction(async (tx) => {
    for (const { id, rule } of READY_MADE_RULES) {
      if (!wanted.includes(id)) continue
      const definition = ruleDefinition.parse(rule)
      const stored = await insertAlertRule(tx, workspace.id, { ...definition, enabledAt: now })
      await recordAudit(
        {
          actor: { kind: 'system', name: 'demo' },
          workspaceId: workspace.id,
          action: 'rule.created',
          target: { kind: 'rule', id: String(stored.id), name: definition.name },
          after: definition,
        },
        tx,
      )
    }
  })
}

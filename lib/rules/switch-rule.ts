import 'server-only'
import { type AlertRuleRow, findAlertRuleForUpdate, updateAlertRule } from '@/db/postgres/queries/alert-rules'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'

/**
 * Switches a rule on, from `now`, or off. What it has firing ends at the next look.
 * @throws AppError `not_found`, `forbidden`, `conflict` (archived workspace), `unavailable`.
 */
export async function switchRule(person: Person, slug: string, id: number, isOn: boolean, now: Date): Promise<void> {
  await change(person, slug, id, isOn ? 'rule.enabled' : 'rule.disabled', (rule) =>
    // Windows that were over while nobody looked are none of its business.
    (rule.enabledAt !== null) === isOn ? null : { enabledAt: isOn ? now : null, version: rule.version + 1 },
  )
}

/**
 * Archives a rule: it watches nothing any more and leaves the list; what it has fired stays.
 * @throws AppError `not_found`, `forbidden`, `conflict` (archived workspace), `unavailable`.
 */
export async function archiveRule(person: Person, slug: string, id: number, now: Date): Promise<void> {
  await change(person, slug, id, 'rule.archived', () => ({ archivedAt: now, enabledAt: null }))
}

async function change(
  person: Person,
  slug: string,
  id: number,
  action: string,
  decide: (rule: AlertRuleRow) => Parameters<typeof updateAlertRule>[2] | null,
): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  await inTransaction(async (tx) => {
    const rule = await findAlertRuleForUpdate(tx, workspace.id, id)
    if (!rule) throw new AppError('not_found', 'There is no such rule in this workspace.')
    const values = decide(rule)
    if (!values) return
    await updateAlertRule(tx, id, values)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action,
        target: { kind: 'rule', id: String(id), name: rule.name },
      },
      tx,
    )
  })
}

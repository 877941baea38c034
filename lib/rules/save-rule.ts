import 'server-only'
import { findAlertRuleForUpdate, insertAlertRule, updateAlertRule } from '@/db/postgres/queries/alert-rules'
import { findPathForUpdate } from '@/db/postgres/queries/escalation-paths'
import { findMemberRow } from '@/db/postgres/queries/people'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { changedFields } from '@/lib/audit/changed-fields'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { RuleDefinition } from '@/lib/rules/rule-schema'

/** Fields that do not change what is watched: who hears of it, and how it is called. */
const NAMING_FIELDS = ['name', 'severity', 'ownerId', 'escalationPathId']

/**
 * Creates a rule, switched on from `now`.
 * @returns its id
 * @throws AppError `not_found` (also for an owner who is no member and a path that was removed), `forbidden`, `conflict`,
 *   `unavailable`.
 */
export async function createRule(person: Person, slug: string, rule: RuleDefinition, now: Date): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  return inTransaction(async (tx) => {
    await requireOwner(tx, workspace.id, rule.ownerId)
    await requirePath(tx, workspace.id, rule.escalationPathId)
    const { id } = await insertAlertRule(tx, workspace.id, { ...rule, enabledAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'rule.created',
        target: { kind: 'rule', id: String(id), name: rule.name },
        after: rule,
      },
      tx,
    )
    return id
  })
}

/**
 * Changes what a rule watches and who hears of it. Alerts that have fired keep their path.
 * @returns whether anything differed from what was stored
 * @throws AppError as {@link createRule}.
 */
export async function changeRule(person: Person, slug: string, id: number, change: RuleDefinition): Promise<boolean> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  return inTransaction(async (tx) => {
    const stored = await findAlertRuleForUpdate(tx, workspace.id, id)
    if (!stored) throw new AppError('not_found', 'There is no such rule in this workspace.')
    const changed = changedFields(stored, change)
    if (!changed) return false
    if (change.ownerId !== stored.ownerId) await requireOwner(tx, workspace.id, change.ownerId)
    if (change.escalationPathId !== stored.escalationPathId) {
      await requirePath(tx, workspace.id, change.escalationPathId)
    }
    const isOther = Object.keys(changed.after).some((field) => !NAMING_FIELDS.includes(field))
    await updateAlertRule(tx, id, { ...change, ...(isOther ? { version: stored.version + 1 } : {}) })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'rule.changed',
        target: { kind: 'rule', id: String(id), name: change.name },
        ...changed,
      },
      tx,
    )
    return true
  })
}

async function requirePath(tx: Transaction, workspaceId: number, pathId: number | null): Promise<void> {
  if (pathId === null || (await findPathForUpdate(tx, workspaceId, pathId))) return
  throw new AppError('not_found', 'There is no such escalation path any more. Choose another one.')
}

async function requireOwner(tx: Transaction, workspaceId: number, ownerId: string | null): Promise<void> {
  if (ownerId === null) return
  const member = await findMemberRow(tx, workspaceId, ownerId)
  if (!member) throw new AppError('not_found', 'There is no such member in this workspace.')
  if (member.disabledAt === null) return
  throw new AppError('conflict', `The account of ${member.name} is disabled. Choose somebody who can sign in.`)
}

import 'server-only'
import { findMemberRow, lockWorkspace, type MemberRow } from '@/db/postgres/queries/people'
import { findWorkspaceForUpdate, updateWorkspace } from '@/db/postgres/queries/workspaces'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'

export type Owners = { budgetOwnerId: string | null; backupOwnerId: string | null }

/**
 * Appoints who answers for a workspace's budgets and who does when they are away: two different members with working
 * accounts. Null leaves the place empty; a backup needs somebody to stand in for.
 * @throws AppError `not_found` (also for somebody who is no member), `forbidden`, `conflict`, `unavailable`.
 */
export async function appointOwners(person: Person, slug: string, owners: Owners): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'appointOwners')
  if (owners.budgetOwnerId !== null && owners.budgetOwnerId === owners.backupOwnerId) {
    throw new AppError('conflict', 'The backup owner stands in for the budget owner: choose two different people.')
  }
  if (owners.budgetOwnerId === null && owners.backupOwnerId !== null) {
    throw new AppError('conflict', 'Choose a budget owner before a backup.')
  }
  await inTransaction(async (tx) => {
    await lockWorkspace(tx, workspace.id)
    const stored = await findWorkspaceForUpdate(tx, workspace.id)
    if (!stored) return
    if (stored.budgetOwnerId === owners.budgetOwnerId && stored.backupOwnerId === owners.backupOwnerId) return
    const [budgetOwner, backupOwner] = [
      await requireActiveMember(tx, workspace.id, owners.budgetOwnerId),
      await requireActiveMember(tx, workspace.id, owners.backupOwnerId),
    ]
    const before = {
      budgetOwner: await emailOf(tx, workspace.id, stored.budgetOwnerId),
      backupOwner: await emailOf(tx, workspace.id, stored.backupOwnerId),
    }
    await updateWorkspace(tx, workspace.id, owners)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'workspace.owners_changed',
        target: { kind: 'workspace', id: String(workspace.id), name: workspace.name },
        before,
        after: { budgetOwner: budgetOwner?.email ?? null, backupOwner: backupOwner?.email ?? null },
      },
      tx,
    )
  })
}

async function requireActiveMember(
  tx: Transaction,
  workspaceId: number,
  userId: string | null,
): Promise<MemberRow | null> {
  if (userId === null) return null
  const member = await findMemberRow(tx, workspaceId, userId)
  if (!member) throw new AppError('not_found', 'There is no such member in this workspace.')
  if (member.disabledAt !== null) {
    throw new AppError('conflict', `The account of ${member.name} is disabled. Choose somebody who can sign in.`)
  }
  return member
}

async function emailOf(tx: Transaction, workspaceId: number, userId: string | null): Promise<string | null> {
  return userId === null ? null : ((await findMemberRow(tx, workspaceId, userId))?.email ?? null)
}

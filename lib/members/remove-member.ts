import 'server-only'
import { findBudgetOwnedBy } from '@/db/postgres/queries/budgets'
import { deleteMembership } from '@/db/postgres/queries/people'
import { findWorkspaceForUpdate } from '@/db/postgres/queries/workspaces'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { keepAnOwner, requireMemberBelow } from '@/lib/members/change-role'

/**
 * Takes somebody's access to a workspace away; their account stays. Whoever answers for its budgets must be replaced
 * first, and the last owner stays.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function removeMember(person: Person, slug: string, userId: string): Promise<void> {
  const membership = await authorizeChange(person, slug, 'manageMembers')
  const { workspace } = membership
  await inTransaction(async (tx) => {
    const member = await requireMemberBelow(tx, membership, userId)
    const stored = await findWorkspaceForUpdate(tx, workspace.id)
    if (stored?.budgetOwnerId === userId || stored?.backupOwnerId === userId) {
      const duty = stored.budgetOwnerId === userId ? 'budget owner' : 'backup owner'
      throw new AppError('conflict', `${member.name} is the ${duty}. Appoint somebody else under Owners first.`)
    }
    const budget = await findBudgetOwnedBy(tx, workspace.id, userId)
    if (budget !== null) {
      throw new AppError('conflict', `${member.name} answers for the budget ${budget}. Give it to somebody else first.`)
    }
    if (member.role === 'owner') await keepAnOwner(tx, workspace.id, member)
    await deleteMembership(tx, workspace.id, userId)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'member.removed',
        target: { kind: 'user', id: userId, name: member.email },
        before: { role: member.role },
      },
      tx,
    )
  })
}

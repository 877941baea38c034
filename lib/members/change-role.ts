import 'server-only'
import { countOwners, findMemberRow, lockWorkspace, type MemberRow, updateRole } from '@/db/postgres/queries/people'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import type { Role } from '@/lib/auth/permissions'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import type { Membership } from '@/lib/auth/workspace-access'
import { AppError } from '@/lib/errors'
import { outranks } from '@/lib/members/outranks'

/**
 * Gives a member another role. Nobody gives more than they have or touches somebody above them; the last owner stays one.
 * @throws AppError `not_found` (also for somebody who is no member), `forbidden`, `conflict` (last owner, archived),
 *   `unavailable`.
 */
export async function changeRole(person: Person, slug: string, userId: string, role: Role): Promise<void> {
  const membership = await authorizeChange(person, slug, 'manageMembers')
  refuseRoleAbove(membership.role, role)
  const { workspace } = membership
  await inTransaction(async (tx) => {
    const member = await requireMemberBelow(tx, membership, userId)
    if (member.role === role) return
    if (member.role === 'owner') await keepAnOwner(tx, workspace.id, member)
    await updateRole(tx, workspace.id, userId, role)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'member.role_changed',
        target: { kind: 'user', id: userId, name: member.email },
        before: { role: member.role },
        after: { role },
      },
      tx,
    )
  })
}

/** @throws AppError `forbidden` when `role` may do more than `own`. */
export function refuseRoleAbove(own: Role, role: Role): void {
  if (outranks(role, own)) throw new AppError('forbidden', `You are ${own} here and cannot make anybody ${role}.`)
}

/**
 * A member that somebody may change, with the workspace's members locked for the transaction.
 * @throws AppError `not_found`, `forbidden` when the member has more rights than who asks.
 */
export async function requireMemberBelow(
  tx: Transaction,
  { role, workspace }: Pick<Membership, 'role' | 'workspace'>,
  userId: string,
): Promise<MemberRow> {
  await lockWorkspace(tx, workspace.id)
  const member = await findMemberRow(tx, workspace.id, userId)
  if (!member) throw new AppError('not_found', 'There is no such member in this workspace.')
  if (outranks(member.role, role)) {
    throw new AppError('forbidden', `${member.name} is ${member.role} here; you are ${role} and cannot change that.`)
  }
  return member
}

/** @throws AppError `conflict` when nobody else with a working account owns the workspace. */
export async function keepAnOwner(tx: Transaction, workspaceId: number, leaving: MemberRow): Promise<void> {
  const others = (await countOwners(tx, workspaceId)) - (leaving.disabledAt === null ? 1 : 0)
  if (others > 0) return
  throw new AppError('conflict', `${leaving.name} is the last owner of this workspace. Make somebody else owner first.`)
}

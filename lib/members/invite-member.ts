import 'server-only'
import {
  endInvitation,
  findInvitation,
  type InvitationRow,
  listInvitationRows,
} from '@/db/postgres/queries/invitations'
import { listMemberRows } from '@/db/postgres/queries/people'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { createInvitation, type HandedLink } from '@/lib/auth/one-time-links'
import type { Role } from '@/lib/auth/permissions'
import { actorOf, authorizeChange, authorizeMember, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { refuseRoleAbove } from '@/lib/members/change-role'
import { outranks } from '@/lib/members/outranks'

export type Invitation = InvitationRow

/**
 * Makes a link that gives whoever has this e-mail address a role in the workspace. Nobody gives more than they have.
 * @throws AppError `not_found`, `forbidden`, `conflict` (already a member, archived), `invalid_body`, `unavailable`.
 */
export async function inviteMember(
  person: Person,
  slug: string,
  { email, role }: { email: string; role: Role },
): Promise<HandedLink> {
  const membership = await authorizeChange(person, slug, 'manageMembers')
  refuseRoleAbove(membership.role, role)
  const members = await listMemberRows(membership.workspace.id)
  if (members.some((member) => member.email === email.trim().toLowerCase())) {
    throw new AppError('conflict', 'This person is a member already. Change their role in the list of members.')
  }
  return createInvitation(actorOf(person), { email, workspaceId: membership.workspace.id, role })
}

/**
 * The invitations that can still be accepted, oldest first.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function listInvitations(person: Person, slug: string): Promise<Invitation[]> {
  const { workspace } = await authorizeMember(person, slug, 'manageMembers')
  return listInvitationRows(workspace.id)
}

/**
 * Ends an invitation before it is accepted.
 * @throws AppError `not_found` (also when it was accepted meanwhile), `forbidden`, `conflict`, `unavailable`.
 */
export async function revokeInvitation(person: Person, slug: string, id: number): Promise<void> {
  const { role, workspace } = await authorizeChange(person, slug, 'manageMembers')
  const gone = () => new AppError('not_found', 'This invitation is not open any more.')
  await inTransaction(async (tx) => {
    const invitation = await findInvitation(tx, workspace.id, id)
    if (!invitation) throw gone()
    if (outranks(invitation.role, role)) throw new AppError('forbidden', `You are ${role} here and cannot end this.`)
    if (!(await endInvitation(tx, workspace.id, id))) throw gone()
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'invitation.revoked',
        target: { kind: 'invitation', id: String(id), name: invitation.email },
        before: { role: invitation.role },
      },
      tx,
    )
  })
}

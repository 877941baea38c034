import 'server-only'
import { isOrganizationAdmin } from '@/db/postgres/queries/people'
import type { Actor } from '@/lib/audit/record-audit'
import { mayDo, type Permission } from '@/lib/auth/permissions'
import { findWorkspaceAccess, type Membership } from '@/lib/auth/workspace-access'
import { AppError } from '@/lib/errors'

/** Who asks, as the session says: never what a form or an address says. */
export type Person = { id: string; name: string; email: string; address: string | null }

/** The person as the audit log names them. */
export function actorOf(person: Person): Actor {
  return { kind: 'user', id: person.id, name: person.email, address: person.address }
}

/**
 * The gate of everything that is read of a workspace beyond its numbers.
 * @throws AppError `not_found` for an unknown and a foreign workspace alike, `forbidden` when the role does not do,
 *   `unavailable` when Postgres does not answer.
 */
export async function authorizeMember(person: Person, slug: string, permission: Permission): Promise<Membership> {
  const membership = await findWorkspaceAccess(person.id, slug)
  if (!membership) throw new AppError('not_found', 'There is no such workspace among yours.')
  if (!mayDo(membership.role, permission)) {
    throw new AppError(
      'forbidden',
      `Your role in ${membership.workspace.name} (${membership.role}) does not allow this.`,
    )
  }
  return membership
}

/**
 * The gate of everything that is changed in a workspace. An archived one changes in no way but by being restored.
 * @throws AppError as {@link authorizeMember}; `conflict` when the workspace is archived.
 */
export async function authorizeChange(person: Person, slug: string, permission: Permission): Promise<Membership> {
  const membership = await authorizeMember(person, slug, permission)
  if (membership.workspace.archivedAt !== null) {
    throw new AppError(
      'conflict',
      `${membership.workspace.name} is archived. Restore it before changing anything in it.`,
    )
  }
  return membership
}

/**
 * The gate of what belongs to the organisation: its workspaces and people.
 * @throws AppError `forbidden` when the person is no organisation admin, `unavailable` when Postgres does not answer.
 */
export async function authorizeOrganization(person: Person): Promise<void> {
  if (await isOrganizationAdmin(person.id)) return
  throw new AppError('forbidden', 'Only an organisation admin may do this. Ask one of them.')
}

import 'server-only'
import { findRolesOf, isOrganizationAdmin, listMemberRows } from '@/db/postgres/queries/people'
import { createPasswordResetLink, type HandedLink } from '@/lib/auth/one-time-links'
import { actorOf, authorizeChange, authorizeOrganization, type Person } from '@/lib/auth/person'
import { findWorkspaceAccess } from '@/lib/auth/workspace-access'
import { AppError } from '@/lib/errors'

/**
 * Makes a link with which a member sets a new password. Whoever has the link has the account, so an owner may do this
 * only for somebody who may do nothing that the owner may not: no organisation admin, and no member elsewhere than where
 * the owner is one too.
 * @throws AppError `not_found`, `forbidden`, `conflict` (archived), `unavailable`.
 */
export async function resetMemberPassword(person: Person, slug: string, userId: string): Promise<HandedLink> {
  const { workspace, isOrganizationAdmin: mayAll } = await authorizeChange(person, slug, 'resetPasswords')
  const member = (await listMemberRows(workspace.id)).find(({ id }) => id === userId)
  if (!member) throw new AppError('not_found', 'There is no such member in this workspace.')
  if (!mayAll && !(await coversAccount(person, userId))) {
    throw new AppError(
      'forbidden',
      `${member.name} also has rights outside of your workspaces. Ask an organisation admin for the link.`,
    )
  }
  return createPasswordResetLink(actorOf(person), userId)
}

/**
 * Makes a link with which any account sets a new password; for organisation admins.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function resetAccountPassword(person: Person, userId: string): Promise<HandedLink> {
  await authorizeOrganization(person)
  return createPasswordResetLink(actorOf(person), userId)
}

async function coversAccount(person: Person, userId: string): Promise<boolean> {
  if (await isOrganizationAdmin(userId)) return false
  const slugs = [...(await findRolesOf(userId)).keys()]
  const own = await Promise.all(slugs.map((slug) => findWorkspaceAccess(person.id, slug)))
  return own.every((access) => access?.role === 'owner')
}

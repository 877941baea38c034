import 'server-only'
import { headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { mayDo, type Permission } from '@/lib/auth/permissions'
import { authorizeMember, type Person } from '@/lib/auth/person'
import { requestAddress } from '@/lib/auth/request-address'
import { authorizeSession, requireSession, requireWorkspace, type SessionUser } from '@/lib/auth/session'
import type { Membership } from '@/lib/auth/workspace-access'

async function toPerson(user: SessionUser): Promise<Person> {
  return { id: user.id, name: user.name, email: user.email, address: requestAddress(await headers()) }
}

/**
 * For pages and server actions: who is signed in, else a redirect to the sign-in page.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function requirePerson(returnTo = '/'): Promise<Person> {
  return toPerson((await requireSession(returnTo)).user)
}

/**
 * For pages of a workspace that need a right. A foreign workspace and one's own without the right look the same: a 404.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function requirePermission(
  slug: string,
  permission: Permission,
  returnTo?: string,
): Promise<Membership & { person: Person }> {
  const { user, ...membership } = await requireWorkspace(slug, returnTo)
  if (!mayDo(membership.role, permission)) notFound()
  return { ...membership, person: await toPerson(user) }
}

/**
 * For pages of the organisation: an organisation admin, else a 404.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function requireOrganizationAdmin(returnTo: string): Promise<Person> {
  const { user } = await requireSession(returnTo)
  if (!user.isOrganizationAdmin) notFound()
  return toPerson(user)
}

/**
 * For route handlers: who is signed in.
 * @throws AppError `unauthenticated`, `unavailable`.
 */
export async function authorizePerson(): Promise<Person> {
  return toPerson((await authorizeSession()).user)
}

/**
 * For route handlers of a workspace that need a right.
 * @throws AppError `unauthenticated`, `not_found`, `forbidden`, `unavailable`.
 */
export async function authorizePermission(
  slug: string,
  permission: Permission,
): Promise<Membership & { person: Person }> {
  const person = await authorizePerson()
  return { ...(await authorizeMember(person, slug, permission)), person }
}

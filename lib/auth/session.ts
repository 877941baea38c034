import 'server-only'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { z } from 'zod'
import { findActiveUser, type UserRow } from '@/db/postgres/queries/users'
import { auth } from '@/lib/auth/auth'
import { findWorkspaceAccess, type Membership } from '@/lib/auth/workspace-access'
import { AppError } from '@/lib/errors'

export { listWorkspaces, type Membership, type Role, type SessionWorkspace } from '@/lib/auth/workspace-access'

/**
 * The gate of everything that belongs to a signed-in person. The token says who asks; whether the account is active and
 * what it may see is read from Postgres on every request, so it holds at once and without the proxy.
 */

/** The signed-in person. */
export type SessionUser = UserRow

/** A member in a workspace: what every page and handler of a workspace starts from. */
export type WorkspaceAccess = Membership & { user: SessionUser }

/** The signed-in person, or null. Asked once per request. */
export const currentUser = cache(async (): Promise<SessionUser | null> => {
  const session = await auth()
  const id = z.uuid().safeParse(session?.user?.id)
  return id.success ? findActiveUser(id.data) : null
})

/**
 * For pages: the signed-in person, else a redirect to the sign-in page that comes back to `returnTo`.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function requireSession(returnTo = '/'): Promise<{ user: SessionUser }> {
  const user = await currentUser()
  if (!user) redirect(signInPath(returnTo))
  return { user }
}

/**
 * For pages of a workspace: the member, their role and the workspace. Somebody signed out is sent to the sign-in page; an
 * unknown or foreign workspace is a 404.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function requireWorkspace(
  slug: string,
  returnTo = `/w/${encodeURIComponent(slug)}/overview`,
): Promise<WorkspaceAccess> {
  const { user } = await requireSession(returnTo)
  const membership = await findWorkspaceAccess(user.id, slug)
  if (!membership) notFound()
  return { user, ...membership }
}

/**
 * For route handlers: the signed-in person.
 * @throws AppError `unauthenticated` when nobody is signed in, `unavailable` when Postgres does not answer.
 */
export async function authorizeSession(): Promise<{ user: SessionUser }> {
  const user = await currentUser()
  if (!user) throw new AppError('unauthenticated', 'Sign in first.')
  return { user }
}

/**
 * For route handlers of a workspace: the member, their role and the workspace.
 * @throws AppError `unauthenticated`, `not_found` (unknown and foreign alike), `unavailable` when Postgres does not answer.
 */
export async function authorizeWorkspaceRequest(slug: string): Promise<WorkspaceAccess> {
  const { user } = await authorizeSession()
  const membership = await findWorkspaceAccess(user.id, slug)
  if (!membership) throw new AppError('not_found', 'There is no such workspace among yours.')
  return { user, ...membership }
}

/** The sign-in page, coming back to `returnTo`. */
function signInPath(returnTo: string): string {
  return returnTo === '/' ? '/sign-in' : `/sign-in?callbackUrl=${encodeURIComponent(returnTo)}`
}

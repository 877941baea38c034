import 'server-only'
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { getToken } from 'next-auth/jwt'
import { cache } from 'react'
import { findLiveSession, type LiveSessionRow } from '@/db/postgres/queries/sessions'
import { parseSessionToken } from '@/lib/auth/auth'
import { authCookies } from '@/lib/auth/session-cookie'
import { findWorkspaceAccess, type Membership } from '@/lib/auth/workspace-access'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'

export { listWorkspaces, type Membership } from '@/lib/auth/workspace-access'

/**
 * The gate of everything that belongs to a signed-in person. The cookie names a session; whether it holds, the account is
 * active and what it may see is read from Postgres on every request, so it holds at once and without the proxy.
 */

/** The signed-in person, and the session that they are in. */
export type SessionUser = LiveSessionRow

/** A member in a workspace: what every page and handler of a workspace starts from. */
export type WorkspaceAccess = Membership & { user: SessionUser }

/** The signed-in person, or null: one question to Postgres per request. */
export const currentUser = cache(async (): Promise<SessionUser | null> => {
  const env = readEnv()
  const cookies = authCookies(env.FARTHING_PUBLIC_URL)
  const decoded = await getToken({
    req: { headers: await headers() },
    secret: env.AUTH_SECRET,
    cookieName: cookies.session,
    secureCookie: cookies.secure,
  })
  const token = parseSessionToken(decoded)
  const live = token && (await findLiveSession(token.sid))
  return live && live.id === token.sub ? live : null
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

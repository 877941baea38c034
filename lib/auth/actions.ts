'use server'

import { redirect } from 'next/navigation'
import { signOut } from '@/lib/auth/auth'
import { readRequestOrigin } from '@/lib/auth/request-origin'
import { currentUser } from '@/lib/auth/session'
import { endSession } from '@/lib/auth/user-sessions'

/** Ends the session of this browser, so that no copy of its cookie works, and goes to the sign-in page. */
export async function signOutAction(): Promise<void> {
  // Ended before the cookie goes: next-auth would forget the cookie and only log that the session could not be ended.
  const user = await currentUser()
  if (user) await endSession(user, user.sessionId, (await readRequestOrigin()).address)
  await signOut({ redirect: false, redirectTo: '/sign-in' })
  redirect('/sign-in')
}

'use server'

import { redirect } from 'next/navigation'
import { signOut } from '@/lib/auth/auth'

/** Ends the session of this browser and goes to the sign-in page. */
export async function signOutAction(): Promise<void> {
  await signOut({ redirect: false, redirectTo: '/sign-in' })
  redirect('/sign-in')
}

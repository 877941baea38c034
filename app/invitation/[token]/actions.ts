'use server'

import { redirect } from 'next/navigation'
import { signIn } from '@/lib/auth/auth'
import { acceptInvitationAs, acceptInvitationAsNewUser } from '@/lib/auth/one-time-links'
import { newPasswordSchema, personNameSchema } from '@/lib/auth/password-rule'
import { readRequestOrigin } from '@/lib/auth/request-origin'
import { authorizeSession } from '@/lib/auth/session'
import { AppError } from '@/lib/errors'

export type InvitationState = { error: string | null; name: string }

/** Makes the account of somebody new, with the role of the invitation, and signs them in. */
export async function joinAction(token: string, _previous: InvitationState, form: FormData): Promise<InvitationState> {
  const typed = String(form.get('name') ?? '')
  const name = personNameSchema.safeParse(typed)
  const password = newPasswordSchema.safeParse(form.get('newPassword'))
  if (!name.success || !password.success) {
    const issue = (name.error ?? password.error)?.issues[0]
    return { error: issue?.message ?? 'Enter your name and a password.', name: typed }
  }
  let email: string
  try {
    const values = { name: name.data, password: password.data }
    email = (await acceptInvitationAsNewUser(token, values, (await readRequestOrigin()).address)).email
  } catch (error) {
    if (error instanceof AppError) return { error: error.message, name: typed }
    throw error
  }
  await signIn('credentials', { email, password: password.data, redirect: false, redirectTo: '/' })
  redirect('/')
}

/** Takes the role of the invitation as the signed-in person. */
export async function acceptAction(token: string, _previous: InvitationState): Promise<InvitationState> {
  try {
    const { user } = await authorizeSession()
    await acceptInvitationAs(token, user, (await readRequestOrigin()).address)
  } catch (error) {
    if (error instanceof AppError) return { error: error.message, name: '' }
    throw error
  }
  redirect('/')
}

'use server'

import { redirect } from 'next/navigation'
import { resetPassword } from '@/lib/auth/one-time-links'
import { newPasswordSchema } from '@/lib/auth/password-rule'
import { readRequestOrigin } from '@/lib/auth/request-origin'
import { AppError } from '@/lib/errors'

export type ResetState = { error: string | null }

/** Sets the password that was chosen and goes to the sign-in page. */
export async function resetPasswordAction(token: string, _previous: ResetState, form: FormData): Promise<ResetState> {
  const password = newPasswordSchema.safeParse(form.get('newPassword'))
  if (!password.success) return { error: password.error.issues[0]?.message ?? 'Choose another password.' }
  try {
    await resetPassword(token, password.data, (await readRequestOrigin()).address)
  } catch (error) {
    if (error instanceof AppError) return { error: error.message }
    throw error
  }
  redirect('/sign-in?reset')
}

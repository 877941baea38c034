'use server'

import { redirect } from 'next/navigation'
import { AuthError } from 'next-auth'
import { SignInRateLimited, signIn } from '@/lib/auth/auth'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { AppError } from '@/lib/errors'

export type SignInState = { error: string | null; email: string }

/** Signs in and goes on to the page that was asked for, or says what is wrong beside what was typed (never the password). */
export async function signInAction(_previous: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '')
    .trim()
    .slice(0, 320)
  const password = form.get('password')
  const target = safeCallbackPath(form.get('callbackUrl'))
  if (!email || typeof password !== 'string' || !password)
    return { error: 'Enter your email and your password.', email }
  try {
    await signIn('credentials', { email, password, redirect: false, redirectTo: target })
  } catch (error) {
    if (error instanceof AuthError) return { error: explainFailure(error), email }
    throw error
  }
  redirect(target)
}

function explainFailure(error: AuthError): string {
  if (error instanceof SignInRateLimited) {
    const minutes = Math.ceil(error.retryAfterSeconds / 60)
    return `Too many failed attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`
  }
  if (error.type === 'CredentialsSignin') return 'Email or password is wrong.'
  const cause = error.cause?.err
  return cause instanceof AppError ? cause.message : 'Signing in failed on our side. Try again in a moment.'
}

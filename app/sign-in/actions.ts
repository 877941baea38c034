'use server'

import { redirect } from 'next/navigation'
import { AuthError } from 'next-auth'
import { SecondFactorNeeded, SignInRateLimited, signIn } from '@/lib/auth/auth'
import { OIDC_PROVIDER } from '@/lib/auth/oidc'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { AppError } from '@/lib/errors'

export type SignInState = {
  error: string | null
  email: string
  /** Set when the password was right and a code is needed: it stands for the password in the second step. */
  challenge: string | null
}

/** Signs in and goes on to the page that was asked for, or says what is wrong beside what was typed (never the password). */
export async function signInAction(_previous: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '')
    .trim()
    .slice(0, 320)
  const target = safeCallbackPath(form.get('callbackUrl'))
  const challenge = form.get('challenge')
  const isSecondStep = typeof challenge === 'string' && challenge !== ''
  const proof = isSecondStep ? { challenge, code: form.get('code') } : { email, password: form.get('password') }
  const state = { email, challenge: isSecondStep ? challenge : null }
  if (Object.values(proof).some((value) => typeof value !== 'string' || value === '')) {
    return { ...state, error: isSecondStep ? 'Enter the code.' : 'Enter your email and your password.' }
  }
  try {
    await signIn('credentials', { ...proof, redirect: false, redirectTo: target })
  } catch (error) {
    if (error instanceof SecondFactorNeeded) return { error: null, email, challenge: error.challenge }
    if (error instanceof AuthError) return { ...state, error: explainFailure(error, isSecondStep) }
    throw error
  }
  redirect(target)
}

/** Goes to the single sign-on provider, which comes back to the page that was asked for. */
export async function singleSignOnAction(form: FormData): Promise<void> {
  await signIn(OIDC_PROVIDER, { redirectTo: safeCallbackPath(form.get('callbackUrl')) })
}

function explainFailure(error: AuthError, isSecondStep: boolean): string {
  if (error instanceof SignInRateLimited) {
    const minutes = Math.ceil(error.retryAfterSeconds / 60)
    return `Too many failed attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`
  }
  if (error.type === 'CredentialsSignin') {
    if (!isSecondStep) return 'Email or password is wrong.'
    return 'This code is wrong, was used before, or the sign-in took too long. Try the next code, or start again.'
  }
  const cause = error.cause?.err
  return cause instanceof AppError ? cause.message : 'Signing in failed on our side. Try again in a moment.'
}

'use server'

import { revalidatePath } from 'next/cache'
import { changePassword } from '@/lib/auth/change-password'
import { newPasswordSchema } from '@/lib/auth/password-rule'
import { readRequestOrigin } from '@/lib/auth/request-origin'
import {
  beginSecondFactor,
  confirmSecondFactor,
  renewRecoveryCodes,
  turnOffSecondFactor,
} from '@/lib/auth/second-factor'
import { authorizeSession, type SessionUser } from '@/lib/auth/session'
import { endOtherSessions, endSession } from '@/lib/auth/user-sessions'
import { requirePassword } from '@/lib/auth/verify-credentials'
import { AppError } from '@/lib/errors'

export type SecurityState = {
  error: string | null
  done: string | null
  /** Recovery codes, shown once. */
  codes: string[] | null
}

const PAGE = '/account/security'

type Outcome = { done?: string; codes?: string[] }

/** Runs a change as the signed-in person; a named failure becomes what the form says. */
async function asPerson(change: (user: SessionUser, address: string) => Promise<Outcome>): Promise<SecurityState> {
  try {
    const { user } = await authorizeSession()
    const { done = null, codes = null } = await change(user, (await readRequestOrigin()).address)
    revalidatePath(PAGE)
    return { error: null, done, codes }
  } catch (error) {
    if (error instanceof AppError) return { error: error.message, done: null, codes: null }
    throw error
  }
}

const read = (form: FormData, name: string) => String(form.get(name) ?? '').slice(0, 1_024)

/** Changes the password and signs out everywhere else. */
export async function changePasswordAction(_previous: SecurityState, form: FormData): Promise<SecurityState> {
  return asPerson(async (user, address) => {
    const next = newPasswordSchema.safeParse(form.get('newPassword'))
    if (!next.success) throw new AppError('invalid_body', next.error.issues[0]?.message ?? 'Choose another password.')
    await changePassword(user, { present: read(form, 'password'), next: next.data }, address)
    return { done: 'Your password is changed, and you are signed out everywhere else.' }
  })
}

/** Begins an enrolment of the second factor. */
export async function beginSecondFactorAction(_previous: SecurityState): Promise<SecurityState> {
  return asPerson(async (user) => {
    await beginSecondFactor(user)
    return {}
  })
}

/** Turns the second factor on and shows the recovery codes. */
export async function confirmSecondFactorAction(_previous: SecurityState, form: FormData): Promise<SecurityState> {
  return asPerson(async (user, address) => ({
    codes: await confirmSecondFactor(user, read(form, 'code'), address, Date.now()),
  }))
}

/** With the password: new recovery codes, or the second factor off. */
export async function changeSecondFactorAction(_previous: SecurityState, form: FormData): Promise<SecurityState> {
  return asPerson(async (user, address) => {
    await requirePassword(user.id, read(form, 'password'), address)
    if (form.get('change') === 'renew') return { codes: await renewRecoveryCodes(user, address) }
    await turnOffSecondFactor(user, address)
    return { done: 'The second factor is off.' }
  })
}

/** Signs out one of the person's sessions, or all but the one under way. */
export async function endSessionAction(_previous: SecurityState, form: FormData): Promise<SecurityState> {
  return asPerson(async (user, address) => {
    const sessionId = form.get('sessionId')
    if (typeof sessionId === 'string' && sessionId) await endSession(user, sessionId, address)
    else await endOtherSessions(user, user.sessionId, address)
    return { done: 'Signed out there.' }
  })
}

import 'server-only'
import { z } from 'zod'
import { takeRecoveryCode } from '@/db/postgres/queries/recovery-codes'
import { type CredentialsRow, findCredentials, findUserByEmail, takeTotpStep } from '@/db/postgres/queries/users'
import { recordAudit } from '@/lib/audit/record-audit'
import { verifyPassword } from '@/lib/auth/password'
import { hashRecoveryCode } from '@/lib/auth/recovery-code'
import { takeSignInAttempt } from '@/lib/auth/sign-in-limit'
import { findTotpStep } from '@/lib/auth/totp'
import { AppError } from '@/lib/errors'
import { SealError, seal, unseal } from '@/lib/secrets/seal'

/** How somebody proved who they are. */
export type SignInMethod = 'password' | 'password+totp' | 'password+recovery' | 'oidc'

/** Somebody who proved who they are. */
export type SignedInPerson = { id: string; email: string; name: string }

export type SignInResult =
  | { ok: true; user: SignedInPerson; method: SignInMethod }
  | { ok: false; reason: 'invalid' }
  | { ok: false; reason: 'rate_limited'; retryAfterSeconds: number }
  /** The password is right and a code is needed too: `challenge` stands for the password in the second step. */
  | { ok: false; reason: 'second_factor'; challenge: string }

/** No address holds a NUL character, and Postgres refuses to look for one. */
const isWithoutNul = (text: string) => !text.includes('\u0000')

const credentials = z.object({
  email: z.string().trim().toLowerCase().min(1).max(320).refine(isWithoutNul),
  password: z.string().min(1).max(1_024),
})

const codeSchema = z.object({ challenge: z.string().min(1).max(2_000), code: z.string().trim().min(1).max(64) })

const CHALLENGE_PURPOSE = 'second step of a sign-in'
const CHALLENGE_MS = 10 * 60_000
const challengeSchema = z.object({ userId: z.uuid(), expiresAtMs: z.number() })

/** What the sealed secret of an account's second factor is sealed for. */
export function totpPurpose(userId: string): string {
  return `second factor of ${userId}`
}

/**
 * Checks an e-mail address and a password. Unknown, disabled and password-less accounts are told apart from a wrong
 * password neither by the answer nor by the time it takes. Ten failures per account or per address are allowed in 15
 * minutes.
 * @param input.address whom the attempt comes from, as {@link clientAddress} tells
 * @throws AppError `unavailable` when Postgres does not answer; SealError when a second factor is on and no key is set.
 */
export async function verifyCredentials(
  input: { email: unknown; password: unknown; address: string },
  nowMs: number,
): Promise<SignInResult> {
  const parsed = credentials.safeParse(input)
  if (!parsed.success) return { ok: false, reason: 'invalid' }
  const { email, password } = parsed.data
  const taken = await takeSignInAttempt({ account: email, address: input.address })
  if (!taken.ok) return { ok: false, reason: 'rate_limited', retryAfterSeconds: taken.retryAfterSeconds }
  const { attempt } = taken
  try {
    const found = await findUserByEmail(email)
    const matches = await verifyPassword(found && !found.disabledAt ? found.passwordHash : null, password)
    if (!found || !matches) {
      await noteRefusal(found, input.address, 'password')
      return { ok: false, reason: 'invalid' }
    }
    if (found.totpEnabledAt) {
      const challenge = sealChallenge(found.id, nowMs)
      // The account's earlier failures stay counted: whoever knows the password must not get endless tries at the code.
      await attempt.giveBack()
      return { ok: false, reason: 'second_factor', challenge }
    }
    await attempt.succeed()
    return { ok: true, user: personOf(found), method: 'password' }
  } catch (error) {
    await giveBackQuietly(attempt)
    throw error
  }
}

/**
 * Checks the code of the second step: one of the authenticator app, or a recovery code. Each works once.
 * @throws AppError `unavailable` when Postgres does not answer; SealError when the secret cannot be opened.
 */
export async function verifySecondFactor(
  input: { challenge: unknown; code: unknown; address: string },
  nowMs: number,
): Promise<SignInResult> {
  const parsed = codeSchema.safeParse(input)
  const userId = parsed.success ? openChallenge(parsed.data.challenge, nowMs) : null
  if (!parsed.success || userId === null) return { ok: false, reason: 'invalid' }
  const found = await findCredentials(userId)
  if (!found || found.disabledAt || !found.totpEnabledAt) return { ok: false, reason: 'invalid' }
  const taken = await takeSignInAttempt({ account: found.email, address: input.address })
  if (!taken.ok) return { ok: false, reason: 'rate_limited', retryAfterSeconds: taken.retryAfterSeconds }
  try {
    const method = await takeCode(found, parsed.data.code, nowMs)
    if (!method) {
      await noteRefusal(found, input.address, 'code')
      return { ok: false, reason: 'invalid' }
    }
    await taken.attempt.succeed()
    return { ok: true, user: personOf(found), method }
  } catch (error) {
    await giveBackQuietly(taken.attempt)
    throw error
  }
}

/**
 * Checks the password of somebody who is signed in, for what a stolen session must not do. Counts like a sign-in.
 * @throws AppError `forbidden` for a wrong password, `too_many_requests`, `unavailable` when Postgres does not answer.
 */
export async function requirePassword(userId: string, password: string, address: string): Promise<CredentialsRow> {
  const found = await findCredentials(userId)
  if (!found) throw new AppError('unauthenticated', 'Sign in first.')
  const taken = await takeSignInAttempt({ account: found.email, address })
  if (!taken.ok) {
    const minutes = Math.ceil(taken.retryAfterSeconds / 60)
    throw new AppError('too_many_requests', `Too many failed attempts. Try again in ${minutes} min.`, {
      retryAfterSeconds: taken.retryAfterSeconds,
    })
  }
  if (!(await verifyPassword(found.passwordHash, password))) {
    throw new AppError('forbidden', 'This is not your present password.')
  }
  await taken.attempt.succeed()
  return found
}

async function takeCode(user: CredentialsRow, code: string, nowMs: number): Promise<SignInMethod | null> {
  if (user.totpSecret !== null) {
    const step = findTotpStep(unseal(user.totpSecret, totpPurpose(user.id)), code.replace(/\s/g, ''), nowMs)
    if (step !== null) return (await takeTotpStep(user.id, step)) ? 'password+totp' : null
  }
  const codeHash = hashRecoveryCode(code)
  return codeHash !== null && (await takeRecoveryCode(user.id, codeHash)) ? 'password+recovery' : null
}

function sealChallenge(userId: string, nowMs: number): string {
  return seal(JSON.stringify({ userId, expiresAtMs: nowMs + CHALLENGE_MS }), CHALLENGE_PURPOSE)
}

function openChallenge(challenge: string, nowMs: number): string | null {
  try {
    const { userId, expiresAtMs } = challengeSchema.parse(JSON.parse(unseal(challenge, CHALLENGE_PURPOSE)))
    return nowMs < expiresAtMs ? userId : null
  } catch (error) {
    if (error instanceof SealError && error.reason === 'no_key') throw error
    return null
  }
}

/** The failure that is under way says more than one of giving the attempt back. */
async function giveBackQuietly(attempt: { giveBack(): Promise<void> }): Promise<void> {
  await attempt.giveBack().catch(() => {})
}

async function noteRefusal(user: CredentialsRow | null, address: string, what: 'password' | 'code'): Promise<void> {
  await recordAudit({
    actor: { kind: 'system', name: 'Sign-in' },
    workspaceId: null,
    action: 'session.refused',
    // What was typed for a name is not kept: it may be a password in the wrong field.
    target: user ? { kind: 'user', id: user.id, name: user.email } : { kind: 'user', name: 'unknown account' },
    after: { address, wrong: what, ...(user?.disabledAt ? { disabled: true } : {}) },
  })
}

function personOf({ id, email, name }: CredentialsRow): SignedInPerson {
  return { id, email, name }
}

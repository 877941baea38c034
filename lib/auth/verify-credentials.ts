import 'server-only'
import { z } from 'zod'
import { findUserForSignIn, type UserRow } from '@/db/postgres/queries/users'
import { AttemptWindow } from '@/lib/auth/attempt-window'
import { verifyPassword } from '@/lib/auth/password'

/** Failed sign-ins allowed per account and per address within {@link SIGN_IN_WINDOW_MS}. */
export const SIGN_IN_LIMIT = 10
export const SIGN_IN_WINDOW_MS = 15 * 60_000

export type SignInResult =
  | { ok: true; user: UserRow }
  | { ok: false; reason: 'invalid' }
  | { ok: false; reason: 'rate_limited'; retryAfterSeconds: number }

const credentials = z.object({
  email: z.string().trim().toLowerCase().min(1).max(320),
  password: z.string().min(1).max(1_024),
})

declare global {
  var farthingSignInWindow: AttemptWindow | undefined
}

/** One window per process: the sign-in page and the auth route are bundled apart and would count apart. */
function processWindow(): AttemptWindow {
  globalThis.farthingSignInWindow ??= new AttemptWindow({
    limit: SIGN_IN_LIMIT,
    windowMs: SIGN_IN_WINDOW_MS,
    maxKeys: 20_000,
  })
  return globalThis.farthingSignInWindow
}

/**
 * Checks an e-mail address and a password. Unknown, disabled and password-less accounts are told apart from a wrong
 * password neither by the answer nor by the time it takes. An attempt is counted before it is checked, so that parallel
 * guesses count too; a success clears the account's count.
 * @param address whom the attempt comes from, as {@link clientAddress} tells
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function verifyCredentials(
  input: { email: unknown; password: unknown; address: string },
  nowMs: number,
  window: AttemptWindow = processWindow(),
): Promise<SignInResult> {
  const parsed = credentials.safeParse(input)
  if (!parsed.success) return { ok: false, reason: 'invalid' }
  const { email, password } = parsed.data
  const accountKey = `account ${email}`
  const addressKey = `address ${input.address}`
  const waitMs = window.take([accountKey, addressKey], nowMs)
  if (waitMs > 0) return { ok: false, reason: 'rate_limited', retryAfterSeconds: Math.ceil(waitMs / 1_000) }
  try {
    const found = await findUserForSignIn(email)
    const matches = await verifyPassword(found?.passwordHash ?? null, password)
    if (!found || !matches) return { ok: false, reason: 'invalid' }
    window.clear(accountKey)
    window.giveBack(addressKey)
    return { ok: true, user: { id: found.id, email: found.email, name: found.name } }
  } catch (error) {
    window.giveBack(accountKey)
    window.giveBack(addressKey)
    throw error
  }
}

import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { countRecoveryCodes, replaceRecoveryCodes } from '@/db/postgres/queries/recovery-codes'
import { disableTotp, enableTotp, findCredentials, updatePendingTotp } from '@/db/postgres/queries/users'
import { recordAudit } from '@/lib/audit/record-audit'
import { hashRecoveryCode, newRecoveryCodes } from '@/lib/auth/recovery-code'
import { findTotpStep, newTotpSecret, totpUri } from '@/lib/auth/totp'
import { actorOf } from '@/lib/auth/user-sessions'
import { totpPurpose } from '@/lib/auth/verify-credentials'
import { AppError } from '@/lib/errors'
import { SealError, seal, unseal } from '@/lib/secrets/seal'

type Person = { id: string; email: string }
type Transaction = Parameters<typeof replaceRecoveryCodes>[0]

/** What the security page shows of a person's second factor. */
export type SecondFactorState =
  | { state: 'no_password' }
  | { state: 'off' }
  /** Begun: `uri` is for the QR code, `secret` for typing. */
  | { state: 'pending'; uri: string; secret: string }
  | { state: 'on'; since: Date; recoveryCodesLeft: number }

/**
 * Where somebody stands with their second factor.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function readSecondFactor(user: Person): Promise<SecondFactorState> {
  const found = await findCredentials(user.id)
  if (!found || found.passwordHash === null) return { state: 'no_password' }
  if (found.totpEnabledAt) {
    return { state: 'on', since: found.totpEnabledAt, recoveryCodesLeft: await countRecoveryCodes(user.id) }
  }
  if (found.totpSecret === null) return { state: 'off' }
  try {
    const secret = unseal(found.totpSecret, totpPurpose(user.id))
    return { state: 'pending', secret, uri: totpUri(secret, user.email) }
  } catch (error) {
    // An enrolment that nobody has finished is worth nothing: it begins again.
    if (error instanceof SealError) return { state: 'off' }
    throw error
  }
}

/**
 * Begins an enrolment with a new secret; the second factor is off until a code confirms it.
 * @throws SealError without a key to keep the secret under, AppError `unavailable` when Postgres does not answer.
 */
export async function beginSecondFactor(user: Person): Promise<void> {
  await updatePendingTotp(user.id, seal(newTotpSecret(), totpPurpose(user.id)))
}

/**
 * Turns the second factor on with a code of the app.
 * @returns the recovery codes, which are shown now and never again
 * @throws AppError `invalid_body` for a wrong code, `conflict` when the enrolment has changed, `unavailable`.
 */
export async function confirmSecondFactor(
  user: Person,
  code: string,
  address: string,
  nowMs: number,
): Promise<string[]> {
  const found = await findCredentials(user.id)
  const sealed = found?.totpEnabledAt ? null : found?.totpSecret
  if (!sealed) throw new AppError('conflict', 'There is no enrolment to confirm. Load the page again.')
  const step = findTotpStep(unseal(sealed, totpPurpose(user.id)), code.replace(/\s/g, ''), nowMs)
  if (step === null) {
    throw new AppError(
      'invalid_body',
      'This code is wrong. Check that the clock of your phone is right, and enter the present code.',
    )
  }
  return await changing(user, 'user.second_factor_enabled', address, async (tx) => {
    if (!(await enableTotp(tx, user.id, sealed, step))) {
      throw new AppError('conflict', 'The enrolment has changed meanwhile. Load the page again.')
    }
    return await storeNewCodes(tx, user)
  })
}

/**
 * Puts ten new recovery codes in place of the ones before. The password must have been checked.
 * @throws AppError `conflict` when the second factor is off, `unavailable` when Postgres does not answer.
 */
export async function renewRecoveryCodes(user: Person, address: string): Promise<string[]> {
  const found = await findCredentials(user.id)
  if (!found?.totpEnabledAt) throw new AppError('conflict', 'The second factor is off.')
  return await changing(user, 'user.recovery_codes_renewed', address, (tx) => storeNewCodes(tx, user))
}

/**
 * Turns the second factor off. The password must have been checked.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function turnOffSecondFactor(user: Person, address: string): Promise<void> {
  await changing(user, 'user.second_factor_disabled', address, async (tx) => {
    await disableTotp(tx, user.id)
    await replaceRecoveryCodes(tx, user.id, [])
  })
}

async function storeNewCodes(tx: Transaction, user: Person): Promise<string[]> {
  const codes = newRecoveryCodes()
  const hashes = codes.map(hashRecoveryCode).filter((hash) => hash !== null)
  await replaceRecoveryCodes(tx, user.id, hashes)
  return codes
}

function changing<T>(
  user: Person,
  action: string,
  address: string,
  change: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return withPostgres((db) =>
    db.transaction(async (tx) => {
      const result = await change(tx)
      const target = { kind: 'user', id: user.id, name: user.email }
      await recordAudit({ actor: actorOf(user, address), workspaceId: null, action, target }, tx)
      return result
    }),
  )
}

import 'server-only'
import { createHash } from 'node:crypto'
import { RateLimiterDrizzle, RateLimiterRes } from 'rate-limiter-flexible'
import { postgres, withPostgres } from '@/db/postgres/client'
import { signInAttempts } from '@/db/postgres/schema'
import { addressGroup } from '@/lib/auth/client-address'

/** Failed sign-ins allowed per account and per address within {@link SIGN_IN_WINDOW_SECONDS}. */
export const SIGN_IN_LIMIT = 10
const SIGN_IN_WINDOW_SECONDS = 15 * 60

/** An attempt that was counted as failed, until one of these says otherwise. */
export type SignInAttempt = {
  /** It succeeded: it does not count, and neither do the account's earlier failures. */
  succeed(): Promise<void>
  /** It says nothing about who asked: it does not count. */
  giveBack(): Promise<void>
}

let limiter: { database: ReturnType<typeof postgres>; of: RateLimiterDrizzle } | null = null

function currentLimiter(): RateLimiterDrizzle {
  const database = postgres()
  if (limiter?.database === database) return limiter.of
  const of = new RateLimiterDrizzle({
    storeClient: database,
    schema: signInAttempts,
    points: SIGN_IN_LIMIT,
    duration: SIGN_IN_WINDOW_SECONDS,
    keyPrefix: '',
  })
  limiter = { database, of }
  return of
}

/**
 * Counts an attempt against the account and the address before it is checked, so that parallel guesses count too. The
 * counts are kept in Postgres: all replicas share them and a restart forgets none.
 * @returns the attempt, or the seconds until there is room again
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function takeSignInAttempt(source: {
  account: string
  address: string
}): Promise<{ ok: true; attempt: SignInAttempt } | { ok: false; retryAfterSeconds: number }> {
  const limit = currentLimiter()
  const accountKey = `account ${createHash('sha256').update(source.account).digest('hex')}`
  const addressKey = `address ${addressGroup(source.address)}`
  const accountWaitSeconds = await take(limit, accountKey)
  if (accountWaitSeconds > 0) return { ok: false, retryAfterSeconds: accountWaitSeconds }
  const addressWaitSeconds = await take(limit, addressKey)
  if (addressWaitSeconds > 0) {
    await giveBack(limit, accountKey)
    return { ok: false, retryAfterSeconds: addressWaitSeconds }
  }
  return {
    ok: true,
    attempt: {
      succeed: async () => {
        await Promise.all([withPostgres(() => limit.delete(accountKey)), giveBack(limit, addressKey)])
      },
      giveBack: async () => {
        await Promise.all([giveBack(limit, accountKey), giveBack(limit, addressKey)])
      },
    },
  }
}

/** Takes one attempt; the seconds to wait when there is none left, else 0. */
async function take(limit: RateLimiterDrizzle, key: string): Promise<number> {
  try {
    await withPostgres(() => limit.consume(key))
    return 0
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    return Math.max(1, Math.ceil(error.msBeforeNext / 1_000))
  }
}

async function giveBack(limit: RateLimiterDrizzle, key: string): Promise<void> {
  await withPostgres(() => limit.reward(key))
}

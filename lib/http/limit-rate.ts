import 'server-only'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { type AuthenticatedKey, authenticateApiKey, type KeyUse } from '@/lib/auth/api-key'
import { addressGroup, clientAddress } from '@/lib/auth/client-address'
import { isBehindProxy } from '@/lib/auth/request-origin'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'

const WINDOW_SECONDS = 10

/** Requests of one key within {@link WINDOW_SECONDS}, per process. Ingest posts may hold 10,000 events each. */
export const KEY_LIMITS = { ingest: 10_000, read: 600, guard: 20_000 } as const satisfies Record<KeyUse, number>

/** Requests of one address within {@link WINDOW_SECONDS}, per process: a gateway may stand for many clients. */
const ADDRESS_LIMIT = 20_000

/** Requests without a valid key of one address in a minute, per process. */
export const REFUSAL_LIMIT = 300

const limiters = {
  ingest: new RateLimiterMemory({ keyPrefix: 'ingest', points: KEY_LIMITS.ingest, duration: WINDOW_SECONDS }),
  read: new RateLimiterMemory({ keyPrefix: 'read', points: KEY_LIMITS.read, duration: WINDOW_SECONDS }),
  guard: new RateLimiterMemory({ keyPrefix: 'guard', points: KEY_LIMITS.guard, duration: WINDOW_SECONDS }),
  address: new RateLimiterMemory({ keyPrefix: 'address', points: ADDRESS_LIMIT, duration: WINDOW_SECONDS }),
  refusals: new RateLimiterMemory({ keyPrefix: 'refusals', points: REFUSAL_LIMIT, duration: 60 }),
}

/**
 * The workspace and rights of the key that a request carries, unless its key or address asks too often. Requests without a
 * valid key are held much tighter; a client with a good key behind the same address is not hindered by them.
 * @throws AppError `too_many_requests` with the seconds to wait, or as {@link authenticateApiKey}.
 */
export async function admitApiRequest(headers: Headers, use: KeyUse): Promise<AuthenticatedKey> {
  const address = addressGroup(clientAddress(headers, isBehindProxy(readEnv())))
  await take(limiters.address, address)
  const key = await authenticateApiKey(headers, use).catch(async (error: unknown) => {
    if (error instanceof AppError && error.code === 'unauthenticated') await take(limiters.refusals, address)
    throw error
  })
  await take(limiters[use], String(key.keyId))
  return key
}

async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1_000))
    throw new AppError(
      'too_many_requests',
      'Too many requests. Wait as long as Retry-After says; nothing was stored.',
      {
        retryAfterSeconds,
      },
    )
  }
}

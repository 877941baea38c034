import 'server-only'
import { headers } from 'next/headers'
import { clientAddress } from '@/lib/auth/client-address'
import { type Env, readEnv } from '@/lib/env'

const MAX_USER_AGENT = 300

/** Where a request comes from, as sessions and the audit log keep it. */
export type RequestOrigin = { address: string; userAgent: string }

/** Whether the server is behind a proxy whose forwarded headers may be believed. */
export function isBehindProxy(env: Env): boolean {
  return env.AUTH_TRUST_HOST === 'true' || env.AUTH_TRUST_HOST === '1'
}

/** Where the request under way comes from. */
export async function readRequestOrigin(): Promise<RequestOrigin> {
  const sent = await headers()
  return {
    address: clientAddress(sent, isBehindProxy(readEnv())),
    userAgent: (sent.get('user-agent') ?? '').slice(0, MAX_USER_AGENT),
  }
}

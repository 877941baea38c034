import 'server-only'
import { clientAddress } from '@/lib/auth/client-address'
import { isBehindProxy } from '@/lib/auth/request-origin'
import { readEnv } from '@/lib/env'

/** Whom a request comes from, for the audit log; null when that is not known. */
export function requestAddress(headers: { get(name: string): string | null }): string | null {
  const address = clientAddress(headers, isBehindProxy(readEnv()))
  return address === 'unknown' ? null : address
}

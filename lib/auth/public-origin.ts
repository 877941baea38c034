import type { Env } from '@/lib/env'

/** Origin that links and redirects lead to. It comes from the settings, never from a Host header. */
export function publicOrigin(env: Pick<Env, 'FARTHING_PUBLIC_URL'>): string {
  if (env.FARTHING_PUBLIC_URL) return new URL(env.FARTHING_PUBLIC_URL).origin
  return `http://localhost:${process.env.PORT ?? '3000'}`
}

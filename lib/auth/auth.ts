import 'server-only'
import NextAuth, { CredentialsSignin, type NextAuthConfig } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { clientAddress } from '@/lib/auth/client-address'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { authCookies, SESSION_DAYS } from '@/lib/auth/session-cookie'
import { verifyCredentials } from '@/lib/auth/verify-credentials'
import { type Env, readEnv } from '@/lib/env'
import { log } from '@/lib/log'

/** Too many failed sign-ins from this account or address. */
export class SignInRateLimited extends CredentialsSignin {
  override code = 'rate_limited'

  constructor(readonly retryAfterSeconds: number) {
    super()
  }
}

/** Whether the server is behind a proxy whose forwarded headers may be believed. */
export function isBehindProxy(env: Env): boolean {
  return env.AUTH_TRUST_HOST === 'true' || env.AUTH_TRUST_HOST === '1'
}

/** next-auth with e-mail and password. The session token proves who somebody is, never what they may see. */
export const { auth, handlers, signIn, signOut } = NextAuth(() => {
  const env = readEnv()
  // next-auth takes its base address from AUTH_URL, or else from the Host header, which anybody can send.
  process.env.AUTH_URL = env.FARTHING_PUBLIC_URL
    ? new URL(env.FARTHING_PUBLIC_URL).origin
    : `http://localhost:${process.env.PORT ?? '3000'}`
  return configure(env)
})

function configure(env: Env): NextAuthConfig {
  const cookies = authCookies(env.FARTHING_PUBLIC_URL)
  return {
    secret: env.AUTH_SECRET,
    basePath: '/api/auth',
    trustHost: true,
    useSecureCookies: cookies.secure,
    cookies: {
      sessionToken: { name: cookies.session },
      callbackUrl: { name: cookies.callbackUrl },
      csrfToken: { name: cookies.csrf },
    },
    session: { strategy: 'jwt', maxAge: SESSION_DAYS * 86_400 },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [
      Credentials({
        credentials: { email: { label: 'Email', type: 'email' }, password: { label: 'Password', type: 'password' } },
        async authorize({ email, password }, request) {
          const address = clientAddress(request.headers, isBehindProxy(env))
          const result = await verifyCredentials({ email, password, address }, Date.now())
          if (result.ok) return result.user
          if (result.reason === 'rate_limited') throw new SignInRateLimited(result.retryAfterSeconds)
          return null
        },
      }),
    ],
    callbacks: {
      redirect: ({ url }) => safeCallbackPath(url),
      session: ({ session, token }) => {
        if (token.sub) session.user.id = token.sub
        return session
      },
    },
    logger: {
      error: (error) => {
        if (!(error instanceof CredentialsSignin)) log.error({ err: error }, 'Sign-in failed')
      },
      warn: (code) => log.warn({ code }, 'Sign-in warning'),
      debug: () => {},
    },
  }
}

import 'server-only'
import NextAuth, { CredentialsSignin, type NextAuthConfig } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { z } from 'zod'
import { findLiveSession } from '@/db/postgres/queries/sessions'
import { clientAddress } from '@/lib/auth/client-address'
import { admitOidcPerson, OIDC_PROVIDER, oidcProvider } from '@/lib/auth/oidc'
import { publicOrigin } from '@/lib/auth/public-origin'
import { isBehindProxy, readRequestOrigin } from '@/lib/auth/request-origin'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { authCookies, SESSION_DAYS } from '@/lib/auth/session-cookie'
import { beginSession, endSession } from '@/lib/auth/user-sessions'
import { verifyCredentials, verifySecondFactor } from '@/lib/auth/verify-credentials'
import { type Env, readEnv } from '@/lib/env'
import { log } from '@/lib/log'

/** Too many failed sign-ins from this account or address. `code` reaches the address bar of whoever posted the form. */
export class SignInRateLimited extends CredentialsSignin {
  constructor(readonly retryAfterSeconds: number) {
    super()
    this.code = `${RATE_LIMITED}${retryAfterSeconds}`
  }
}

/** The password is right, and a code is needed too. */
export class SecondFactorNeeded extends CredentialsSignin {
  override code = 'second_factor'

  constructor(readonly challenge: string) {
    super()
  }
}

const RATE_LIMITED = 'rate_limited.'

/** The seconds to wait that the code of a {@link SignInRateLimited} names; null for any other code. */
export function retryAfterOfCode(code: string | null): number | null {
  const seconds = code?.startsWith(RATE_LIMITED) ? Number(code.slice(RATE_LIMITED.length)) : Number.NaN
  return Number.isInteger(seconds) ? seconds : null
}

/** Start of the address to which somebody whom the provider knows and Farthing does not let in is sent. */
const REFUSED_PATH = '/sign-in?refused='

const tokenSchema = z.object({ sub: z.uuid(), sid: z.uuid() })

/** What the session cookie says: whose it is, and which row of `sessions` decides whether it holds. */
export type SessionToken = z.infer<typeof tokenSchema>

/** What a decoded cookie says; null when it is not one of ours. */
export function parseSessionToken(token: unknown): SessionToken | null {
  const parsed = tokenSchema.safeParse(token)
  return parsed.success ? parsed.data : null
}

/**
 * next-auth with e-mail and password, an optional second factor, and any OpenID Connect provider. The cookie names a row
 * of `sessions`; it never says what somebody may see.
 */
export const { handlers, signIn, signOut } = NextAuth(() => {
  const env = readEnv()
  // next-auth takes its base address from AUTH_URL, or else from the Host header, which anybody can send.
  process.env.AUTH_URL = publicOrigin(env)
  return configure(env)
})

function configure(env: Env): NextAuthConfig {
  const cookies = authCookies(env.FARTHING_PUBLIC_URL)
  const oidc = oidcProvider(env)
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
        credentials: { email: {}, password: {}, challenge: {}, code: {} },
        async authorize({ email, password, challenge, code }, request) {
          const address = clientAddress(request.headers, isBehindProxy(env))
          const result = challenge
            ? await verifySecondFactor({ challenge, code, address }, Date.now())
            : await verifyCredentials({ email, password, address }, Date.now())
          if (result.ok) {
            const userAgent = (await readRequestOrigin()).userAgent
            return {
              id: result.user.id,
              sessionId: await beginSession(result.user, result.method, { address, userAgent }),
            }
          }
          if (result.reason === 'rate_limited') throw new SignInRateLimited(result.retryAfterSeconds)
          if (result.reason === 'second_factor') throw new SecondFactorNeeded(result.challenge)
          return null
        },
      }),
      ...(oidc ? [oidc] : []),
    ],
    callbacks: {
      redirect: ({ url }) => (url.startsWith(REFUSED_PATH) ? url : safeCallbackPath(url)),
      async signIn({ user, account, profile }) {
        if (account?.provider !== OIDC_PROVIDER) return true
        const origin = await readRequestOrigin()
        const admitted = await admitOidcPerson(profile, env, origin.address)
        if (!admitted.ok) return `${REFUSED_PATH}${admitted.reason}`
        user.id = admitted.user.id
        user.sessionId = await beginSession(admitted.user, 'oidc', origin)
        return true
      },
      async jwt({ token, user, trigger }) {
        if (trigger === 'signIn' || trigger === 'signUp') return { sub: user.id, sid: user.sessionId }
        const own = parseSessionToken(token)
        return own && (await findLiveSession(own.sid)) ? { ...own } : null
      },
      session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub ?? '' } }),
    },
    events: {
      async signOut(message) {
        const own = parseSessionToken('token' in message ? message.token : null)
        const live = own && (await findLiveSession(own.sid))
        if (live) await endSession(live, live.sessionId, (await readRequestOrigin()).address)
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

declare module 'next-auth' {
  interface User {
    /** The row of `sessions` that the sign-in under way has begun. */
    sessionId?: string
  }
}

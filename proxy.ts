import { type NextRequest, NextResponse } from 'next/server'
import { getToken } from 'next-auth/jwt'
import { authCookies } from '@/lib/auth/session-cookie'
import { contentSecurityPolicy } from '@/lib/http/content-security-policy'

/** Pages that somebody signed out is better sent away from at once. */
const CONSOLE_PAGES = /^\/((w|account|portfolio|organization)(\/|$)|$)/

/**
 * Gives every page its own script nonce, and sends signed-out visitors of the console to the sign-in page before anything
 * is rendered. A convenience and a second fence only: it reads the token and nothing else; who may see what is decided in
 * lib/auth/session.ts and holds without this file.
 */
export default async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl
  if (CONSOLE_PAGES.test(pathname) && !(await hasToken(request))) {
    const signIn = new URL('/sign-in', request.nextUrl)
    if (pathname !== '/') signIn.searchParams.set('callbackUrl', `${pathname}${search}`)
    return NextResponse.redirect(signIn)
  }
  const policy = contentSecurityPolicy({
    nonce: Buffer.from(crypto.randomUUID()).toString('base64'),
    formTargets: signOnOrigins(),
    isDevelopment: process.env.NODE_ENV === 'development',
  })
  const headers = new Headers(request.headers)
  // Next.js takes the nonce of its own scripts from here.
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  return response
}

async function hasToken(request: NextRequest): Promise<boolean> {
  const cookies = authCookies(process.env.FARTHING_PUBLIC_URL || undefined)
  const token = await getToken({
    req: request,
    secret: process.env.AUTH_SECRET,
    cookieName: cookies.session,
    secureCookie: cookies.secure,
  })
  return token !== null
}

/** Where the form of single sign-on leads: browsers hold a form's redirects to `form-action` too. */
function signOnOrigins(): string[] {
  const issuer = process.env.FARTHING_OIDC_ISSUER ?? ''
  return URL.canParse(issuer) ? [new URL(issuer).origin] : []
}

/** Pages only. Ingest and API routes stay out: bodies over 10 MB would be cut here. */
export const config = {
  matcher: ['/((?!api/|v1/|_next/|healthz$|readyz$|metrics$|.*\\.(?:svg|png|ico|txt|webmanifest)$).*)'],
}

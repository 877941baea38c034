import { type NextRequest, NextResponse } from 'next/server'
import { getToken } from 'next-auth/jwt'
import { authCookies } from '@/lib/auth/session-cookie'

/**
 * Sends signed-out visitors of the console to the sign-in page before anything is rendered. A convenience only: it reads
 * the token and nothing else; who may see what is decided in lib/auth/session.ts and holds without this file.
 */
export default async function proxy(request: NextRequest): Promise<NextResponse> {
  const cookies = authCookies(process.env.FARTHING_PUBLIC_URL || undefined)
  const token = await getToken({
    req: request,
    secret: process.env.AUTH_SECRET,
    cookieName: cookies.session,
    secureCookie: cookies.secure,
  })
  if (token) return NextResponse.next()
  const { pathname, search } = request.nextUrl
  const signIn = new URL('/sign-in', request.nextUrl)
  if (pathname !== '/') signIn.searchParams.set('callbackUrl', `${pathname}${search}`)
  return NextResponse.redirect(signIn)
}

/** Console pages only. Ingest and API routes stay out: bodies over 10 MB would be cut here. */
export const config = { matcher: ['/', '/w/:path*'] }

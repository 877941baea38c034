import { NextRequest } from 'next/server'
import { handlers, retryAfterOfCode } from '@/lib/auth/auth'
import { OIDC_PROVIDER } from '@/lib/auth/oidc'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { answerError } from '@/lib/http/answer-json'
import { readTextBody } from '@/lib/http/read-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'

/** Most bytes of a form: an address, a password or a code, and where to go. */
const MAX_BYTES = 64 * 1024

/**
 * next-auth's own endpoints. Where they lead is a path of this site, whatever Host and callbackUrl say; only the start of
 * single sign-on leads elsewhere.
 */
async function answer(request: NextRequest): Promise<Response> {
  try {
    if (request.method !== 'GET') requireSameOrigin(request.headers, readEnv().FARTHING_PUBLIC_URL)
    const url = new URL(request.url)
    if (url.searchParams.has('callbackUrl')) {
      url.searchParams.set('callbackUrl', safeCallbackPath(url.searchParams.get('callbackUrl')))
    }
    const response =
      request.method === 'GET'
        ? await handlers.GET(new NextRequest(url, request))
        : await handlers.POST(await withBoundedBody(request, url))
    if (request.method === 'POST' && url.pathname.endsWith('/callback/credentials')) await refuseWhenLimited(response)
    return url.pathname.endsWith(`/signin/${OIDC_PROVIDER}`) ? response : withLocalLocation(response, url)
  } catch (error) {
    return answerError(error)
  }
}

/** next-auth reads a body of any length, from anybody. */
async function withBoundedBody(request: NextRequest, url: URL): Promise<NextRequest> {
  const body = (await readTextBody(request, MAX_BYTES)) || null
  return new NextRequest(url, { method: request.method, headers: request.headers, body })
}

/**
 * next-auth says in the address that it redirects to that there were too many attempts, or in its JSON.
 * @throws AppError `too_many_requests`.
 */
async function refuseWhenLimited(response: Response): Promise<void> {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  const target = response.headers.get('location') ?? (isJson ? await response.clone().text() : '')
  const code = /[?&]code=([^&"]*)/.exec(target)?.[1] ?? null
  const retryAfterSeconds = retryAfterOfCode(code)
  if (retryAfterSeconds === null) return
  const message = 'Too many failed sign-ins. Wait as long as Retry-After says.'
  throw new AppError('too_many_requests', message, { retryAfterSeconds })
}

function withLocalLocation(response: Response, base: URL): Response {
  const location = response.headers.get('location')
  if (location === null) return response
  const target = new URL(location, base)
  const headers = new Headers(response.headers)
  headers.set('location', `${target.pathname}${target.search}${target.hash}`)
  return new Response(response.body, { status: response.status, headers })
}

export { answer as GET, answer as POST }

import { NextRequest } from 'next/server'
import { handlers } from '@/lib/auth/auth'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'

/** next-auth's own endpoints. Where they lead is a path of this site, whatever Host and callbackUrl say. */
async function answer(request: NextRequest): Promise<Response> {
  const url = new URL(request.url)
  if (url.searchParams.has('callbackUrl')) {
    url.searchParams.set('callbackUrl', safeCallbackPath(url.searchParams.get('callbackUrl')))
  }
  const handle = request.method === 'GET' ? handlers.GET : handlers.POST
  const response = await handle(new NextRequest(url, request))
  const location = response.headers.get('Location')
  if (location === null) return response
  const target = new URL(location, url)
  const headers = new Headers(response.headers)
  headers.set('Location', `${target.pathname}${target.search}${target.hash}`)
  return new Response(response.body, { status: response.status, headers })
}

export { answer as GET, answer as POST }

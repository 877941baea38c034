import { authenticateApiKey } from '@/lib/auth/api-key'
import { AppError } from '@/lib/errors'
import { answerGuard, GUARD_MAX_AGE_SECONDS, GUARD_NOT_KNOWN, guardTag } from '@/lib/guard/answer-guard'
import { parseGuardQuestion } from '@/lib/guard/guard-question'
import { streamGuard } from '@/lib/guard/stream-guard'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'
import { lastKnownBooks } from '@/lib/pricing/current-prices'

/**
 * Tells an app whether it may go on: `allow`, `degrade` or `block`. Answers from memory, with an entity tag; as
 * server-sent events for whoever accepts these.
 */
export async function GET(request: Request): Promise<Response> {
  try {
    const key = await admitApiRequest(request.headers, 'guard')
    const question = parseGuardQuestion(
      new URL(request.url).searchParams,
      key,
      (raw) => lastKnownBooks()?.nameOf(key.workspace.id, raw, Date.now()) ?? null,
    )
    if (request.headers.get('accept')?.includes('text/event-stream')) {
      const { signal, headers } = request
      return streamGuard(key.workspace.id, question, { signal, mayListen: () => holdsKey(headers) })
    }
    const answer = await answerGuard(key.workspace.id, question, new Date())
    const headers = { etag: guardTag(answer), 'cache-control': `private, max-age=${GUARD_MAX_AGE_SECONDS}` }
    if (request.headers.get('if-none-match') === headers.etag) return new Response(null, { status: 304, headers })
    return answerJson(200, answer, headers)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return answerJson(200, GUARD_NOT_KNOWN)
    return answerError(error)
  }
}

/** Whether the key still holds; while that cannot be told, it does. */
async function holdsKey(headers: Headers): Promise<boolean> {
  try {
    await authenticateApiKey(headers, 'guard')
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return true
    if (error instanceof AppError) return false
    throw error
  }
}

export const HEAD = refuseMethod('GET')
export const POST = refuseMethod('GET')
export const PUT = refuseMethod('GET')
export const PATCH = refuseMethod('GET')
export const DELETE = refuseMethod('GET')
export const OPTIONS = refuseMethod('GET')

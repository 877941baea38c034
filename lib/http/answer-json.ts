import 'server-only'
import { AppError, type ErrorCode } from '@/lib/errors'
import { log } from '@/lib/log'

/** A JSON answer that no cache keeps. */
export function answerJson(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, {
    status,
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers },
  })
}

/** Errors after which the rest of a body may be unread, so that its connection must not carry another request. */
const ENDS_CONNECTION = new Set<ErrorCode>(['payload_too_large', 'invalid_body'])

/** Headers that belong to an error: when to come back, and whether the connection can be used again. */
export function headersOfError(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {}
  if (error.retryAfterSeconds !== null) headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds))
  if (ENDS_CONNECTION.has(error.code)) headers.connection = 'close'
  return headers
}

/** What a caller may know of a failure: the named ones as they are, anything else is logged and becomes `internal`. */
export function toPublicError(error: unknown): AppError {
  if (error instanceof AppError) {
    if (error.code === 'unavailable') log.warn({ err: error.cause }, error.message)
    return error
  }
  log.error({ err: error }, 'a request failed')
  return new AppError('internal', 'The server failed to answer this request. Try again; if it persists, see its log.', {
    cause: error,
  })
}

/** The error as `{ code, message, …details }` with its status and Retry-After. */
export function answerError(error: unknown): Response {
  const known = toPublicError(error)
  return answerJson(known.status, { ...known.details, code: known.code, message: known.message }, headersOfError(known))
}

/** A route handler that answers 405 and names what the route takes. */
export function refuseMethod(allowed: string): () => Response {
  return () => {
    const error = new AppError('method_not_allowed', `This address takes ${allowed} only.`)
    return answerJson(error.status, { code: error.code, message: error.message }, { allow: allowed })
  }
}

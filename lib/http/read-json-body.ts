import 'server-only'
import { AppError } from '@/lib/errors'
import { readMediaType } from '@/lib/http/media-type'
import { readTextBody } from '@/lib/http/read-body'

/**
 * The JSON value of a body.
 * @throws AppError 415 for another media type, 413 above `maxBytes`, 400 for what is not JSON.
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  if (readMediaType(request.headers.get('content-type')) !== 'application/json') {
    throw new AppError('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json.')
  }
  return parseJson(await readTextBody(request, maxBytes))
}

/**
 * A JSON value from text; a byte order mark before it is left out.
 * @throws AppError `invalid_body`.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (error) {
    throw new AppError(
      'invalid_body',
      text.trim() === '' ? 'The body is empty; send JSON.' : 'This is not valid JSON.',
      {
        cause: error,
      },
    )
  }
}

import { AppError } from '@/lib/errors'
import { ingestBody } from '@/lib/events/ingest-body'
import { MAX_BODY_BYTES, parseEvents, readEventsFormat } from '@/lib/events/parse-events'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'
import { readMediaType } from '@/lib/http/media-type'
import { readTextBody } from '@/lib/http/read-body'

/** One event, an array or NDJSON. Answers when the events are stored. */
export async function POST(request: Request): Promise<Response> {
  try {
    const key = await admitApiRequest(request.headers, 'ingest')
    const format = readEventsFormat(readMediaType(request.headers.get('content-type')))
    const text = await readTextBody(request, MAX_BODY_BYTES)
    const body = parseEvents(text, format)
    const { accepted, duplicates, rejected, warnings } = await ingestBody(body, key, new Date(), text.length)
    const bad = rejected[0]
    if (body.shape === 'single' && bad) {
      throw new AppError(bad.code === 'conflict' ? 'conflict' : 'invalid_event', bad.message)
    }
    return answerJson(200, { accepted, duplicates, rejected, ...(warnings.length > 0 ? { warnings } : {}) })
  } catch (error) {
    return answerError(error)
  }
}

export const GET = refuseMethod('POST')
export const HEAD = refuseMethod('POST')
export const PUT = refuseMethod('POST')
export const PATCH = refuseMethod('POST')
export const DELETE = refuseMethod('POST')
export const OPTIONS = refuseMethod('POST')

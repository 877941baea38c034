import { readBudgetFlags } from '@/lib/budgets/budget-flags'
import { AppError } from '@/lib/errors'
import { ingestBody } from '@/lib/events/ingest-body'
import { MAX_BODY_BYTES, parseEvents } from '@/lib/events/parse-events'
import { readLlmRequest } from '@/lib/events/read-llm-request'
import { answerJson, headersOfError, refuseMethod, toPublicError } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'
import { readMediaType } from '@/lib/http/media-type'
import { readTextBody } from '@/lib/http/read-body'

/** One event in the shape of existing no-proxy clients, with the answer they expect. */
export async function POST(request: Request): Promise<Response> {
  try {
    const key = await admitApiRequest(request.headers, 'ingest')
    if (readMediaType(request.headers.get('content-type')) !== 'application/json') {
      throw new AppError('unsupported_media_type', 'Content-Type must be application/json.')
    }
    const text = await readTextBody(request, MAX_BODY_BYTES)
    const body = parseEvents(text, 'json')
    const item = body.items[0]
    if (body.shape !== 'single' || !item?.ok) throw new AppError('invalid_body', 'The body must be one JSON object.')
    const { event, warnings } = readLlmRequest(item.value)
    const single = { shape: 'single', items: [{ ok: true, value: event }] } as const
    const result = await ingestBody({ ...single, items: [...single.items] }, key, new Date(), text.length)
    const bad = result.rejected[0]
    if (bad) throw new AppError(bad.code === 'conflict' ? 'conflict' : 'invalid_event', bad.message)
    return answerJson(200, {
      ok: true,
      duplicate: result.duplicates > 0,
      warnings: [...warnings, ...result.warnings.map((warning) => warning.message)],
      ...(await readBudgetFlags(key.workspace.id)),
      telemetryPaused: false,
      providerCallsContinue: true,
    })
  } catch (error) {
    const known = toPublicError(error)
    return answerJson(known.status, { ok: false, code: known.code, message: known.message }, headersOfError(known))
  }
}

export const GET = refuseMethod('POST')
export const HEAD = refuseMethod('POST')
export const PUT = refuseMethod('POST')
export const PATCH = refuseMethod('POST')
export const DELETE = refuseMethod('POST')
export const OPTIONS = refuseMethod('POST')

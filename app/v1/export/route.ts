import { recordExport } from '@/lib/audit/record-export'
import { requestAddress } from '@/lib/auth/request-address'
import { answerExport } from '@/lib/exports/answer-export'
import { parseExport } from '@/lib/exports/parse-export'
import { answerError, refuseMethod } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'
import { readJsonBody } from '@/lib/http/read-json-body'
import { MAX_QUERY_BYTES } from '@/lib/metrics/answer-query'
import { scopeForKey } from '@/lib/metrics/scope'

/** Answers a question about the key's workspace as CSV, or its raw attempts with `"grain": "attempts"`. */
export async function POST(request: Request): Promise<Response> {
  try {
    const key = await admitApiRequest(request.headers, 'read')
    const exported = parseExport(await readJsonBody(request, MAX_QUERY_BYTES))
    const scope = await scopeForKey(key)
    const actor = { kind: 'key', name: key.name, address: requestAddress(request.headers) } as const
    await recordExport(actor, key.workspace, exported)
    return await answerExport(exported, scope, new Date(), request.signal)
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

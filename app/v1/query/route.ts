import { answerError, refuseMethod } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'
import { readJsonBody } from '@/lib/http/read-json-body'
import { answerQuery, MAX_QUERY_BYTES } from '@/lib/metrics/answer-query'
import { scopeForKey } from '@/lib/metrics/scope'

/** Answers a question about the key's workspace. */
export async function POST(request: Request): Promise<Response> {
  try {
    const key = await admitApiRequest(request.headers, 'read')
    const body = await readJsonBody(request, MAX_QUERY_BYTES)
    return await answerQuery(body, (query) => scopeForKey(key, query), new Date())
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

import { authorizeOrganization } from '@/lib/auth/person'
import { authorizePerson } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { readJsonBody } from '@/lib/http/read-json-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'
import { MAX_LIST_BYTES, uploadPriceList } from '@/lib/pricing/manage-price-list'

/** Brings a list of genai-prices into force; `?version=` is what its preview said. */
export async function POST(request: Request): Promise<Response> {
  try {
    requireSameOrigin(request.headers, readEnv().FARTHING_PUBLIC_URL)
    const person = await authorizePerson()
    await authorizeOrganization(person)
    const version = new URL(request.url).searchParams.get('version') ?? ''
    const json = await readJsonBody(request, MAX_LIST_BYTES)
    return answerJson(200, await uploadPriceList(person, json, version, new Date()))
  } catch (error) {
    return answerError(error)
  }
}

export const GET = refuseMethod('POST')

import { authorizeOrganization } from '@/lib/auth/person'
import { authorizePerson } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { readJsonBody } from '@/lib/http/read-json-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'
import { MAX_LIST_BYTES, previewPriceList } from '@/lib/pricing/manage-price-list'

/** Tells what a list of genai-prices would change, and by how much which figure would move. */
export async function POST(request: Request): Promise<Response> {
  try {
    requireSameOrigin(request.headers, readEnv().FARTHING_PUBLIC_URL)
    const person = await authorizePerson()
    await authorizeOrganization(person)
    return answerJson(200, await previewPriceList(person, await readJsonBody(request, MAX_LIST_BYTES), new Date()))
  } catch (error) {
    return answerError(error)
  }
}

export const GET = refuseMethod('POST')

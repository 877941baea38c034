import { z } from 'zod'
import { authorizePermission } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { readJsonBody } from '@/lib/http/read-json-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'
import { contractForm } from '@/lib/pricing/contract-form'
import { previewContract, previewRevocation } from '@/lib/pricing/manage-contracts'

const MAX_BYTES = 64 * 1024

type Context = { params: Promise<{ workspace: string }> }

const undo = z.object({ undo: z.number().int().min(1).max(2_147_483_647) })

/** Tells by how much which figure would move if a contract price, as its form has it, were added, or one be undone. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  try {
    requireSameOrigin(request.headers, readEnv().FARTHING_PUBLIC_URL)
    const { workspace: slug } = await params
    const { person } = await authorizePermission(slug, 'editPrices')
    const body = await readJsonBody(request, MAX_BYTES)
    const undone = undo.safeParse(body)
    if (undone.success) return answerJson(200, await previewRevocation(person, slug, undone.data.undo, new Date()))
    const parsed = contractForm.safeParse(body)
    if (!parsed.success) {
      const errors = Object.fromEntries(parsed.error.issues.toReversed().map(({ path, message }) => [path[0], message]))
      throw new AppError('invalid_query', 'Nothing was computed yet: see the marked fields.', { details: { errors } })
    }
    return answerJson(200, await previewContract(person, slug, parsed.data, new Date()))
  } catch (error) {
    return answerError(error)
  }
}

export const GET = refuseMethod('POST')

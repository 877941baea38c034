import { z } from 'zod'
import { acknowledgeAlert } from '@/lib/alerts/answer-alert'
import { requestAddress } from '@/lib/auth/request-address'
import { AppError } from '@/lib/errors'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'

type Context = { params: Promise<{ id: string }> }

const alertId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)

/** Acknowledges an alert of the key's workspace; doing it again changes nothing. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  try {
    const key = await admitApiRequest(request.headers, 'read')
    const id = alertId.safeParse((await params).id)
    if (!id.success) throw new AppError('not_found', 'There is no such alert in this workspace.')
    const actor = { kind: 'key' as const, name: key.name, address: requestAddress(request.headers) }
    const answer = await acknowledgeAlert(
      { workspaceId: key.workspace.id, alertId: id.data, actor, by: `the key ${key.name}`, way: 'api' },
      new Date(),
    )
    return answerJson(200, answer)
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

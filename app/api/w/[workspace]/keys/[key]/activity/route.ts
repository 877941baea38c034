import { findKeyActivity } from '@/lib/api-keys/find-key-activity'
import { authorizePerson } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { answerError, answerJson } from '@/lib/http/answer-json'

type Context = { params: Promise<{ workspace: string; key: string }> }

/** Whether events have come through a key, for those who manage keys. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  try {
    const person = await authorizePerson()
    const { workspace, key } = await params
    if (!/^[1-9]\d{0,8}$/.test(key)) throw new AppError('not_found', 'There is no such key in this workspace.')
    return answerJson(200, await findKeyActivity(person, workspace, Number(key), new Date()))
  } catch (error) {
    return answerError(error)
  }
}

import { recordExport } from '@/lib/audit/record-export'
import { actorOf } from '@/lib/auth/person'
import { authorizePermission } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { answerExport } from '@/lib/exports/answer-export'
import { parseExport } from '@/lib/exports/parse-export'
import { answerError } from '@/lib/http/answer-json'
import { parseJson } from '@/lib/http/read-json-body'
import { scopeForWorkspace } from '@/lib/metrics/scope'

type Context = { params: Promise<{ workspace: string }> }

/** A download for a signed-in member: `q` is the body of an export as JSON, so that a link is enough. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    const { workspace, person } = await authorizePermission((await params).workspace, 'export')
    const question = new URL(request.url).searchParams.get('q')
    if (question === null) throw new AppError('invalid_query', 'q: is missing; it holds the question as JSON.')
    const exported = parseExport(parseJson(question))
    const scope = await scopeForWorkspace(workspace)
    await recordExport(actorOf(person), workspace, exported)
    return await answerExport(exported, scope, new Date(), request.signal)
  } catch (error) {
    return answerError(error)
  }
}

import { authorizeWorkspaceRequest } from '@/lib/auth/session'
import { AppError } from '@/lib/errors'
import { answerError, answerJson } from '@/lib/http/answer-json'
import { parseJson } from '@/lib/http/read-json-body'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { listRequests } from '@/lib/requests/list-requests'
import { parseRequestsQuestion } from '@/lib/requests/parse-requests-question'

type Context = { params: Promise<{ workspace: string }> }

/** Requests with their attempts: `q` is a question (range, zone, filters) as JSON; `sort`, `limit`, `cursor`, `externalRequestId`. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    const { workspace } = await authorizeWorkspaceRequest((await params).workspace)
    const search = new URL(request.url).searchParams
    const question = search.get('q')
    if (question === null) throw new AppError('invalid_query', 'q: is missing; it holds the question as JSON.')
    const options = parseRequestsQuestion(search, parseJson(question))
    const scope = await scopeForWorkspace(workspace)
    return answerJson(200, await listRequests({ ...options, scope }, new Date()))
  } catch (error) {
    return answerError(error)
  }
}

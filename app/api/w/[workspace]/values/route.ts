import { authorizeWorkspaceRequest } from '@/lib/auth/session'
import { answerError, answerJson } from '@/lib/http/answer-json'
import { parseJson } from '@/lib/http/read-json-body'
import { listValues } from '@/lib/metrics/list-values'
import { scopeForWorkspace } from '@/lib/metrics/scope'

type Context = { params: Promise<{ workspace: string }> }

/** Suggestions for a filter: `dimension`, and optionally `search`, `range` and `filters` (JSON as in a question). */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    const { workspace } = await authorizeWorkspaceRequest((await params).workspace)
    const search = new URL(request.url).searchParams
    const filters = search.get('filters')
    const scope = await scopeForWorkspace(workspace)
    return answerJson(200, await listValues(search, filters ? parseJson(filters) : [], scope, new Date()))
  } catch (error) {
    return answerError(error)
  }
}

import { authorizeWorkspaceRequest } from '@/lib/auth/session'
import { readEnv } from '@/lib/env'
import { answerError, refuseMethod } from '@/lib/http/answer-json'
import { readJsonBody } from '@/lib/http/read-json-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'
import { answerQuery, MAX_QUERY_BYTES } from '@/lib/metrics/answer-query'
import { scopeForWorkspace } from '@/lib/metrics/scope'

type Context = { params: Promise<{ workspace: string }> }

/** Answers a question about a workspace for a signed-in member. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  try {
    requireSameOrigin(request.headers, readEnv().FARTHING_PUBLIC_URL)
    const { workspace } = await authorizeWorkspaceRequest((await params).workspace)
    const body = await readJsonBody(request, MAX_QUERY_BYTES)
    return await answerQuery(body, (query) => scopeForWorkspace(workspace, query), new Date())
  } catch (error) {
    return answerError(error)
  }
}

export const GET = refuseMethod('POST')

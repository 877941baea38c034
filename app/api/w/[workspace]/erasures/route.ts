import { clientAddress } from '@/lib/auth/client-address'
import { authorizeWorkspaceRequest } from '@/lib/auth/session'
import { readEnv } from '@/lib/env'
import { answerError, answerJson } from '@/lib/http/answer-json'
import { readJsonBody } from '@/lib/http/read-json-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'
import { listRequestedErasures, requestErasure } from '@/lib/ledger/request-erasure'

type Context = { params: Promise<{ workspace: string }> }

const MAX_BYTES = 4_096

/** Erases a user (`{ userId }`) or a request (`{ externalRequestId }`): in every total when this answers. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  try {
    const env = readEnv()
    requireSameOrigin(request.headers, env.FARTHING_PUBLIC_URL)
    const { role, workspace, user } = await authorizeWorkspaceRequest((await params).workspace)
    const address = clientAddress(request.headers, env.AUTH_TRUST_HOST === 'true' || env.AUTH_TRUST_HOST === '1')
    const actor = { kind: 'user', id: user.id, name: user.email, address } as const
    return answerJson(200, await requestErasure({ role, workspace, actor }, await readJsonBody(request, MAX_BYTES)))
  } catch (error) {
    return answerError(error)
  }
}

/** The newest erasures of the workspace. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  try {
    const { role, workspace } = await authorizeWorkspaceRequest((await params).workspace)
    return answerJson(200, { erasures: await listRequestedErasures({ role, workspace }) })
  } catch (error) {
    return answerError(error)
  }
}

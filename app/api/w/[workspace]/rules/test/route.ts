import { authorizePermission } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { readJsonBody } from '@/lib/http/read-json-body'
import { requireSameOrigin } from '@/lib/http/require-same-origin'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { backTestRule } from '@/lib/rules/back-test-rule'
import { ruleForm } from '@/lib/rules/rule-form'

const MAX_BYTES = 64 * 1024

type Context = { params: Promise<{ workspace: string }> }

/** Tells when a rule, as the fields of its form have it, would have fired in the past 90 days. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  try {
    requireSameOrigin(request.headers, readEnv().FARTHING_PUBLIC_URL)
    const { workspace } = await authorizePermission((await params).workspace, 'editAlerts')
    const parsed = ruleForm.safeParse(await readJsonBody(request, MAX_BYTES))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw new AppError('invalid_query', issue?.message ?? 'The rule could not be read.', {
        details: { field: String(issue?.path[0] ?? '') },
      })
    }
    return answerJson(200, await backTestRule(parsed.data, workspace, await scopeForWorkspace(workspace), new Date()))
  } catch (error) {
    return answerError(error)
  }
}

export const GET = refuseMethod('POST')

import { answerAuditExport } from '@/lib/audit/answer-audit-export'
import { authorizePerson } from '@/lib/auth/require-permission'
import { answerError } from '@/lib/http/answer-json'

type Context = { params: Promise<{ workspace: string }> }

/** The workspace's audit log as CSV, narrowed as on its page. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    return await answerAuditExport(await authorizePerson(), (await params).workspace, request.url)
  } catch (error) {
    return answerError(error)
  }
}

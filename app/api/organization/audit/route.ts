import { answerAuditExport } from '@/lib/audit/answer-audit-export'
import { authorizePerson } from '@/lib/auth/require-permission'
import { answerError } from '@/lib/http/answer-json'

/** The audit log of the organisation and all of its workspaces as CSV, narrowed as on its page. */
export async function GET(request: Request): Promise<Response> {
  try {
    return await answerAuditExport(await authorizePerson(), null, request.url)
  } catch (error) {
    return answerError(error)
  }
}

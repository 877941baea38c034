import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf } from '@/lib/auth/person'
import { authorizePermission } from '@/lib/auth/require-permission'
import { exportMonth } from '@/lib/close/export-month'
import { isMonth } from '@/lib/close/month'
import { AppError } from '@/lib/errors'
import { answerCsv } from '@/lib/exports/answer-csv'
import { answerError } from '@/lib/http/answer-json'

type Context = { params: Promise<{ workspace: string; month: string }> }

/** A closed month beside today, as CSV. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  try {
    const { workspace: slug, month } = await params
    const { workspace, person } = await authorizePermission(slug, 'export')
    if (!isMonth(month)) throw new AppError('not_found', 'Name a month such as 2026-10.')
    const file = await exportMonth(workspace, month, new Date())
    await recordAudit({
      actor: actorOf(person),
      workspaceId: workspace.id,
      action: 'export.created',
      target: { kind: 'month', name: month },
      after: { grain: 'month', month },
    })
    return answerCsv(file)
  } catch (error) {
    return answerError(error)
  }
}

import { z } from 'zod'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf } from '@/lib/auth/person'
import { authorizePermission } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { answerCsv } from '@/lib/exports/answer-csv'
import { answerError } from '@/lib/http/answer-json'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { parseViewState, resolveRange } from '@/lib/metrics/url-state'
import { exportScenario } from '@/lib/scenarios/export-scenario'
import { findScenario } from '@/lib/scenarios/read-scenario'

type Context = { params: Promise<{ workspace: string; scenario: string }> }

const view = z.enum(['endpoint', 'user', 'model'])

/** One view of a scenario beside today, as CSV; `range` as on the page, `by` is endpoint, user or model. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    const { workspace: slug, scenario: id } = await params
    const { workspace, person } = await authorizePermission(slug, 'export')
    const scenario = /^[1-9]\d{0,8}$/.test(id) ? await findScenario(workspace.id, Number(id)) : null
    if (!scenario) throw new AppError('not_found', 'There is no such scenario in this workspace.')
    const search = Object.fromEntries(new URL(request.url).searchParams)
    const by = view.safeParse(search.by)
    if (!by.success) throw new AppError('invalid_query', 'by: must be endpoint, user or model.')
    const now = new Date()
    const range = resolveRange(parseViewState(search).range, now, workspace)
    const file = await exportScenario(scenario, await scopeForWorkspace(workspace), range, by.data, now)
    await recordAudit({
      actor: actorOf(person),
      workspaceId: workspace.id,
      action: 'export.created',
      target: { kind: 'scenario', id: String(scenario.id), name: scenario.name },
      after: { grain: 'scenario', by: by.data, from: range.from, to: range.to },
    })
    return answerCsv(file)
  } catch (error) {
    return answerError(error)
  }
}

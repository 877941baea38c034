import 'server-only'
import { type Actor, recordAudit } from '@/lib/audit/record-audit'
import type { ExportRequest } from '@/lib/exports/parse-export'

/**
 * Notes who exported the answer to which question.
 * @throws AppError `unavailable` when Postgres does not answer: what cannot be noted is not handed out.
 */
export async function recordExport(
  actor: Actor,
  workspace: { id: number; name: string },
  { grain, query }: ExportRequest,
): Promise<void> {
  await recordAudit({
    actor,
    workspaceId: workspace.id,
    action: 'export.created',
    target: { kind: 'workspace', id: String(workspace.id), name: workspace.name },
    after: {
      grain,
      from: query.from,
      to: query.to,
      ...(grain === 'rows' ? { measures: query.measures, dimensions: query.dimensions } : {}),
      filters: query.filters,
      ...(query.scenario === undefined ? {} : { scenario: query.scenario }),
    },
  })
}

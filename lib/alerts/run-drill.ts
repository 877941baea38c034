import 'server-only'
import { randomUUID } from 'node:crypto'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { raiseAlert } from './raise-alert'

/**
 * Runs a whole path, marked as a drill: every step goes out, one a minute, at any hour, until somebody acknowledges.
 * @param pathId null: the workspace's default
 * @returns the id of the alert
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function runDrill(person: Person, slug: string, pathId: number | null, now: Date): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  const { id } = await raiseAlert(
    {
      workspaceId: workspace.id,
      dedupKey: `drill:${randomUUID()}`,
      source: 'drill',
      sourceId: null,
      severity: 'info',
      facts: {
        title: `drill of the escalation path of ${workspace.name}`,
        scope: workspace.name,
        crossed: `Nothing is wrong: ${person.name} tries whether everybody is reached.`,
        value: null,
        threshold: null,
        unit: 'count',
        sharePercent: null,
        since: now.toISOString(),
        drivers: [],
        nextStep: 'Acknowledge it: then you know that the link works, and nobody else is told.',
        viewPath: `/w/${encodeURIComponent(workspace.slug)}/overview`,
        windowStart: new Date(now.getTime() - 86_400_000).toISOString(),
        windowEnd: now.toISOString(),
        isRevision: false,
      },
      ownerId: null,
      backupId: null,
      escalationPathId: pathId,
      isDrill: true,
    },
    now,
  )
  await recordAudit({
    actor: actorOf(person),
    workspaceId: workspace.id,
    action: 'drill.started',
    target: { kind: 'alert', id: String(id), name: 'Drill' },
  })
  return id
}

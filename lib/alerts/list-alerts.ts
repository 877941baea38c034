import 'server-only'
import {
  type AlertFilter,
  type AlertRow,
  countAlerts,
  findAlertRow,
  listAlertRows,
  listTimeline,
  type TimelineRow,
} from '@/db/postgres/queries/alerts'
import { type DeliveryRow, listDeliveries } from '@/db/postgres/queries/outbox'
import { findPersonNames } from '@/db/postgres/queries/people'
import { authorizeMember, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { type AlertFacts, alertFacts } from './alert-facts'
import type { AlertSearch } from './alert-search'

const PAGE = 50

/** An alert as the inbox and the API show it. */
export type Alert = Omit<AlertRow, 'facts' | 'steps' | 'progress'> & { facts: AlertFacts }

function toAlert({ facts, steps: _steps, progress: _progress, ...row }: AlertRow): Alert {
  return { ...row, facts: alertFacts.parse(facts) }
}

/**
 * Alerts of a workspace, newest first, one page.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listAlertsOf(
  filter: AlertFilter,
  beforeId: number | null,
  limit = PAGE,
): Promise<{ alerts: Alert[]; nextBefore: number | null }> {
  const rows = await listAlertRows(filter, beforeId, limit + 1)
  const page = rows.slice(0, limit)
  return { alerts: page.map(toAlert), nextBefore: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}

/**
 * Number of alerts of a workspace by state.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export const countAlertsOf = countAlerts

/**
 * The inbox of a workspace, for its members.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function listAlerts(person: Person, slug: string, search: AlertSearch) {
  const { workspace } = await authorizeMember(person, slug, 'view')
  const { states, severity, source } = search
  const [page, counts] = await Promise.all([
    listAlertsOf({ workspaceId: workspace.id, states, severity, source }, search.before),
    countAlerts(workspace.id),
  ])
  return { ...page, counts }
}

export type AlertDetail = {
  alert: Alert
  timeline: TimelineRow[]
  deliveries: DeliveryRow[]
  ownerName: string | null
  backupName: string | null
}

/**
 * An alert with all that happened to it, for the members of its workspace.
 * @throws AppError `not_found` (also for one of another workspace), `unavailable`.
 */
export async function readAlert(person: Person, slug: string, id: number): Promise<AlertDetail> {
  const { workspace } = await authorizeMember(person, slug, 'view')
  const row = await findAlertRow(id, workspace.id)
  if (!row) throw new AppError('not_found', 'There is no such alert in this workspace.')
  const ownerId = row.ownerId ?? workspace.budgetOwnerId
  const backupId = row.backupId ?? workspace.backupOwnerId
  const [timeline, deliveries, names] = await Promise.all([
    listTimeline(id),
    listDeliveries({ workspaceId: workspace.id, alertId: id, limit: 100 }),
    findPersonNames([ownerId, backupId].filter((userId) => userId !== null)),
  ])
  return {
    alert: toAlert(row),
    timeline,
    deliveries,
    ownerName: (ownerId && names.get(ownerId)?.name) || null,
    backupName: (backupId && names.get(backupId)?.name) || null,
  }
}

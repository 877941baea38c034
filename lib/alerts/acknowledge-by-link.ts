import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { listRecipients } from '@/db/postgres/queries/alert-recipients'
import { type AlertRow, findAlertRow, findAlertWorkspace } from '@/db/postgres/queries/alerts'
import { findChannel } from '@/db/postgres/queries/channels'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { verifyAcknowledgement } from './acknowledge-link'
import { type AlertFacts, alertFacts } from './alert-facts'
import { acknowledgeAlert } from './answer-alert'

export type LinkedAlert = {
  id: number
  workspaceId: number
  workspaceSlug: string
  workspaceName: string
  timeZone: string
  state: AlertRow['state']
  severity: AlertRow['severity']
  isDrill: boolean
  facts: AlertFacts
  acknowledgedBy: string | null
  /** Who got the message with the link. */
  recipient: string
}

/**
 * The alert that the link of a message leads to; looking changes nothing. Null when the link was not made here, is too old,
 * or went to somebody who is no recipient any more.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function openAcknowledgeLink(token: string, now: Date): Promise<LinkedAlert | null> {
  const secret = readEnv().AUTH_SECRET
  const claim = secret === undefined ? null : verifyAcknowledgement(secret, token, now)
  const alert = claim && (await findAlertRow(claim.alertId))
  if (!claim || !alert) return null
  const [workspace, recipient] = await withPostgres(async (db) => [
    await findAlertWorkspace(db, alert.workspaceId),
    claim.recipient.startsWith('c')
      ? ((await findChannel(db, alert.workspaceId, Number(claim.recipient.slice(1))))?.name ?? null)
      : ((await listRecipients(db, alert.workspaceId)).find(({ id }) => id === claim.recipient.slice(1))?.name ?? null),
  ])
  if (!workspace || recipient === null) return null
  return {
    id: alert.id,
    workspaceId: workspace.id,
    workspaceSlug: workspace.slug,
    workspaceName: workspace.name,
    timeZone: workspace.timeZone,
    state: alert.state,
    severity: alert.severity,
    isDrill: alert.isDrill,
    facts: alertFacts.parse(alert.facts),
    acknowledgedBy: alert.acknowledgedBy,
    recipient: claim.recipient.startsWith('c') ? `somebody in ${recipient}` : recipient,
  }
}

/**
 * Acknowledges the alert that a link leads to.
 * @throws AppError `not_found` when the link does not hold, `unavailable`.
 */
export async function acknowledgeByLink(token: string, now: Date): Promise<void> {
  const linked = await openAcknowledgeLink(token, now)
  if (!linked) throw new AppError('not_found', 'This link does not work any more. Acknowledge the alert in the inbox.')
  const { id: alertId, workspaceId, recipient: by } = linked
  const actor = { kind: 'system' as const, name: `link sent to ${by}` }
  await acknowledgeAlert({ workspaceId, alertId, actor, by, way: 'link' }, now)
}

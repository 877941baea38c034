import 'server-only'
import {
  type AlertRow,
  findAlertForUpdate,
  findAlertWorkspace,
  insertTimeline,
  updateAlertRow,
} from '@/db/postgres/queries/alerts'
import { cancelMessages } from '@/db/postgres/queries/outbox'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { type Actor, recordAudit } from '@/lib/audit/record-audit'
import { AppError } from '@/lib/errors'
import { formatDateTime } from '@/lib/format'
import { alertFacts } from './alert-facts'
import { closeAlert, tellThoseTold } from './raise-alert'

/** Where an answer came from. */
export type AnswerWay = 'inbox' | 'link' | 'api'

const WAYS: Record<AnswerWay, string> = { inbox: 'in the inbox', link: 'by the link of a message', api: 'by the API' }
const MAX_SNOOZE_MS = 7 * 86_400_000

type Answered = { state: AlertRow['state']; hasChanged: boolean }

/**
 * Somebody takes an alert on: its escalation stops and what waits to be sent is taken back. One that is acknowledged or
 * resolved stays as it is.
 * @param by who, in words
 * @throws AppError `not_found` (also in another workspace), `unavailable`.
 */
export async function acknowledgeAlert(
  answer: { workspaceId: number; alertId: number; actor: Actor; by: string; way: AnswerWay },
  now: Date,
): Promise<Answered> {
  return change(answer, 'alert.acknowledged', async (tx, alert) => {
    if (alert.state !== 'firing' && alert.state !== 'snoozed') return null
    await updateAlertRow(tx, alert.id, {
      state: 'acknowledged',
      acknowledgedAt: now,
      acknowledgedBy: answer.by,
      snoozedUntil: null,
      dueAt: null,
      updatedAt: now,
    })
    const text = `Acknowledged by ${answer.by} ${WAYS[answer.way]}: the escalation stops`
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'acknowledged', text })
    await cancelMessages(tx, alert.id, now)
    await tellThoseTold(tx, alert, 'acknowledged', `Acknowledged by ${answer.by}`, now)
    return 'acknowledged'
  })
}

/**
 * Puts an alert aside until an instant, at most 7 days; then it fires again and its path begins anew.
 * @throws AppError `not_found`, `conflict` when it is resolved or the instant is out of bounds, `unavailable`.
 */
export async function snoozeAlert(
  answer: { workspaceId: number; alertId: number; actor: Actor; by: string; until: Date },
  now: Date,
): Promise<Answered> {
  const { until } = answer
  if (until <= now || until.getTime() - now.getTime() > MAX_SNOOZE_MS) {
    throw new AppError('conflict', 'Snooze until a time within the next 7 days.')
  }
  return change(answer, 'alert.snoozed', async (tx, alert) => {
    if (alert.state === 'resolved') {
      throw new AppError('conflict', 'This alert is resolved: there is nothing to put aside.')
    }
    await updateAlertRow(tx, alert.id, { state: 'snoozed', snoozedUntil: until, dueAt: until, updatedAt: now })
    const workspace = await findAlertWorkspace(tx, alert.workspaceId)
    const timeZone = workspace?.timeZone ?? 'UTC'
    const text = `Snoozed by ${answer.by} until ${formatDateTime(until, timeZone)} (${timeZone})`
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'snoozed', text })
    await cancelMessages(tx, alert.id, now)
    return 'snoozed'
  })
}

/**
 * Ends an alert by hand.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function resolveAlertByHand(
  answer: { workspaceId: number; alertId: number; actor: Actor; by: string },
  now: Date,
): Promise<Answered> {
  return change(answer, 'alert.resolved', async (tx, alert) =>
    (await closeAlert(tx, alert, `by ${answer.by}`, now)) ? 'resolved' : null,
  )
}

async function change(
  { workspaceId, alertId, actor }: { workspaceId: number; alertId: number; actor: Actor },
  action: string,
  apply: (tx: Transaction, alert: AlertRow) => Promise<AlertRow['state'] | null>,
): Promise<Answered> {
  return inTransaction(async (tx) => {
    const alert = await findAlertForUpdate(tx, alertId, workspaceId)
    if (!alert) throw new AppError('not_found', 'There is no such alert in this workspace.')
    const state = await apply(tx, alert)
    if (state === null) return { state: alert.state, hasChanged: false }
    await recordAudit(
      {
        actor,
        workspaceId,
        action,
        target: { kind: 'alert', id: String(alert.id), name: alertFacts.parse(alert.facts).title },
        before: { state: alert.state },
        after: { state },
      },
      tx,
    )
    return { state, hasChanged: true }
  })
}

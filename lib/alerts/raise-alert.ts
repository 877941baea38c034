import 'server-only'
import {
  type AlertRow,
  findAlertByKey,
  findAlertWorkspace,
  findLastEntryAt,
  insertAlert,
  insertTimeline,
  updateAlertRow,
} from '@/db/postgres/queries/alerts'
import { findStepRows, type StepRow } from '@/db/postgres/queries/escalation-paths'
import { cancelMessages, insertMessages, listTold } from '@/db/postgres/queries/outbox'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { AppError } from '@/lib/errors'
import { type AlertFacts, alertFacts } from './alert-facts'
import type { AlertDraft, AlertSink } from './alert-sink'
import { continueEscalation, payloadOf } from './escalate'
import { type EscalationStep, escalationStep, FALLBACK_STEPS, NO_PROGRESS } from './escalation-step'

/** An alert that stays open is noted in its timeline at most this often. */
const EVALUATION_EVERY_MS = 15 * 60_000

/**
 * Opens an alert and writes the messages of the first step of its path, in one transaction: neither is without the other.
 * However many replicas call it with the same key, and however often, there is one alert and each message once; a key that
 * was resolved stays so. Without an owner of its own the alert has the workspace's.
 * @throws AppError `not_found` for an unknown workspace, `unavailable` when Postgres does not answer.
 */
export async function raiseAlert(
  draft: AlertDraft & { isDrill?: boolean },
  now: Date,
): Promise<{ id: number; isNew: boolean }> {
  const facts = alertFacts.parse(draft.facts)
  return inTransaction(async (tx) => {
    const workspace = await findAlertWorkspace(tx, draft.workspaceId)
    if (!workspace) throw new AppError('not_found', 'There is no such workspace.')
    const steps = await readSteps(tx, draft.workspaceId, draft.escalationPathId)
    const alert = await insertAlert(tx, {
      workspaceId: draft.workspaceId,
      dedupKey: draft.dedupKey,
      source: draft.source,
      sourceId: draft.sourceId,
      severity: draft.severity,
      facts,
      isDrill: draft.isDrill ?? false,
      ownerId: draft.ownerId,
      backupId: draft.backupId,
      escalationPathId: draft.escalationPathId,
      steps: draft.isDrill ? hurry(steps) : steps,
      progress: NO_PROGRESS,
      escalatesFrom: now,
      dueAt: now,
      firedAt: now,
      updatedAt: now,
    })
    if (!alert) {
      const known = await findAlertByKey(tx, draft.workspaceId, draft.dedupKey)
      if (!known) throw new AppError('internal', 'An alert was neither added nor found.')
      return { id: known.id, isNew: false }
    }
    const text = facts.isRevision ? `Fired as a revision: ${facts.crossed}` : `Fired: ${facts.crossed}`
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'fired', text })
    await continueEscalation(tx, alert, now)
    return { id: alert.id, isNew: true }
  })
}

/**
 * Refreshes what an open alert says; sends nothing.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function updateAlert(workspaceId: number, dedupKey: string, facts: AlertFacts, now: Date): Promise<void> {
  const known = alertFacts.parse(facts)
  await inTransaction(async (tx) => {
    const alert = await findAlertByKey(tx, workspaceId, dedupKey)
    if (!alert || alert.state === 'resolved') return
    await updateAlertRow(tx, alert.id, { facts: known, updatedAt: now })
    if (alertFacts.parse(alert.facts).crossed === known.crossed) return
    const lastAt = await findLastEntryAt(tx, alert.id, 'evaluated')
    if (lastAt !== null && now.getTime() - lastAt.getTime() < EVALUATION_EVERY_MS) return
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'evaluated', text: `Evaluated: ${known.crossed}` })
  })
}

/**
 * Ends an open alert: its escalation stops, what waits to be sent is taken back, and those who were told hear that it is
 * over.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function resolveAlert(workspaceId: number, dedupKey: string, reason: string, now: Date): Promise<void> {
  await inTransaction(async (tx) => {
    const alert = await findAlertByKey(tx, workspaceId, dedupKey)
    if (alert) await closeAlert(tx, alert, reason, now)
  })
}

/** Resolves an alert that is locked by `tx`; one that is resolved stays as it is. */
export async function closeAlert(tx: Transaction, alert: AlertRow, reason: string, now: Date): Promise<boolean> {
  if (alert.state === 'resolved') return false
  await updateAlertRow(tx, alert.id, {
    state: 'resolved',
    resolvedAt: now,
    resolvedReason: reason,
    snoozedUntil: null,
    dueAt: null,
    updatedAt: now,
  })
  await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'resolved', text: `Resolved: ${reason}` })
  await cancelMessages(tx, alert.id, now)
  await tellThoseTold(tx, alert, 'resolved', reason, now)
  return true
}

/** Tells those who were told that an alert fires what became of it. Only machines hear of an acknowledgement. */
export async function tellThoseTold(
  tx: Transaction,
  alert: AlertRow,
  kind: 'acknowledged' | 'resolved',
  note: string,
  now: Date,
): Promise<void> {
  const workspace = await findAlertWorkspace(tx, alert.workspaceId)
  if (!workspace) return
  const told = await listTold(tx, alert.id)
  const concerned =
    kind === 'resolved'
      ? told
      : told.filter(({ channelKind }) => channelKind === 'pagerduty' || channelKind === 'webhook')
  const payload = await payloadOf(tx, alert, workspace, note)
  const messages = concerned.map(({ channelId, userId }) => ({
    messageKey: `alert-${alert.id}-r${alert.round}-${kind}-${channelId === null ? userId : `c${channelId}`}`,
    workspaceId: alert.workspaceId,
    alertId: alert.id,
    kind,
    channelId,
    userId,
    round: alert.round,
    position: null,
    payload,
  }))
  await insertMessages(tx, messages, now)
}

/** Where evaluations report to. */
export const alertSink: AlertSink = { raise: raiseAlert, update: updateAlert, resolve: resolveAlert }

async function readSteps(
  tx: Transaction,
  workspaceId: number,
  pathId: number | null,
): Promise<readonly EscalationStep[]> {
  const rows = await findStepRows(tx, workspaceId, pathId)
  return rows.length === 0 ? FALLBACK_STEPS : rows.map(toStep)
}

/** A drill is to be seen through: a step each minute, none repeated. */
function hurry(steps: readonly EscalationStep[]): EscalationStep[] {
  return steps.map((step, position) => ({ ...step, afterMinutes: position, repeatEveryMinutes: null }))
}

/** A stored step as the plan of an escalation takes it. */
export function toStep(row: StepRow): EscalationStep {
  const { targetKind: kind, targetUserId: userId, targetRole: role, targetChannelId: channelId } = row
  return escalationStep.parse({
    afterMinutes: row.afterMinutes,
    target: { kind, userId, role, channelId },
    repeatEveryMinutes: row.repeatEveryMinutes,
  })
}

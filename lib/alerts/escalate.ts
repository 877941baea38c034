import 'server-only'
import { z } from 'zod'
import { listRecipients, type RecipientRow } from '@/db/postgres/queries/alert-recipients'
import {
  type AlertRow,
  claimDueAlert,
  findAlertWorkspace,
  insertTimeline,
  updateAlertRow,
} from '@/db/postgres/queries/alerts'
import { findChannel } from '@/db/postgres/queries/channels'
import { insertMessages, type NewMessage } from '@/db/postgres/queries/outbox'
import { findQuietHours, findStandIns, listHolidays, listSilences } from '@/db/postgres/queries/quiet-settings'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { alertFacts } from './alert-facts'
import type { MessagePayload } from './alert-message'
import {
  type EscalationProgress,
  escalationProgress,
  escalationStep,
  NO_PROGRESS,
  type StepTarget,
} from './escalation-step'
import { noteRuns, planEscalation, pullNextStep } from './plan-escalation'
import type { QuietTime } from './quiet-time'

const MAX_STAND_INS = 5
const MAX_PER_TURN = 500

type AlertWorkspace = NonNullable<Awaited<ReturnType<typeof findAlertWorkspace>>>
type Recipient = { channelId: number | null; userId: string | null; name: string }

/**
 * Runs what is due of all escalations: steps whose time has come, snoozes that have ended. Any number of replicas may call
 * it; each alert is with one of them at a time, and a step's messages have keys of their own.
 * @returns how many alerts were looked at
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function escalateDueAlerts(now: Date): Promise<number> {
  const failed: number[] = []
  for (let count = 0; count < MAX_PER_TURN; count += 1) {
    const claimed: { id: number | null } = { id: null }
    try {
      await inTransaction(async (tx) => {
        const alert = await claimDueAlert(tx, now, failed)
        if (!alert) return
        claimed.id = alert.id
        await continueEscalation(tx, alert, now)
      })
    } catch (error) {
      if (claimed.id === null || (error instanceof AppError && error.code === 'unavailable')) throw error
      // The alerts after it must not wait for it.
      log.error({ err: error, alert: claimed.id }, 'An alert could not be escalated; the next turn tries again')
      failed.push(claimed.id)
    }
    if (claimed.id === null) return count
  }
  return MAX_PER_TURN
}

/**
 * Runs what is due of the escalation of an alert that is locked by `tx`, and notes when it is due again. A step that leads
 * to nobody brings the next one forward.
 */
export async function continueEscalation(tx: Transaction, alert: AlertRow, now: Date): Promise<void> {
  if (alert.state === 'snoozed') return resumeAfterSnooze(tx, alert, now)
  if (alert.state !== 'firing') return updateAlertRow(tx, alert.id, { dueAt: null })
  const workspace = await findAlertWorkspace(tx, alert.workspaceId)
  if (!workspace) throw new AppError('internal', `Alert ${alert.id} has no workspace.`)
  const steps = z.array(escalationStep).parse(alert.steps)
  const quiet = await readQuietTime(tx, alert, workspace.timeZone)
  let progress = escalationProgress.parse(alert.progress)
  for (;;) {
    const { due, nextAt } = planEscalation({ steps, progress, startedAt: alert.escalatesFrom, quiet, now })
    progress = noteRuns(progress, due, now)
    let isPulled = false
    for (const { position, repetition } of due) {
      const step = steps[position]
      if (!step) continue
      const told = await runStep(tx, { alert, workspace, target: step.target, position, repetition }, now)
      const pulled = told ? null : pullNextStep(steps, progress, position, now)
      if (pulled !== null && pulled !== progress) {
        progress = pulled
        isPulled = true
      }
    }
    if (isPulled) continue
    await updateAlertRow(tx, alert.id, { progress, dueAt: nextAt })
    return
  }
}

/** Brings the step after `position` forward because nothing of that one could be delivered. */
export async function skipToNextStep(tx: Transaction, alert: AlertRow, position: number, now: Date): Promise<void> {
  if (alert.state !== 'firing') return
  const progress: EscalationProgress = escalationProgress.parse(alert.progress)
  const pulled = pullNextStep(z.array(escalationStep).parse(alert.steps), progress, position, now)
  if (pulled === null) {
    const text = 'The path has no further step: nobody else will be told'
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'exhausted', text })
    return
  }
  await continueEscalation(tx, { ...alert, progress: pulled }, now)
}

/** What a message says of an alert as it is now. */
export async function payloadOf(
  tx: Transaction,
  alert: AlertRow,
  workspace: AlertWorkspace,
  note: string | null,
): Promise<MessagePayload> {
  const people = await listRecipients(tx, workspace.id)
  const nameOf = (userId: string | null) => people.find(({ id }) => id === userId)?.name ?? null
  return {
    severity: alert.severity,
    isDrill: alert.isDrill,
    workspaceSlug: workspace.slug,
    workspaceName: workspace.name,
    timeZone: workspace.timeZone,
    ownerName: nameOf(alert.ownerId) ?? nameOf(workspace.budgetOwnerId),
    note,
    facts: alertFacts.parse(alert.facts),
  }
}

async function resumeAfterSnooze(tx: Transaction, alert: AlertRow, now: Date): Promise<void> {
  await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'resumed', text: 'The snooze ended: firing again' })
  const resumed = {
    state: 'firing' as const,
    snoozedUntil: null,
    round: alert.round + 1,
    progress: NO_PROGRESS,
    escalatesFrom: alert.snoozedUntil ?? now,
    updatedAt: now,
  }
  await updateAlertRow(tx, alert.id, resumed)
  await continueEscalation(tx, { ...alert, ...resumed }, now)
}

async function runStep(
  tx: Transaction,
  step: { alert: AlertRow; workspace: AlertWorkspace; target: StepTarget; position: number; repetition: number },
  now: Date,
): Promise<boolean> {
  const { alert, workspace, target, position, repetition } = step
  const recipients = await findRecipients(tx, { alert, workspace, target }, now)
  const name = repetition === 0 ? `Step ${position + 1}` : `Step ${position + 1}, repetition ${repetition}`
  if (recipients.length === 0) {
    const text = `${name}: nobody to tell (${sayTarget(target)})`
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'nobody', text })
    return false
  }
  const payload = await payloadOf(tx, alert, workspace, null)
  const messages = recipients.map(
    ({ channelId, userId }): NewMessage => ({
      messageKey: `alert-${alert.id}-r${alert.round}-s${position}-n${repetition}-${channelId === null ? userId : `c${channelId}`}`,
      workspaceId: alert.workspaceId,
      alertId: alert.id,
      kind: 'fired',
      channelId,
      userId,
      round: alert.round,
      position,
      payload,
    }),
  )
  await insertMessages(tx, messages, now)
  const text = `${name}: telling ${recipients.map((recipient) => recipient.name).join(', ')}`
  await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'step', text })
  return true
}

async function findRecipients(
  tx: Transaction,
  { alert, workspace, target }: { alert: AlertRow; workspace: AlertWorkspace; target: StepTarget },
  now: Date,
): Promise<Recipient[]> {
  if (target.kind === 'channel') {
    const channel = await findChannel(tx, alert.workspaceId, target.channelId)
    return channel ? [{ channelId: channel.id, userId: null, name: channel.name }] : []
  }
  const members = await listRecipients(tx, alert.workspaceId)
  const standIns = await findStandIns(tx, alert.workspaceId, now)
  const chosen = new Map<string, RecipientRow>()
  const findReachable = (ids: readonly (string | null)[]): RecipientRow | undefined => {
    const reachable = ids.flatMap((id) => (id === null ? [] : [followStandIns(id, standIns), id]))
    return reachable.flatMap((id) => members.find((member) => member.id === id) ?? []).at(0)
  }
  for (const ids of idsOfTarget(target, alert, workspace, members)) {
    const person = findReachable(ids)
    if (person) chosen.set(person.id, person)
  }
  return [...chosen.values()].map(({ id, name }) => ({ channelId: null, userId: id, name }))
}

/** Whom a target means, each with who is told instead where an account was disabled or left the workspace. */
function idsOfTarget(
  target: Exclude<StepTarget, { kind: 'channel' }>,
  alert: AlertRow,
  workspace: AlertWorkspace,
  members: readonly RecipientRow[],
): (string | null)[][] {
  switch (target.kind) {
    case 'owner':
      return [[alert.ownerId, workspace.budgetOwnerId]]
    case 'backup':
      return [[alert.backupId, workspace.backupOwnerId]]
    case 'member':
      return [[target.userId]]
    case 'role':
      return members.filter(({ role }) => role === target.role).map(({ id }) => [id])
  }
}

function followStandIns(id: string, standIns: ReadonlyMap<string, string>): string {
  let current = id
  for (let turn = 0; turn < MAX_STAND_INS; turn += 1) {
    const next = standIns.get(current)
    if (next === undefined || next === id) return current
    current = next
  }
  return current
}

function sayTarget(target: StepTarget): string {
  switch (target.kind) {
    case 'owner':
      return 'there is no owner who can sign in'
    case 'backup':
      return 'there is no backup who can sign in'
    case 'member':
      return 'they are no member any more'
    case 'role':
      return `no member is ${target.role}`
    case 'channel':
      return 'the channel was removed'
  }
}

/** A drill runs at any hour. Silences hold for what they name; quiet hours for everybody but, if so set, critical alerts. */
async function readQuietTime(tx: Transaction, alert: AlertRow, timeZone: string): Promise<QuietTime> {
  const loud: QuietTime = { timeZone, hours: null, holidays: [], silences: [] }
  if (alert.isDrill) return loud
  const isCritical = alert.severity === 'critical'
  const settings = await findQuietHours(tx, alert.workspaceId)
  const holds = settings !== null && !(isCritical && settings.criticalPasses)
  const silences = (await listSilences(tx, alert.workspaceId, alert.escalatesFrom)).filter(
    ({ source, includesCritical }) => (source === null || source === alert.source) && (includesCritical || !isCritical),
  )
  const days = holds ? await listHolidays(tx, alert.workspaceId) : []
  return {
    timeZone,
    hours:
      holds && settings.fromTime !== null && settings.toTime !== null
        ? { from: settings.fromTime, to: settings.toTime }
        : null,
    holidays: days.map(({ day }) => day),
    silences: silences.map(({ startsAt, endsAt }) => ({ from: startsAt, to: endsAt })),
  }
}

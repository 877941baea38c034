import 'server-only'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { acknowledgeAlert, resolveAlertByHand, snoozeAlert } from './answer-alert'

/**
 * A member takes an alert on in the inbox.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function acknowledgeAsPerson(person: Person, slug: string, alertId: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'acknowledgeAlerts')
  await acknowledgeAlert({ ...answerOf(person, workspace.id, alertId), way: 'inbox' }, now)
}

/**
 * A member puts an alert aside for some minutes.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function snoozeAsPerson(
  person: Person,
  slug: string,
  { alertId, minutes }: { alertId: number; minutes: number },
  now: Date,
): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'acknowledgeAlerts')
  const until = new Date(now.getTime() + minutes * 60_000)
  await snoozeAlert({ ...answerOf(person, workspace.id, alertId), until }, now)
}

/**
 * An editor ends an alert.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function resolveAsPerson(person: Person, slug: string, alertId: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  await resolveAlertByHand(answerOf(person, workspace.id, alertId), now)
}

function answerOf(person: Person, workspaceId: number, alertId: number) {
  return { workspaceId, alertId, actor: actorOf(person), by: person.name }
}

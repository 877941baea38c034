import 'server-only'
import { listRecipients } from '@/db/postgres/queries/alert-recipients'
import { wakeAlerts } from '@/db/postgres/queries/alerts'
import {
  endSilence,
  endStandIn,
  findQuietHours,
  insertSilence,
  insertStandIn,
  listHolidays,
  replaceQuietTime,
} from '@/db/postgres/queries/quiet-settings'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'

const MAX_STAND_IN_MS = 366 * 86_400_000

export type QuietTimeInput = {
  /** `HH:MM`; both or neither. */
  fromTime: string | null
  toTime: string | null
  criticalPasses: boolean
  holidays: readonly { day: string; name: string }[]
}

/**
 * Sets the quiet hours and holidays of a workspace. They hold at once, for alerts that fire now too.
 * @throws AppError `not_found`, `forbidden`, `conflict` when the times are the same, `unavailable`.
 */
export async function saveQuietTime(person: Person, slug: string, input: QuietTimeInput, now: Date): Promise<void> {
  await changeSettings(person, slug, now, async (tx, workspaceId) => {
    if (input.fromTime !== null && input.fromTime === input.toTime) {
      throw new AppError('conflict', 'Quiet hours that begin when they end have no length. Change one of the times.')
    }
    const { holidays, ...hours } = input
    const before = {
      ...(await findQuietHours(tx, workspaceId)),
      holidays: (await listHolidays(tx, workspaceId)).map(({ day, name }) => `${day} ${name}`),
    }
    await replaceQuietTime(tx, { workspaceId, ...hours }, holidays)
    return {
      action: 'quiet_time.changed',
      target: { kind: 'quiet_time', name: 'Quiet hours and holidays' },
      before,
      after: { ...hours, holidays: holidays.map(({ day, name }) => `${day} ${name}`) },
    }
  })
}

export type SilenceInput = {
  source: 'budget' | 'rule' | 'switch' | null
  includesCritical: boolean
  reason: string
  minutes: number
}

/**
 * Silences alerts from now on for some time: they are kept, nobody is told, and what still fires at the end is told then.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function addSilence(person: Person, slug: string, input: SilenceInput, now: Date): Promise<void> {
  await changeSettings(person, slug, now, async (tx, workspaceId) => {
    const { minutes, ...silence } = input
    const endsAt = new Date(now.getTime() + minutes * 60_000)
    await insertSilence(tx, { workspaceId, ...silence, createdBy: person.name, startsAt: now, endsAt })
    return {
      action: 'silence.added',
      target: { kind: 'silence', name: input.reason },
      after: { ...silence, endsAt: endsAt.toISOString() },
    }
  })
}

/**
 * Ends a silence before its time.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function endSilenceNow(person: Person, slug: string, id: number, now: Date): Promise<void> {
  await changeSettings(person, slug, now, async (tx, workspaceId) => {
    const ended = await endSilence(tx, workspaceId, id, now)
    if (!ended) throw new AppError('not_found', 'There is no such silence any more.')
    return { action: 'silence.ended', target: { kind: 'silence', id: String(id), name: ended.reason } }
  })
}

/**
 * Lets a member get what would go to another, up to an instant.
 * @throws AppError `not_found` for who is no member, `forbidden`, `conflict` when both are the same or the end is out of
 *   bounds, `unavailable`.
 */
export async function addStandIn(
  person: Person,
  slug: string,
  input: { userId: string; standInId: string; endsAt: Date },
  now: Date,
): Promise<void> {
  const { userId, standInId, endsAt } = input
  await changeSettings(person, slug, now, async (tx, workspaceId) => {
    if (userId === standInId) throw new AppError('conflict', 'Choose two different people.')
    if (endsAt <= now || endsAt.getTime() - now.getTime() > MAX_STAND_IN_MS) {
      throw new AppError('conflict', 'Choose a day from today to a year from now.')
    }
    const people = await listRecipients(tx, workspaceId)
    const away = people.find(({ id }) => id === userId)
    const standIn = people.find(({ id }) => id === standInId)
    if (!away || !standIn) throw new AppError('not_found', 'There is no such member in this workspace.')
    await insertStandIn(tx, { workspaceId, userId, standInId, startsAt: now, endsAt })
    return {
      action: 'stand_in.added',
      target: { kind: 'stand_in', name: away.email },
      after: { standIn: standIn.email, endsAt: endsAt.toISOString() },
    }
  })
}

/**
 * Ends a stand-in before its time.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function endStandInNow(person: Person, slug: string, id: number, now: Date): Promise<void> {
  await changeSettings(person, slug, now, async (tx, workspaceId) => {
    const ended = await endStandIn(tx, workspaceId, id, now)
    if (!ended) throw new AppError('not_found', 'There is no such stand-in any more.')
    return { action: 'stand_in.ended', target: { kind: 'stand_in', id: String(id), name: `stand-in ${id}` } }
  })
}

type Change = {
  action: string
  target: { kind: string; id?: string; name: string }
  before?: Record<string, unknown>
  after?: Record<string, unknown>
}

async function changeSettings(
  person: Person,
  slug: string,
  now: Date,
  apply: (tx: Transaction, workspaceId: number) => Promise<Change>,
): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  await inTransaction(async (tx) => {
    const change = await apply(tx, workspace.id)
    await wakeAlerts(tx, workspace.id, now)
    await recordAudit({ actor: actorOf(person), workspaceId: workspace.id, ...change }, tx)
  })
}

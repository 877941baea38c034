import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { listChannelRows } from '@/db/postgres/queries/channels'
import { listPathRows } from '@/db/postgres/queries/escalation-paths'
import { listDeliveries, listUnsent } from '@/db/postgres/queries/outbox'
import { findQuietHours, listHolidays, listSilences, listStandIns } from '@/db/postgres/queries/quiet-settings'
import { authorizeMember, type Person } from '@/lib/auth/person'
import { listMemberNames } from '@/lib/members/list-members'
import { toStep } from './raise-alert'

const SHOWN = 50

/**
 * Who is told of alerts, how, and when not: for the members of a workspace. No secret is part of it.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function readAlerting(person: Person, slug: string, now: Date) {
  const { workspace } = await authorizeMember(person, slug, 'view')
  const { id } = workspace
  const [channels, paths, deliveries, unsent, members, quiet] = await Promise.all([
    listChannelRows(id),
    listPathRows(id),
    listDeliveries({ workspaceId: id, limit: SHOWN }),
    listUnsent(id, SHOWN),
    listMemberNames(person, slug),
    withPostgres(async (db) => ({
      hours: await findQuietHours(db, id),
      holidays: await listHolidays(db, id),
      silences: await listSilences(db, id, now),
      standIns: await listStandIns(db, id, now),
    })),
  ])
  return {
    channels: channels.map(({ id: channelId, name, kind, target, createdAt }) => ({
      id: channelId,
      name,
      kind,
      target,
      createdAt,
    })),
    paths: paths.map(({ id: pathId, name, isDefault, steps }) => ({
      id: pathId,
      name,
      isDefault,
      steps: steps.map(toStep),
    })),
    deliveries,
    unsent,
    members,
    ...quiet,
  }
}

export type Alerting = Awaited<ReturnType<typeof readAlerting>>

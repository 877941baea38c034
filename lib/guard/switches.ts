import 'server-only'
import { z } from 'zod'
import {
  endSwitch,
  type GuardSwitchRow,
  insertSwitch,
  listOpenSwitches,
  readObserveOnly,
  writeObserveOnly,
} from '@/db/postgres/queries/guard'
import { findMemberRow, lockWorkspace } from '@/db/postgres/queries/people'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, authorizeMember, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { forgetSnapshot } from '@/lib/guard/read-snapshot'

const SWITCH_TARGETS = ['provider', 'model', 'endpoint'] as const

const HOUR_MS = 3_600_000

/** A kill switch as it is asked for: what it is about, why, who answers for it, and for how many hours it stands. */
export const newSwitch = z.object({
  target: z.enum(SWITCH_TARGETS, 'Choose what to switch off.'),
  value: z.string().trim().min(1, 'Name it as the ledger shows it.').max(200),
  reason: z.string().trim().min(1, 'Say why: apps are told.').max(300),
  ownerId: z.uuid('Choose a member of the list.'),
  hours: z.coerce.number().int().min(1, 'Choose at least an hour.').max(720, 'Choose at most 30 days.'),
})
export type NewSwitch = z.output<typeof newSwitch>

/** What the guard of a workspace is set to. */
export type GuardState = { observeOnly: boolean; switches: GuardSwitchRow[] }

/**
 * The settings of a workspace's guard.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function readGuard(person: Person, slug: string, now: Date): Promise<GuardState> {
  const { workspace } = await authorizeMember(person, slug, 'view')
  const [observeOnly, switches] = await Promise.all([
    readObserveOnly(workspace.id),
    listOpenSwitches(workspace.id, now),
  ])
  return { observeOnly, switches }
}

/**
 * Switches a provider, model or endpoint off for apps that ask the guard.
 * @throws AppError `not_found` (also for an owner who is no member), `forbidden`, `conflict`, `unavailable`.
 */
export async function throwSwitch(person: Person, slug: string, input: NewSwitch, now: Date): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editBudgets')
  const { target, value, reason, ownerId, hours } = input
  const expiresAt = new Date(now.getTime() + hours * HOUR_MS)
  const id = await inTransaction(async (tx) => {
    await lockWorkspace(tx, workspace.id)
    const owner = await findMemberRow(tx, workspace.id, ownerId)
    if (!owner) throw new AppError('not_found', 'There is no such member in this workspace.')
    const row = { workspaceId: workspace.id, target, value, reason, ownerId, createdAt: now, expiresAt }
    const created = await insertSwitch(tx, row)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'guard.switched_off',
        target: { kind: 'switch', id: String(created), name: `${target} ${value}` },
        after: { reason, owner: owner.email, expiresAt },
      },
      tx,
    )
    return created
  })
  forgetSnapshot(workspace.id)
  return id
}

/**
 * Ends a switch before it expires.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function releaseSwitch(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editBudgets')
  await inTransaction(async (tx) => {
    const ended = await endSwitch(tx, workspace.id, id, now)
    if (!ended) throw new AppError('not_found', 'There is no such switch in force.')
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'guard.switched_on',
        target: { kind: 'switch', id: String(id), name: `${ended.target} ${ended.value}` },
      },
      tx,
    )
  })
  forgetSnapshot(workspace.id)
}

/**
 * Turns all enforcement of a workspace to observing, or back.
 * @returns whether that changed anything
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function setObserveOnly(person: Person, slug: string, observeOnly: boolean): Promise<boolean> {
  const { workspace } = await authorizeChange(person, slug, 'editBudgets')
  const changed = await inTransaction(async (tx) => {
    await lockWorkspace(tx, workspace.id)
    if (!(await writeObserveOnly(tx, workspace.id, observeOnly))) return false
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'guard.enforcement_changed',
        target: { kind: 'workspace', id: String(workspace.id), name: workspace.name },
        before: { enforcement: observeOnly ? 'enforce' : 'observe' },
        after: { enforcement: observeOnly ? 'observe' : 'enforce' },
      },
      tx,
    )
    return true
  })
  forgetSnapshot(workspace.id)
  return changed
}

import 'server-only'
import { z } from 'zod'
import { listRecipients } from '@/db/postgres/queries/alert-recipients'
import { findChannelIds } from '@/db/postgres/queries/channels'
import {
  clearDefaultPath,
  findPathForUpdate,
  findStepRows,
  insertPath,
  isPathNameTaken,
  replaceSteps,
  updatePath,
} from '@/db/postgres/queries/escalation-paths'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { type EscalationStep, escalationStep } from './escalation-step'
import { toStep } from './raise-alert'

/** A path as its editor sends it; `id` null makes a new one. */
export const pathInput = z.object({
  id: z.number().int().nullable(),
  name: z.string().trim().min(1, 'Give it a name.').max(80),
  isDefault: z.boolean(),
  steps: z
    .array(
      escalationStep.extend({
        afterMinutes: z.number().int().min(0).max(10_080, 'At most a week.'),
        repeatEveryMinutes: z.number().int().min(5).max(1_440).nullable(),
      }),
    )
    .min(1, 'A path needs a step.')
    .max(10, 'A path has at most 10 steps.')
    .refine((steps) => steps.every(({ afterMinutes }, at) => afterMinutes >= (steps[at - 1]?.afterMinutes ?? 0)), {
      error: 'Each step comes after the one before it: its minutes must not be fewer.',
    }),
})
export type PathInput = z.output<typeof pathInput>

/**
 * Saves an escalation path. The first one of a workspace is its default. Alerts that have fired keep the steps they fired
 * with.
 * @throws AppError `not_found` (also for members and channels of others), `forbidden`, `conflict` when the name is taken,
 *   `unavailable`.
 */
export async function savePath(person: Person, slug: string, input: PathInput): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  await inTransaction(async (tx) => {
    await requireTargets(tx, workspace.id, input.steps)
    const stored = input.id === null ? null : await findPathForUpdate(tx, workspace.id, input.id)
    if (input.id !== null && !stored) throw new AppError('not_found', 'There is no such escalation path.')
    const before = stored ? (await findStepRows(tx, workspace.id, stored.id)).map(toStep) : []
    const isFirst = (await findStepRows(tx, workspace.id, null)).length === 0
    const isDefault = input.isDefault || isFirst || stored?.isDefault === true
    if (isDefault) await clearDefaultPath(tx, workspace.id)
    const id = await store(tx, workspace.id, stored?.id ?? null, { name: input.name, isDefault })
    await replaceSteps(tx, id, input.steps.map(toRow))
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: stored ? 'escalation_path.changed' : 'escalation_path.added',
        target: { kind: 'escalation_path', id: String(id), name: input.name },
        ...(stored ? { before: { name: stored.name, isDefault: stored.isDefault, steps: before } } : {}),
        after: { name: input.name, isDefault, steps: input.steps },
      },
      tx,
    )
  })
}

/**
 * Removes an escalation path; budgets and rules that name it take the default from now on.
 * @throws AppError `not_found`, `forbidden`, `conflict` for the default, `unavailable`.
 */
export async function removePath(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  await inTransaction(async (tx) => {
    const path = await findPathForUpdate(tx, workspace.id, id)
    if (!path) throw new AppError('not_found', 'There is no such escalation path.')
    if (path.isDefault) {
      throw new AppError('conflict', 'This is the default path. Make another one the default before you remove it.')
    }
    await updatePath(tx, id, { removedAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'escalation_path.removed',
        target: { kind: 'escalation_path', id: String(id), name: path.name },
      },
      tx,
    )
  })
}

async function store(
  tx: Transaction,
  workspaceId: number,
  id: number | null,
  values: { name: string; isDefault: boolean },
): Promise<number> {
  const taken = () => new AppError('conflict', `There is a path ${values.name} already. Choose another name.`)
  if (id !== null) {
    if (await isPathNameTaken(tx, workspaceId, { id, name: values.name })) throw taken()
    await updatePath(tx, id, values)
    return id
  }
  const added = await insertPath(tx, { workspaceId, ...values })
  if (added === null) throw taken()
  return added
}

async function requireTargets(tx: Transaction, workspaceId: number, steps: readonly EscalationStep[]): Promise<void> {
  const channelIds = steps.flatMap(({ target }) => (target.kind === 'channel' ? [target.channelId] : []))
  const channels = await findChannelIds(tx, workspaceId, channelIds)
  const members = new Set((await listRecipients(tx, workspaceId)).map(({ id }) => id))
  for (const { target } of steps) {
    if (target.kind === 'channel' && !channels.has(target.channelId)) {
      throw new AppError('not_found', 'There is no such channel.')
    }
    if (target.kind === 'member' && !members.has(target.userId)) {
      throw new AppError('not_found', 'There is no such member in this workspace.')
    }
  }
}

function toRow({ target, ...step }: EscalationStep): Parameters<typeof replaceSteps>[2][number] {
  return {
    ...step,
    targetKind: target.kind,
    targetUserId: target.kind === 'member' ? target.userId : null,
    targetRole: target.kind === 'role' ? target.role : null,
    targetChannelId: target.kind === 'channel' ? target.channelId : null,
  }
}

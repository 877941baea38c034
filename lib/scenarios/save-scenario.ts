import 'server-only'
import { findScenarioForUpdate, insertScenario, updateScenario } from '@/db/postgres/queries/scenarios'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { changedFields } from '@/lib/audit/changed-fields'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { ScenarioInput } from '@/lib/scenarios/scenario-input'

/**
 * Saves a new scenario.
 * @returns its id
 * @throws AppError `not_found` (also for somebody who is no member), `forbidden`, `conflict`, `unavailable`.
 */
export async function createScenario(person: Person, slug: string, input: ScenarioInput, now: Date): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  return inTransaction(async (tx) => {
    const { name, definition } = input
    const id = await insertScenario(tx, {
      workspaceId: workspace.id,
      name,
      definition,
      createdBy: person.id,
      createdByName: person.name,
      createdAt: now,
      updatedAt: now,
    })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'scenario.created',
        target: { kind: 'scenario', id: String(id), name },
        after: { name, definition },
      },
      tx,
    )
    return id
  })
}

/**
 * Changes a scenario.
 * @returns whether anything was changed
 * @throws AppError as {@link createScenario}.
 */
export async function changeScenario(
  person: Person,
  slug: string,
  id: number,
  input: ScenarioInput,
  now: Date,
): Promise<boolean> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  return inTransaction(async (tx) => {
    const stored = await requireScenario(tx, workspace.id, id)
    const changed = changedFields({ name: stored.name, definition: stored.definition }, input)
    if (changed === null) return false
    await updateScenario(tx, id, { ...input, updatedAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'scenario.changed',
        target: { kind: 'scenario', id: String(id), name: input.name },
        ...changed,
      },
      tx,
    )
    return true
  })
}

/**
 * Takes a scenario out of the list; nothing else depends on it.
 * @throws AppError as {@link createScenario}.
 */
export async function archiveScenario(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  await inTransaction(async (tx) => {
    const stored = await requireScenario(tx, workspace.id, id)
    await updateScenario(tx, id, { archivedAt: now, updatedAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'scenario.archived',
        target: { kind: 'scenario', id: String(id), name: stored.name },
      },
      tx,
    )
  })
}

async function requireScenario(tx: Transaction, workspaceId: number, id: number) {
  const row = await findScenarioForUpdate(tx, workspaceId, id)
  if (!row) throw new AppError('not_found', 'There is no such scenario in this workspace.')
  return row
}

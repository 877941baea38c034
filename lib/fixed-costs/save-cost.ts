import 'server-only'
import { findFixedCostForUpdate, insertFixedCost, markFixedCostRemoved } from '@/db/postgres/queries/fixed-costs'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { CostInput } from '@/lib/fixed-costs/cost-input'

/**
 * Adds a fixed cost.
 * @throws AppError `not_found` (also for somebody who is no member), `forbidden`, `conflict`, `unavailable`.
 */
export async function addFixedCost(person: Person, slug: string, input: CostInput, now: Date): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  return inTransaction(async (tx) => {
    const id = await insertFixedCost(tx, {
      ...input,
      workspaceId: workspace.id,
      authorId: person.id,
      authorName: person.name,
      createdAt: now,
    })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'fixed_cost.added',
        target: { kind: 'fixed_cost', id: String(id), name: input.name },
        after: input,
      },
      tx,
    )
    return id
  })
}

/**
 * Takes a fixed cost out of every month, as if it had not been entered; the audit log keeps it.
 * @throws AppError as {@link addFixedCost}.
 */
export async function removeFixedCost(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  await inTransaction(async (tx) => {
    const stored = await findFixedCostForUpdate(tx, workspace.id, id)
    if (!stored) throw new AppError('not_found', 'There is no such fixed cost in this workspace.')
    await markFixedCostRemoved(tx, id, now)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'fixed_cost.removed',
        target: { kind: 'fixed_cost', id: String(id), name: stored.name },
      },
      tx,
    )
  })
}

import 'server-only'
import { TZDate } from '@date-fns/tz'
import { findBudgetForUpdate, insertBudget, updateBudget } from '@/db/postgres/queries/budgets'
import { findMemberRow, lockWorkspace } from '@/db/postgres/queries/people'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { changedFields } from '@/lib/audit/changed-fields'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { budget } from '@/lib/budgets/budget'
import type { BudgetInput } from '@/lib/budgets/budget-input'
import { AppError } from '@/lib/errors'
import { shiftDays } from '@/lib/time'

/**
 * Makes a budget; its first period is the one that holds `now`.
 * @throws AppError `not_found` (also for somebody who is no member), `forbidden`, `conflict`, `unavailable`.
 */
export async function createBudget(person: Person, slug: string, input: BudgetInput, now: Date): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editBudgets')
  return inTransaction(async (tx) => {
    await lockWorkspace(tx, workspace.id)
    await requireOwners(tx, workspace.id, input)
    const values = toRow(input, workspace.timeZone)
    const id = await insertBudget(tx, {
      ...values,
      workspaceId: workspace.id,
      startsAt: now,
      createdAt: now,
      updatedAt: now,
    })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'budget.created',
        target: { kind: 'budget', id: String(id), name: input.name },
        after: values,
      },
      tx,
    )
    return id
  })
}

/**
 * Changes a budget. Thresholds that stay keep where they stand.
 * @returns whether anything was changed
 * @throws AppError as {@link createBudget}.
 */
export async function changeBudget(
  person: Person,
  slug: string,
  id: number,
  input: BudgetInput,
  now: Date,
): Promise<boolean> {
  const { workspace } = await authorizeChange(person, slug, 'editBudgets')
  return inTransaction(async (tx) => {
    await lockWorkspace(tx, workspace.id)
    const stored = await requireBudget(tx, workspace.id, id)
    if (stored.archivedAt !== null) throw new AppError('conflict', 'This budget is archived. Restore it first.')
    await requireOwners(tx, workspace.id, input)
    const values = toRow(input, workspace.timeZone)
    const changed = changedFields(stored, values)
    if (changed === null) return false
    await updateBudget(tx, id, { ...values, updatedAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'budget.changed',
        target: { kind: 'budget', id: String(id), name: input.name },
        ...changed,
      },
      tx,
    )
    return true
  })
}

/**
 * Takes a budget out of use, or back into it. Its alerts end with it; its periods stay to be read.
 * @throws AppError as {@link createBudget}.
 */
export async function archiveBudget(
  person: Person,
  slug: string,
  id: number,
  isArchived: boolean,
  now: Date,
): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editBudgets')
  await inTransaction(async (tx) => {
    const stored = await requireBudget(tx, workspace.id, id)
    if ((stored.archivedAt !== null) === isArchived) return
    await updateBudget(tx, id, { archivedAt: isArchived ? now : null, updatedAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: isArchived ? 'budget.archived' : 'budget.restored',
        target: { kind: 'budget', id: String(id), name: stored.name },
      },
      tx,
    )
  })
}

async function requireBudget(tx: Transaction, workspaceId: number, id: number) {
  const row = await findBudgetForUpdate(tx, workspaceId, id)
  if (!row) throw new AppError('not_found', 'There is no such budget in this workspace.')
  return budget.parse(row)
}

async function requireOwners(tx: Transaction, workspaceId: number, { ownerId, backupId }: BudgetInput): Promise<void> {
  for (const id of [ownerId, backupId]) {
    if (id === null) continue
    const member = await findMemberRow(tx, workspaceId, id)
    if (!member) throw new AppError('not_found', 'There is no such member in this workspace.')
    if (member.disabledAt !== null) {
      throw new AppError('conflict', `The account of ${member.name} is disabled. Choose somebody who can sign in.`)
    }
  }
}

function toRow({ firstDay, lastDay, ...values }: BudgetInput, timeZone: string) {
  const last = lastDay === null ? null : midnightOf(lastDay, timeZone)
  return {
    ...values,
    customFrom: firstDay === null ? null : midnightOf(firstDay, timeZone),
    customTo: last && shiftDays(last, 1, { timeZone }),
  }
}

function midnightOf(day: string, timeZone: string): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(new TZDate(year, month - 1, date, timeZone).getTime())
}

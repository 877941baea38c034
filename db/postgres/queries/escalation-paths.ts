import 'server-only'
import { and, asc, desc, eq, inArray, isNull, ne } from 'drizzle-orm'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { escalationPaths, escalationSteps } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

type Reader = Pick<ReturnType<typeof postgres>, 'select'>
export type StepRow = typeof escalationSteps.$inferSelect
export type PathRow = typeof escalationPaths.$inferSelect

/** The paths of a workspace, the default first, each with its steps in order. */
export async function listPathRows(workspaceId: number): Promise<(PathRow & { steps: StepRow[] })[]> {
  const [paths, steps] = await withPostgres(async (db) => [
    await db
      .select()
      .from(escalationPaths)
      .where(and(eq(escalationPaths.workspaceId, workspaceId), isNull(escalationPaths.removedAt)))
      .orderBy(desc(escalationPaths.isDefault), asc(escalationPaths.name)),
    await db
      .select({ step: escalationSteps })
      .from(escalationSteps)
      .innerJoin(escalationPaths, eq(escalationPaths.id, escalationSteps.pathId))
      .where(eq(escalationPaths.workspaceId, workspaceId))
      .orderBy(asc(escalationSteps.position)),
  ])
  return paths.map((path) => ({
    ...path,
    steps: steps.flatMap(({ step }) => (step.pathId === path.id ? [step] : [])),
  }))
}

/** The steps of a path of a workspace, else of its default path, in order; empty when there is neither. */
export async function findStepRows(db: Reader, workspaceId: number, pathId: number | null): Promise<StepRow[]> {
  const paths = await db
    .select({ id: escalationPaths.id, isDefault: escalationPaths.isDefault })
    .from(escalationPaths)
    .where(and(eq(escalationPaths.workspaceId, workspaceId), isNull(escalationPaths.removedAt)))
  const path = paths.find(({ id }) => id === pathId) ?? paths.find(({ isDefault }) => isDefault)
  if (!path) return []
  return db
    .select()
    .from(escalationSteps)
    .where(eq(escalationSteps.pathId, path.id))
    .orderBy(asc(escalationSteps.position))
}

/** Which of these workspaces have a path. */
export async function findWorkspacesWithPath(workspaceIds: readonly number[]): Promise<Set<number>> {
  if (workspaceIds.length === 0) return new Set()
  const rows = await withPostgres((db) =>
    db
      .selectDistinct({ workspaceId: escalationPaths.workspaceId })
      .from(escalationPaths)
      .where(and(inArray(escalationPaths.workspaceId, [...workspaceIds]), isNull(escalationPaths.removedAt))),
  )
  return new Set(rows.map(({ workspaceId }) => workspaceId))
}

export async function findPathForUpdate(tx: Transaction, workspaceId: number, id: number): Promise<PathRow | null> {
  const rows = await tx
    .select()
    .from(escalationPaths)
    .where(
      and(eq(escalationPaths.id, id), eq(escalationPaths.workspaceId, workspaceId), isNull(escalationPaths.removedAt)),
    )
    .for('update')
  return rows[0] ?? null
}

/** Adds a path; null when the name is taken. */
export async function insertPath(tx: Transaction, values: typeof escalationPaths.$inferInsert): Promise<number | null> {
  const rows = await tx
    .insert(escalationPaths)
    .values(values)
    .onConflictDoNothing()
    .returning({ id: escalationPaths.id })
  return rows[0]?.id ?? null
}

export async function updatePath(
  tx: Transaction,
  id: number,
  change: Partial<typeof escalationPaths.$inferInsert>,
): Promise<void> {
  await tx.update(escalationPaths).set(change).where(eq(escalationPaths.id, id))
}

/** Whether another path of the workspace has this name. */
export async function isPathNameTaken(
  tx: Transaction,
  workspaceId: number,
  { id, name }: { id: number; name: string },
): Promise<boolean> {
  const rows = await tx
    .select({ id: escalationPaths.id })
    .from(escalationPaths)
    .where(
      and(
        eq(escalationPaths.workspaceId, workspaceId),
        eq(escalationPaths.name, name),
        ne(escalationPaths.id, id),
        isNull(escalationPaths.removedAt),
      ),
    )
  return rows.length > 0
}

/** No path of the workspace is the default any more. */
export async function clearDefaultPath(tx: Transaction, workspaceId: number): Promise<void> {
  await tx.update(escalationPaths).set({ isDefault: false }).where(eq(escalationPaths.workspaceId, workspaceId))
}

/** Puts these steps in the place of those that the path has. */
export async function replaceSteps(
  tx: Transaction,
  pathId: number,
  steps: readonly Omit<typeof escalationSteps.$inferInsert, 'pathId' | 'position'>[],
): Promise<void> {
  await tx.delete(escalationSteps).where(eq(escalationSteps.pathId, pathId))
  if (steps.length === 0) return
  await tx.insert(escalationSteps).values(steps.map((step, position) => ({ ...step, pathId, position })))
}

import 'server-only'
import { asc, eq, like } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { memberships, workspaces } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type WorkspaceRow = typeof workspaces.$inferSelect

/** What may be changed of a workspace. */
export type WorkspaceChange = Partial<
  Pick<
    WorkspaceRow,
    | 'name'
    | 'timeZone'
    | 'currency'
    | 'fiscalYearStartMonth'
    | 'defaultEnvironments'
    | 'defaultDataModes'
    | 'costPreference'
    | 'retentionDays'
    | 'budgetOwnerId'
    | 'backupOwnerId'
    | 'archivedAt'
  >
>

const idRow = z.object({ id: z.number().int() })

/** The workspace with this id, or null. */
export async function findWorkspace(id: number): Promise<WorkspaceRow | null> {
  const rows = await withPostgres((db) => db.select().from(workspaces).where(eq(workspaces.id, id)).limit(1))
  return rows[0] ?? null
}

/** The workspace with this slug, or null. */
export async function findWorkspaceBySlug(slug: string): Promise<WorkspaceRow | null> {
  const rows = await withPostgres((db) => db.select().from(workspaces).where(eq(workspaces.slug, slug)).limit(1))
  return rows[0] ?? null
}

/** All workspaces by slug. */
export async function listWorkspaces(): Promise<WorkspaceRow[]> {
  return await withPostgres((db) => db.select().from(workspaces).orderBy(asc(workspaces.slug)))
}

/** By which months and of which data modes the volume of each workspace is counted. */
export async function readVolumeScopes(
  db: Pick<ReturnType<typeof postgres>, 'select'>,
): Promise<Pick<WorkspaceRow, 'id' | 'timeZone' | 'defaultDataModes'>[]> {
  const { id, timeZone, defaultDataModes } = workspaces
  return await db.select({ id, timeZone, defaultDataModes }).from(workspaces).orderBy(asc(id))
}

/** Creates a workspace with its first owner; null when the slug is taken. */
export async function insertOwnedWorkspace(
  tx: Transaction,
  values: { slug: string; name: string; timeZone: string },
  ownerId: string,
): Promise<number | null> {
  const rows = await tx.insert(workspaces).values(values).onConflictDoNothing().returning({ id: workspaces.id })
  const stored = z.array(idRow).parse(rows)[0]
  if (!stored) return null
  await tx.insert(memberships).values({ workspaceId: stored.id, userId: ownerId, role: 'owner' })
  return stored.id
}

/** The workspace as it is now, locked for the transaction. */
export async function findWorkspaceForUpdate(tx: Transaction, id: number): Promise<WorkspaceRow | null> {
  const rows = await tx.select().from(workspaces).where(eq(workspaces.id, id)).for('update')
  return rows[0] ?? null
}

export async function updateWorkspace(tx: Transaction, id: number, change: WorkspaceChange): Promise<void> {
  await tx.update(workspaces).set(change).where(eq(workspaces.id, id))
}

/** Adds a workspace whose slug has a number when it is taken; tells its id. */
export async function insertWorkspace(
  db: Pick<ReturnType<typeof postgres>, 'insert' | 'select'>,
  values: { name: string; slug: string; timeZone: string },
): Promise<number> {
  const taken = await db
    .select({ slug: workspaces.slug })
    .from(workspaces)
    .where(like(workspaces.slug, `${values.slug}%`))
  const slugs = new Set(taken.map(({ slug }) => slug))
  let slug = values.slug
  for (let next = 2; slugs.has(slug); next += 1) slug = `${values.slug}-${next}`
  const rows = await db
    .insert(workspaces)
    .values({ ...values, slug })
    .returning({ id: workspaces.id })
  return z.object({ id: z.number().int() }).parse(rows[0]).id
}

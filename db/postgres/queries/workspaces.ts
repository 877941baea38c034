import 'server-only'
import { asc, eq, like } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { workspaces } from '@/db/postgres/schema'

export type WorkspaceRow = typeof workspaces.$inferSelect

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

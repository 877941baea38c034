import 'server-only'
import { asc, eq } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
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

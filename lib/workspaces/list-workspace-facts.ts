import 'server-only'
import { findPersonNames } from '@/db/postgres/queries/people'
import { listWorkspaces } from '@/db/postgres/queries/workspaces'
import { authorizeOrganization, type Person } from '@/lib/auth/person'

/** A workspace as organisation admins see it in a list. */
export type WorkspaceFacts = {
  slug: string
  name: string
  timeZone: string
  createdAt: Date
  archivedAt: Date | null
  budgetOwner: string | null
  backupOwner: string | null
}

/**
 * All workspaces of the organisation, those in use first.
 * @throws AppError `forbidden`, `unavailable`.
 */
export async function listWorkspaceFacts(person: Person): Promise<WorkspaceFacts[]> {
  await authorizeOrganization(person)
  const rows = await listWorkspaces()
  const people = await findPersonNames(
    rows.flatMap(({ budgetOwnerId, backupOwnerId }) => [budgetOwnerId, backupOwnerId].filter((id) => id !== null)),
  )
  const nameOf = (id: string | null) => (id === null ? null : (people.get(id)?.name ?? null))
  return rows
    .map(({ slug, name, timeZone, createdAt, archivedAt, budgetOwnerId, backupOwnerId }) => ({
      slug,
      name,
      timeZone,
      createdAt,
      archivedAt,
      budgetOwner: nameOf(budgetOwnerId),
      backupOwner: nameOf(backupOwnerId),
    }))
    .toSorted((a, b) => Number(a.archivedAt !== null) - Number(b.archivedAt !== null))
}

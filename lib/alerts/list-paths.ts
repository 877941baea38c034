import 'server-only'
import { listPathRows } from '@/db/postgres/queries/escalation-paths'
import { authorizeMember, type Person } from '@/lib/auth/person'

/**
 * The escalation paths of a workspace that can be chosen, the default first.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function listPaths(
  person: Person,
  slug: string,
): Promise<{ id: number; name: string; isDefault: boolean }[]> {
  const { workspace } = await authorizeMember(person, slug, 'view')
  return (await listPathRows(workspace.id)).map(({ id, name, isDefault }) => ({ id, name, isDefault }))
}

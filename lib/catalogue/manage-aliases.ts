import 'server-only'
import { listAliases, type StoredAlias } from '@/db/postgres/queries/model-aliases'
import { isOrganizationAdmin } from '@/db/postgres/queries/people'
import { actorOf, authorizeChange, authorizeMember, authorizeOrganization, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { AliasDraftInput } from '@/lib/pricing/alias-input'
import { addModelAlias, revokeModelAlias } from '@/lib/pricing/change-aliases'

/**
 * The aliases that hold in a workspace, revoked ones too, newest first.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function readAliases(person: Person, slug: string): Promise<StoredAlias[]> {
  const { workspace } = await authorizeMember(person, slug, 'view')
  return await listAliases(workspace.id)
}

/**
 * Adds an alias in a workspace, or with `everywhere` in all of the organisation, which takes an organisation admin.
 * @throws AppError `not_found`, `forbidden`, `conflict`, and as `addModelAlias`.
 */
export async function addAlias(
  person: Person,
  slug: string,
  input: Omit<AliasDraftInput, 'workspaceId'> & { everywhere: boolean },
  reason: string,
): Promise<number> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  const { everywhere, ...draft } = input
  if (everywhere) await authorizeOrganization(person)
  return await addModelAlias({ ...draft, workspaceId: everywhere ? null : workspace.id }, reason, actorOf(person))
}

/**
 * Revokes an alias that holds in a workspace; one of the whole organisation takes an organisation admin.
 * @throws AppError `not_found`, `forbidden`, `conflict`, and as `revokeModelAlias`.
 */
export async function revokeAlias(person: Person, slug: string, id: number, reason: string): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editPrices')
  const alias = await findAliasOf(workspace.id, id)
  if (alias.workspaceId === null) await authorizeOrganization(person)
  await revokeModelAlias(id, alias.workspaceId, reason, actorOf(person))
}

/**
 * An alias that holds in a workspace.
 * @throws AppError `not_found` for one of another workspace and for a revoked one, `unavailable`.
 */
export async function findAliasOf(workspaceId: number, id: number): Promise<StoredAlias> {
  const alias = (await listAliases(workspaceId)).find((each) => each.id === id && each.revokedAt === null)
  if (!alias) throw new AppError('not_found', 'There is no such alias in force in this workspace.')
  return alias
}

/** Whether somebody may add and revoke aliases of the whole organisation. */
export async function mayNameEverywhere(person: Person): Promise<boolean> {
  return await isOrganizationAdmin(person.id)
}

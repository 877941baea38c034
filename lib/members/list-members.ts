import 'server-only'
import { listMemberRows, type MemberRow } from '@/db/postgres/queries/people'
import { authorizeMember, type Person } from '@/lib/auth/person'

/** A member as the settings show them. */
export type Member = Pick<MemberRow, 'id' | 'name' | 'email' | 'role' | 'lastSignInAt' | 'isOrganizationAdmin'> & {
  hasSecondFactor: boolean
  isDisabled: boolean
}

function toMember(row: MemberRow): Member {
  const { id, name, email, role, lastSignInAt, isOrganizationAdmin } = row
  return {
    id,
    name,
    email,
    role,
    lastSignInAt,
    isOrganizationAdmin,
    hasSecondFactor: row.totpEnabledAt !== null,
    isDisabled: row.disabledAt !== null,
  }
}

/**
 * The members of a workspace, by name, for those who manage them.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function listMembers(person: Person, slug: string): Promise<Member[]> {
  const { workspace } = await authorizeMember(person, slug, 'manageMembers')
  return (await listMemberRows(workspace.id)).map(toMember)
}

/** A member as everybody in the workspace may know them. */
export type MemberName = Pick<Member, 'id' | 'name' | 'email' | 'isDisabled'>

/**
 * The names of the members of a workspace, for every member: whom to turn to.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function listMemberNames(person: Person, slug: string): Promise<MemberName[]> {
  const { workspace } = await authorizeMember(person, slug, 'view')
  return (await listMemberRows(workspace.id)).map(toMember).map(({ id, name, email, isDisabled }) => ({
    id,
    name,
    email,
    isDisabled,
  }))
}

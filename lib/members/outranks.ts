import { ROLES, type Role } from '@/lib/auth/permissions'

/** Whether a role may do more than another. */
export function outranks(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) < ROLES.indexOf(other)
}

/** The roles that somebody may give: their own and those below. */
export function grantableRoles(own: Role): Role[] {
  return ROLES.filter((role) => !outranks(role, own))
}

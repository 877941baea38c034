import 'server-only'
import { cache } from 'react'
import { z } from 'zod'
import { findMembership, findMemberships, type MembershipRow } from '@/db/postgres/queries/memberships'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'

/** The form of every slug. What has another form names no workspace, and Postgres refuses to compare a NUL character. */
const SLUG = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

const defaultScope = z.object({
  defaultEnvironments: z.array(z.enum(ENVIRONMENTS)),
  defaultDataModes: z.array(z.enum(DATA_MODES)),
})

type Role = MembershipRow['role']

/** A workspace with the settings that questions about it need. */
type SessionWorkspace = MembershipRow['workspace'] & z.infer<typeof defaultScope>

/** A workspace that somebody may see, and as what. Organisation admins are owners everywhere. */
export type Membership = { role: Role; isOrganizationAdmin: boolean; workspace: SessionWorkspace }

/**
 * What somebody may see of the workspace with this slug, archived or not; null when it is unknown or foreign, or the
 * account is disabled. Asked once per request.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export const findWorkspaceAccess = cache(async (userId: string, slug: string): Promise<Membership | null> => {
  const row = SLUG.test(slug) ? await findMembership(userId, slug) : null
  return row && toMembership(row)
})

/**
 * The workspaces that somebody may see, by name, archived ones included. Asked once per request.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export const listWorkspacesAndArchived = cache(async (userId: string): Promise<Membership[]> => {
  return (await findMemberships(userId)).map(toMembership)
})

/**
 * The workspaces in use that somebody may see, by name.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listWorkspaces(userId: string): Promise<Membership[]> {
  return (await listWorkspacesAndArchived(userId)).filter(({ workspace }) => workspace.archivedAt === null)
}

function toMembership({ workspace, ...place }: MembershipRow): Membership {
  return { ...place, workspace: { ...workspace, ...defaultScope.parse(workspace) } }
}

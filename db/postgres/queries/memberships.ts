import 'server-only'
import { and, asc, eq, isNotNull, isNull, or } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { memberships, users, workspaces } from '@/db/postgres/schema'

const role = z.enum(['owner', 'admin', 'editor', 'viewer'])

const membershipRow = z.object({
  role: role.nullable(),
  isOrganizationAdmin: z.boolean(),
  workspace: z.object({
    id: z.number().int(),
    slug: z.string(),
    name: z.string(),
    timeZone: z.string(),
    currency: z.string(),
    fiscalYearStartMonth: z.number().int(),
    defaultEnvironments: z.array(z.string()),
    defaultDataModes: z.array(z.string()),
    costPreference: z.enum(['reported', 'book']),
    isDemo: z.boolean(),
    budgetOwnerId: z.uuid().nullable(),
    backupOwnerId: z.uuid().nullable(),
    retentionDays: z.number().int().nullable(),
    archivedAt: z.date().nullable(),
    createdAt: z.date(),
  }),
})

/** A workspace that a person may see, and as what: an organisation admin is an owner everywhere. */
export type MembershipRow = {
  role: z.infer<typeof role>
  isOrganizationAdmin: boolean
  workspace: z.infer<typeof membershipRow>['workspace']
}

const columns = {
  role: memberships.role,
  isOrganizationAdmin: users.isOrganizationAdmin,
  workspace: {
    id: workspaces.id,
    slug: workspaces.slug,
    name: workspaces.name,
    timeZone: workspaces.timeZone,
    currency: workspaces.currency,
    fiscalYearStartMonth: workspaces.fiscalYearStartMonth,
    defaultEnvironments: workspaces.defaultEnvironments,
    defaultDataModes: workspaces.defaultDataModes,
    costPreference: workspaces.costPreference,
    isDemo: workspaces.isDemo,
    budgetOwnerId: workspaces.budgetOwnerId,
    backupOwnerId: workspaces.backupOwnerId,
    retentionDays: workspaces.retentionDays,
    archivedAt: workspaces.archivedAt,
    createdAt: workspaces.createdAt,
  },
}

const maySee = or(isNotNull(memberships.role), eq(users.isOrganizationAdmin, true))

function toRow({ role, isOrganizationAdmin, workspace }: z.infer<typeof membershipRow>): MembershipRow[] {
  if (isOrganizationAdmin) return [{ role: 'owner', isOrganizationAdmin, workspace }]
  return role === null ? [] : [{ role, isOrganizationAdmin, workspace }]
}

/**
 * The person's place in the workspace with this slug, archived or not; null when the workspace is unknown or foreign, or
 * the person is disabled.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findMembership(userId: string, slug: string): Promise<MembershipRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(workspaces)
      .innerJoin(users, and(eq(users.id, userId), isNull(users.disabledAt)))
      .leftJoin(memberships, and(eq(memberships.workspaceId, workspaces.id), eq(memberships.userId, users.id)))
      .where(and(eq(workspaces.slug, slug), maySee))
      .limit(1),
  )
  return z.array(membershipRow).parse(rows).flatMap(toRow)[0] ?? null
}

/**
 * All workspaces that a person may see, by name, archived ones included.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findMemberships(userId: string): Promise<MembershipRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(workspaces)
      .innerJoin(users, and(eq(users.id, userId), isNull(users.disabledAt)))
      .leftJoin(memberships, and(eq(memberships.workspaceId, workspaces.id), eq(memberships.userId, users.id)))
      .where(maySee)
      .orderBy(asc(workspaces.name), asc(workspaces.id)),
  )
  return z.array(membershipRow).parse(rows).flatMap(toRow)
}

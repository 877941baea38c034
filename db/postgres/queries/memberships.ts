import 'server-only'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { memberships, users, workspaces } from '@/db/postgres/schema'

const membershipRow = z.object({
  role: z.enum(['owner', 'admin', 'editor', 'viewer']),
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
  }),
})

/** A workspace that a person may see, and as what. */
export type MembershipRow = z.infer<typeof membershipRow>

const columns = {
  role: memberships.role,
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
  },
}

/**
 * The person's membership in the workspace with this slug; null when the workspace is unknown or foreign, or the person
 * is disabled.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findMembership(userId: string, slug: string): Promise<MembershipRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(memberships)
      .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(and(eq(memberships.userId, userId), eq(workspaces.slug, slug), isNull(users.disabledAt)))
      .limit(1),
  )
  return z.array(membershipRow).parse(rows)[0] ?? null
}

/**
 * All memberships of a person, by the workspaces' names.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findMemberships(userId: string): Promise<MembershipRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(memberships)
      .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(and(eq(memberships.userId, userId), isNull(users.disabledAt)))
      .orderBy(asc(workspaces.name), asc(workspaces.id)),
  )
  return z.array(membershipRow).parse(rows)
}

import 'server-only'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { memberships, oneTimeLinks, workspaces } from '@/db/postgres/schema'

type Database = ReturnType<typeof postgres>
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

const role = z.enum(['owner', 'admin', 'editor', 'viewer'])

const linkRow = z.object({
  id: z.number().int(),
  kind: z.enum(['invitation', 'password_reset']),
  userId: z.uuid().nullable(),
  email: z.string(),
  workspaceId: z.number().int().nullable(),
  workspaceName: z.string().nullable(),
  role: role.nullable(),
  expiresAt: z.date(),
})

/** A link that can still be used. */
export type OneTimeLinkRow = z.infer<typeof linkRow>

const columns = {
  id: oneTimeLinks.id,
  kind: oneTimeLinks.kind,
  userId: oneTimeLinks.userId,
  email: oneTimeLinks.email,
  workspaceId: oneTimeLinks.workspaceId,
  workspaceName: workspaces.name,
  role: oneTimeLinks.role,
  expiresAt: oneTimeLinks.expiresAt,
}

const isOpen = and(
  isNull(oneTimeLinks.usedAt),
  isNull(oneTimeLinks.revokedAt),
  gt(oneTimeLinks.expiresAt, sql`now()`),
  isNull(workspaces.archivedAt),
)

/** Adds a link and revokes the open ones that it takes the place of: the same kind, address and workspace. */
export async function insertOneTimeLink(
  db: Transaction,
  values: Pick<
    typeof oneTimeLinks.$inferInsert,
    'kind' | 'tokenHash' | 'userId' | 'email' | 'workspaceId' | 'role' | 'createdBy'
  >,
  validHours: number,
): Promise<Date> {
  await db
    .update(oneTimeLinks)
    .set({ revokedAt: sql`now()` })
    .where(
      and(
        eq(oneTimeLinks.kind, values.kind),
        eq(oneTimeLinks.email, values.email),
        sql`${oneTimeLinks.workspaceId} IS NOT DISTINCT FROM ${values.workspaceId ?? null}`,
        isNull(oneTimeLinks.usedAt),
        isNull(oneTimeLinks.revokedAt),
      ),
    )
  const rows = await db
    .insert(oneTimeLinks)
    .values({ ...values, expiresAt: sql`now() + make_interval(hours => ${validHours})` })
    .returning({ expiresAt: oneTimeLinks.expiresAt })
  return z.object({ expiresAt: z.date() }).parse(rows[0]).expiresAt
}

/**
 * The link with this hash, unless it is used, revoked, expired or leads to an archived workspace.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findOpenLink(tokenHash: string): Promise<OneTimeLinkRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(oneTimeLinks)
      .leftJoin(workspaces, eq(workspaces.id, oneTimeLinks.workspaceId))
      .where(and(eq(oneTimeLinks.tokenHash, tokenHash), isOpen))
      .limit(1),
  )
  return z.array(linkRow).parse(rows)[0] ?? null
}

/**
 * The open invitations of an e-mail address (lower-case).
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listOpenInvitations(email: string): Promise<OneTimeLinkRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(oneTimeLinks)
      .leftJoin(workspaces, eq(workspaces.id, oneTimeLinks.workspaceId))
      .where(and(eq(oneTimeLinks.kind, 'invitation'), eq(oneTimeLinks.email, email), isOpen)),
  )
  return z.array(linkRow).parse(rows)
}

/** Uses a link up: true for one caller, false for whoever comes second or too late. */
export async function takeLink(db: Transaction, linkId: number): Promise<boolean> {
  const rows = await db
    .update(oneTimeLinks)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(oneTimeLinks.id, linkId),
        isNull(oneTimeLinks.usedAt),
        isNull(oneTimeLinks.revokedAt),
        gt(oneTimeLinks.expiresAt, sql`now()`),
      ),
    )
    .returning({ id: oneTimeLinks.id })
  return rows.length > 0
}

/** Ends the password-reset links of a person that nobody has used. */
export async function revokeResetLinks(db: Transaction, userId: string): Promise<void> {
  await db
    .update(oneTimeLinks)
    .set({ revokedAt: sql`now()` })
    .where(
      and(
        eq(oneTimeLinks.kind, 'password_reset'),
        eq(oneTimeLinks.userId, userId),
        isNull(oneTimeLinks.usedAt),
        isNull(oneTimeLinks.revokedAt),
      ),
    )
}

/** Gives a role in a workspace to somebody who has none there; somebody who has one keeps it. */
export async function insertMembership(
  db: Transaction,
  values: { userId: string; workspaceId: number; role: z.infer<typeof role> },
): Promise<void> {
  await db.insert(memberships).values(values).onConflictDoNothing()
}

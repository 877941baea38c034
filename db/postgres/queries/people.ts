import 'server-only'
import { and, asc, count, eq, inArray, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { memberships, users, workspaces } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

const role = z.enum(['owner', 'admin', 'editor', 'viewer'])

const personRow = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  isOrganizationAdmin: z.boolean(),
  hasPassword: z.boolean(),
  totpEnabledAt: z.date().nullable(),
  lastSignInAt: z.date().nullable(),
  createdAt: z.date(),
  disabledAt: z.date().nullable(),
})
const memberRow = personRow.extend({ role })

/** An account as the pages that administer it know it; no secret is part of it. */
export type PersonRow = z.infer<typeof personRow>
/** An account with its role in one workspace. */
export type MemberRow = z.infer<typeof memberRow>

const columns = {
  id: users.id,
  email: users.email,
  name: users.name,
  isOrganizationAdmin: users.isOrganizationAdmin,
  hasPassword: sql<boolean>`${users.passwordHash} IS NOT NULL`,
  totpEnabledAt: users.totpEnabledAt,
  lastSignInAt: users.lastSignInAt,
  createdAt: users.createdAt,
  disabledAt: users.disabledAt,
}

/** Whether this account is an organisation admin and not disabled. */
export async function isOrganizationAdmin(userId: string): Promise<boolean> {
  const rows = await withPostgres((db) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), eq(users.isOrganizationAdmin, true), isNull(users.disabledAt)))
      .limit(1),
  )
  return rows.length > 0
}

/** The members of a workspace, by name. */
export async function listMemberRows(workspaceId: number): Promise<MemberRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select({ ...columns, role: memberships.role })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(eq(memberships.workspaceId, workspaceId))
      .orderBy(asc(users.name), asc(users.email)),
  )
  return z.array(memberRow).parse(rows)
}

/** One member of a workspace inside a transaction; null when the account has no role there. */
export async function findMemberRow(tx: Transaction, workspaceId: number, userId: string): Promise<MemberRow | null> {
  const rows = await tx
    .select({ ...columns, role: memberships.role })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.workspaceId, workspaceId), eq(memberships.userId, userId)))
    .limit(1)
  return z.array(memberRow).parse(rows)[0] ?? null
}

/** Number of owners of a workspace whose accounts are not disabled. */
export async function countOwners(tx: Transaction, workspaceId: number): Promise<number> {
  const rows = await tx
    .select({ owners: count() })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.disabledAt)))
    .where(and(eq(memberships.workspaceId, workspaceId), eq(memberships.role, 'owner')))
  return rows[0]?.owners ?? 0
}

/** Changes of one workspace's members wait for each other: "the last owner" is then a fact. */
export async function lockWorkspace(tx: Transaction, workspaceId: number): Promise<void> {
  await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, workspaceId)).for('update')
}

export async function updateRole(
  tx: Transaction,
  workspaceId: number,
  userId: string,
  next: z.infer<typeof role>,
): Promise<void> {
  await tx
    .update(memberships)
    .set({ role: next })
    .where(and(eq(memberships.workspaceId, workspaceId), eq(memberships.userId, userId)))
}

export async function deleteMembership(tx: Transaction, workspaceId: number, userId: string): Promise<void> {
  await tx.delete(memberships).where(and(eq(memberships.workspaceId, workspaceId), eq(memberships.userId, userId)))
}

const accountRole = z.object({ userId: z.uuid(), slug: z.string(), workspace: z.string(), role })

/** All accounts by name, each with its roles. */
export async function listPersonRows(): Promise<
  (PersonRow & { roles: { slug: string; workspace: string; role: MemberRow['role'] }[] })[]
> {
  const [people, roles] = await withPostgres((db) =>
    Promise.all([
      db.select(columns).from(users).orderBy(asc(users.name), asc(users.email)),
      db
        .select({
          userId: memberships.userId,
          slug: workspaces.slug,
          workspace: workspaces.name,
          role: memberships.role,
        })
        .from(memberships)
        .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
        .where(isNull(workspaces.archivedAt))
        .orderBy(asc(workspaces.name)),
    ]),
  )
  const held = z.array(accountRole).parse(roles)
  return z
    .array(personRow)
    .parse(people)
    .map((person) => ({ ...person, roles: held.filter(({ userId }) => userId === person.id) }))
}

/** One account, locked for the transaction; null when unknown. */
export async function findPersonForUpdate(tx: Transaction, userId: string): Promise<PersonRow | null> {
  const rows = await tx.select(columns).from(users).where(eq(users.id, userId)).for('update')
  return z.array(personRow).parse(rows)[0] ?? null
}

/** Number of organisation admins whose accounts are not disabled; they are locked, so that the number stays true. */
export async function countOrganizationAdmins(tx: Transaction): Promise<number> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.isOrganizationAdmin, true), isNull(users.disabledAt)))
    .for('update')
  return rows.length
}

/** Disables or enables an account. Disabling ends its sessions. */
export async function updateDisabled(tx: Transaction, userId: string, disabledAt: Date | null): Promise<void> {
  await tx
    .update(users)
    .set(disabledAt === null ? { disabledAt } : { disabledAt, sessionsEndedAt: disabledAt })
    .where(eq(users.id, userId))
}

export async function updateOrganizationAdmin(tx: Transaction, userId: string, isAdmin: boolean): Promise<void> {
  await tx.update(users).set({ isOrganizationAdmin: isAdmin }).where(eq(users.id, userId))
}

/** Names of these accounts by id. */
export async function findPersonNames(
  ids: readonly string[],
): Promise<Map<string, { name: string; email: string; isDisabled: boolean }>> {
  if (ids.length === 0) return new Map()
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(users)
      .where(inArray(users.id, [...ids])),
  )
  return new Map(
    z
      .array(personRow)
      .parse(rows)
      .map(({ id, name, email, disabledAt }) => [id, { name, email, isDisabled: disabledAt !== null }]),
  )
}

/** The roles of an account, archived workspaces included, by slug. */
export async function findRolesOf(userId: string): Promise<Map<string, MemberRow['role']>> {
  const rows = await withPostgres((db) =>
    db
      .select({ userId: memberships.userId, slug: workspaces.slug, workspace: workspaces.name, role: memberships.role })
      .from(memberships)
      .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
      .where(eq(memberships.userId, userId)),
  )
  return new Map(
    z
      .array(accountRole)
      .parse(rows)
      .map(({ slug, role: held }) => [slug, held]),
  )
}

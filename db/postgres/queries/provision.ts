import 'server-only'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { apiKeys, memberships, users, workspaces } from '@/db/postgres/schema'

/** What to create or update; a field that is undefined is left as it is. */
export type ProvisionRows = {
  workspaces: {
    slug: string
    name: string
    timeZone?: string
    currency?: string
    fiscalYearStartMonth?: number
    defaultEnvironments?: string[]
    defaultDataModes?: string[]
    costPreference?: 'reported' | 'book'
    isDemo?: boolean
    /** E-mail addresses of members. */
    owners: { budgetOwner?: string; backupOwner?: string }
    keys: {
      name: string
      prefix: string
      secretHash: string
      scopes: string[]
      fixedEnvironment?: string
      fixedDataMode?: string
    }[]
  }[]
  users: {
    email: string
    name: string
    isOrganizationAdmin?: boolean
    passwordHash?: string
    roles: { slug: string; role: 'owner' | 'admin' | 'editor' | 'viewer' }[]
  }[]
}

type Transaction = Parameters<Parameters<ReturnType<typeof postgres>['transaction']>[0]>[0]

const keyOwner = z.object({ secretHash: z.string(), slug: z.string(), name: z.string() })
const passwordRow = z.object({ email: z.string(), passwordHash: z.string().nullable() })
const idRow = z.object({ id: z.number().int() })
const userIdRow = z.object({ id: z.uuid() })

/** Who has these key secrets now. */
export async function findKeyOwners(secretHashes: string[]): Promise<z.infer<typeof keyOwner>[]> {
  if (secretHashes.length === 0) return []
  const rows = await withPostgres((db) =>
    db
      .select({ secretHash: apiKeys.secretHash, slug: workspaces.slug, name: apiKeys.name })
      .from(apiKeys)
      .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
      .where(inArray(apiKeys.secretHash, secretHashes)),
  )
  return z.array(keyOwner).parse(rows)
}

/** Which of these slugs exist. */
export async function findSlugs(slugs: string[]): Promise<Set<string>> {
  if (slugs.length === 0) return new Set()
  const rows = await withPostgres((db) =>
    db.select({ slug: workspaces.slug }).from(workspaces).where(inArray(workspaces.slug, slugs)),
  )
  return new Set(rows.map(({ slug }) => slug))
}

/** The password hashes of these accounts, by e-mail address. */
export async function findPasswordHashes(emails: string[]): Promise<Map<string, string | null>> {
  if (emails.length === 0) return new Map()
  const rows = await withPostgres((db) =>
    db.select({ email: users.email, passwordHash: users.passwordHash }).from(users).where(inArray(users.email, emails)),
  )
  return new Map(
    z
      .array(passwordRow)
      .parse(rows)
      .map(({ email, passwordHash }) => [email, passwordHash]),
  )
}

/**
 * Creates or updates everything in one transaction. Every role must name a workspace that exists or is in `rows`.
 * @returns null, or what is wrong with the owners named, in which case nothing was stored
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function upsertProvision(rows: ProvisionRows): Promise<string | null> {
  try {
    await storeProvision(rows)
    return null
  } catch (error) {
    if (error instanceof StrangerAsOwner) return error.message
    throw error
  }
}

class StrangerAsOwner extends Error {}

async function storeProvision(rows: ProvisionRows): Promise<void> {
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      for (const { keys, owners, ...workspace } of rows.workspaces) {
        const workspaceId = await upsertWorkspace(tx, workspace)
        for (const key of keys) await upsertKey(tx, workspaceId, key)
      }
      for (const { roles, ...user } of rows.users) {
        const userId = await upsertUser(tx, user)
        for (const { slug, role } of roles) await upsertMembership(tx, userId, slug, role)
      }
      for (const { slug, owners } of rows.workspaces) await appointOwners(tx, slug, owners)
    }),
  )
}

// Update first: INSERT … ON CONFLICT alone would burn a workspace id at every boot.
async function upsertWorkspace(tx: Transaction, values: Omit<ProvisionRows['workspaces'][number], 'keys' | 'owners'>) {
  const { slug, ...settings } = values
  const updated = await tx
    .update(workspaces)
    .set(settings)
    .where(eq(workspaces.slug, slug))
    .returning({ id: workspaces.id })
  const stored = updated[0]
    ? updated
    : await tx
        .insert(workspaces)
        .values(values)
        .onConflictDoUpdate({ target: workspaces.slug, set: settings })
        .returning({ id: workspaces.id })
  return idRow.parse(stored[0]).id
}

async function upsertKey(
  tx: Transaction,
  workspaceId: number,
  { name, ...settings }: ProvisionRows['workspaces'][number]['keys'][number],
) {
  const set = {
    ...settings,
    // A key that was revoked stays so, unless it got a new secret.
    revokedAt: sql`CASE WHEN ${apiKeys.secretHash} = ${settings.secretHash} THEN ${apiKeys.revokedAt} END`,
  }
  const updated = await tx
    .update(apiKeys)
    .set(set)
    .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.name, name)))
    .returning({ id: apiKeys.id })
  if (updated[0]) return
  await tx
    .insert(apiKeys)
    .values({ workspaceId, name, ...settings })
    .onConflictDoUpdate({ target: [apiKeys.workspaceId, apiKeys.name], set })
}

async function upsertUser(tx: Transaction, values: Omit<ProvisionRows['users'][number], 'roles'>): Promise<string> {
  const { email, ...settings } = values
  const stored = await tx
    .insert(users)
    .values(values)
    .onConflictDoUpdate({
      target: users.email,
      // Another password ends the sessions that began with the one before.
      set: { ...settings, ...(settings.passwordHash === undefined ? {} : { sessionsEndedAt: sql`now()` }) },
    })
    .returning({ id: users.id })
  return userIdRow.parse(stored[0]).id
}

async function upsertMembership(
  tx: Transaction,
  userId: string,
  slug: string,
  role: ProvisionRows['users'][number]['roles'][number]['role'],
) {
  const found = await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.slug, slug)).limit(1)
  const workspaceId = idRow.parse(found[0]).id
  await tx
    .insert(memberships)
    .values({ userId, workspaceId, role })
    .onConflictDoUpdate({ target: [memberships.userId, memberships.workspaceId], set: { role } })
}

async function appointOwners(tx: Transaction, slug: string, owners: ProvisionRows['workspaces'][number]['owners']) {
  const set = {
    budgetOwnerId: await memberId(tx, slug, owners.budgetOwner),
    backupOwnerId: await memberId(tx, slug, owners.backupOwner),
  }
  if (set.budgetOwnerId === undefined && set.backupOwnerId === undefined) return
  await tx.update(workspaces).set(set).where(eq(workspaces.slug, slug))
}

async function memberId(tx: Transaction, slug: string, email: string | undefined): Promise<string | undefined> {
  if (email === undefined) return undefined
  const found = await tx
    .select({ id: users.id })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
    .where(and(eq(workspaces.slug, slug), eq(users.email, email)))
    .limit(1)
  const member = z.array(userIdRow).parse(found)[0]
  if (!member) throw new StrangerAsOwner(`workspaces.${slug}: ${email} is no member and cannot be its owner`)
  return member.id
}

import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { users } from '@/db/postgres/schema'

type Database = ReturnType<typeof postgres>
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]
type Writer = Database | Transaction

const userRow = z.object({ id: z.uuid(), email: z.string(), name: z.string(), isOrganizationAdmin: z.boolean() })
const credentialsRow = userRow.extend({
  passwordHash: z.string().nullable(),
  /** Sealed; set from the beginning of an enrolment. */
  totpSecret: z.string().nullable(),
  /** Null while the second factor is off or not confirmed yet. */
  totpEnabledAt: z.date().nullable(),
  disabledAt: z.date().nullable(),
})
const idRow = z.object({ id: z.uuid() })

/** A person with what proves who they are. */
export type CredentialsRow = z.infer<typeof credentialsRow>

const columns = {
  id: users.id,
  email: users.email,
  name: users.name,
  isOrganizationAdmin: users.isOrganizationAdmin,
}

const credentialsColumns = {
  ...columns,
  passwordHash: users.passwordHash,
  totpSecret: users.totpSecret,
  totpEnabledAt: users.totpEnabledAt,
  disabledAt: users.disabledAt,
}

/**
 * The account with this e-mail address (lower-case), disabled ones too; null when there is none.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findUserByEmail(email: string): Promise<CredentialsRow | null> {
  const rows = await withPostgres((db) =>
    db.select(credentialsColumns).from(users).where(eq(users.email, email)).limit(1),
  )
  return z.array(credentialsRow).parse(rows)[0] ?? null
}

/**
 * The account with this id with what proves who it is, disabled ones too; null when there is none.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findCredentials(id: string): Promise<CredentialsRow | null> {
  const rows = await withPostgres((db) => db.select(credentialsColumns).from(users).where(eq(users.id, id)).limit(1))
  return z.array(credentialsRow).parse(rows)[0] ?? null
}

/**
 * Whether there is any account at all.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function hasAnyUser(db?: Writer): Promise<boolean> {
  const ask = (source: Writer) => source.select({ id: users.id }).from(users).limit(1)
  const rows = db ? await ask(db) : await withPostgres(ask)
  return rows.length > 0
}

/** Adds an account and tells its id. The address must be free. */
export async function insertUser(
  db: Writer,
  values: { email: string; name: string; passwordHash: string | null; isOrganizationAdmin?: boolean },
): Promise<string> {
  const rows = await db.insert(users).values(values).returning({ id: users.id })
  return idRow.parse(rows[0]).id
}

/** Stores a password; with `endSessions`, every session that began before this instant has ended. */
export async function updatePassword(
  db: Writer,
  userId: string,
  passwordHash: string,
  options: { endSessions: boolean },
): Promise<void> {
  await db
    .update(users)
    .set({ passwordHash, ...(options.endSessions ? { sessionsEndedAt: sql`now()` } : {}) })
    .where(eq(users.id, userId))
}

/** Begins an enrolment of the second factor, unless it is on already. */
export async function updatePendingTotp(userId: string, sealedSecret: string): Promise<void> {
  await withPostgres((db) =>
    db
      .update(users)
      .set({ totpSecret: sealedSecret, totpLastStep: null })
      .where(and(eq(users.id, userId), isNull(users.totpEnabledAt))),
  )
}

/** Turns the second factor on with the secret that was confirmed; false when the enrolment has changed meanwhile. */
export async function enableTotp(
  db: Writer,
  userId: string,
  sealedSecret: string,
  confirmedStep: number,
): Promise<boolean> {
  const rows = await db
    .update(users)
    .set({ totpEnabledAt: sql`now()`, totpLastStep: String(confirmedStep) })
    .where(and(eq(users.id, userId), eq(users.totpSecret, sealedSecret), isNull(users.totpEnabledAt)))
    .returning({ id: users.id })
  return rows.length > 0
}

/** Turns the second factor off and forgets its secret. */
export async function disableTotp(db: Writer, userId: string): Promise<void> {
  await db.update(users).set({ totpSecret: null, totpEnabledAt: null, totpLastStep: null }).where(eq(users.id, userId))
}

/**
 * Takes a time step of the second factor: true once for each, and only for later ones than the last, so that a code that
 * was seen over a shoulder is worth nothing.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function takeTotpStep(userId: string, step: number): Promise<boolean> {
  const rows = await withPostgres((db) =>
    db
      .update(users)
      .set({ totpLastStep: String(step) })
      .where(and(eq(users.id, userId), sql`(${users.totpLastStep} IS NULL OR ${users.totpLastStep}::bigint < ${step})`))
      .returning({ id: users.id }),
  )
  return rows.length > 0
}

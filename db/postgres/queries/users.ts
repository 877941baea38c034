import 'server-only'
import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { users } from '@/db/postgres/schema'

const userRow = z.object({ id: z.uuid(), email: z.string(), name: z.string() })
const credentialsRow = userRow.extend({ passwordHash: z.string().nullable() })

/** A person as the rest of the product knows them. */
export type UserRow = z.infer<typeof userRow>

/**
 * The account that may sign in with this e-mail address (lower-case), with its password hash; null for unknown and
 * disabled accounts.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findUserForSignIn(email: string): Promise<z.infer<typeof credentialsRow> | null> {
  const rows = await withPostgres((db) =>
    db
      .select({ id: users.id, email: users.email, name: users.name, passwordHash: users.passwordHash })
      .from(users)
      .where(and(eq(users.email, email), isNull(users.disabledAt)))
      .limit(1),
  )
  return z.array(credentialsRow).parse(rows)[0] ?? null
}

/**
 * The account with this id unless it is unknown or disabled.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findActiveUser(id: string): Promise<UserRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select({ id: users.id, email: users.email, name: users.name })
      .from(users)
      .where(and(eq(users.id, id), isNull(users.disabledAt)))
      .limit(1),
  )
  return z.array(userRow).parse(rows)[0] ?? null
}

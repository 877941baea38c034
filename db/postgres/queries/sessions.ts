import 'server-only'
import { and, desc, eq, gt, isNull, ne, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { sessions, users } from '@/db/postgres/schema'

type Database = ReturnType<typeof postgres>
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

const liveSessionRow = z.object({
  sessionId: z.uuid(),
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  isOrganizationAdmin: z.boolean(),
})

const sessionRow = z.object({
  id: z.uuid(),
  method: z.string(),
  address: z.string(),
  userAgent: z.string(),
  createdAt: z.date(),
  expiresAt: z.date(),
})

/** A session that holds, and whose it is. */
export type LiveSessionRow = z.infer<typeof liveSessionRow>

export type SessionRow = z.infer<typeof sessionRow>

// The database's own clock decides everywhere, so that replicas agree on what came first.
const isLive = and(
  isNull(sessions.revokedAt),
  gt(sessions.expiresAt, sql`now()`),
  isNull(users.disabledAt),
  or(isNull(users.sessionsEndedAt), gt(sessions.createdAt, users.sessionsEndedAt)),
)

/**
 * The session and its person in one question; null when it was signed out, has expired or ended with a password, or the
 * account is disabled.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findLiveSession(sessionId: string): Promise<LiveSessionRow | null> {
  const rows = await withPostgres((db) =>
    db
      .select({
        sessionId: sessions.id,
        id: users.id,
        email: users.email,
        name: users.name,
        isOrganizationAdmin: users.isOrganizationAdmin,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, sessionId), isLive))
      .limit(1),
  )
  return z.array(liveSessionRow).parse(rows)[0] ?? null
}

/**
 * Begins a session and notes the sign-in on the account.
 * @returns its id
 */
export async function insertSession(
  db: Transaction,
  values: { userId: string; method: string; address: string; userAgent: string; days: number },
): Promise<string> {
  const { days, ...columns } = values
  const rows = await db
    .insert(sessions)
    .values({ ...columns, expiresAt: sql`now() + make_interval(days => ${days})` })
    .returning({ id: sessions.id })
  await db.update(users).set({ lastSignInAt: sql`now()` }).where(eq(users.id, values.userId))
  return z.object({ id: z.uuid() }).parse(rows[0]).id
}

/**
 * The sessions of a person that hold, newest first.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listLiveSessions(userId: string): Promise<SessionRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select({
        id: sessions.id,
        method: sessions.method,
        address: sessions.address,
        userAgent: sessions.userAgent,
        createdAt: sessions.createdAt,
        expiresAt: sessions.expiresAt,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.userId, userId), isLive))
      .orderBy(desc(sessions.createdAt)),
  )
  return z.array(sessionRow).parse(rows)
}

/** Ends one session of a person; false when it is not theirs or has ended already. */
export async function revokeSession(db: Database | Transaction, userId: string, sessionId: string): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isNull(sessions.revokedAt)))
    .returning({ id: sessions.id })
  return rows.length > 0
}

/** Ends all sessions of a person but one, or all of them; tells how many. Call it too when an account is disabled. */
export async function revokeSessions(
  db: Database | Transaction,
  userId: string,
  exceptSessionId: string | null,
): Promise<number> {
  const rows = await db
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.revokedAt),
        exceptSessionId === null ? undefined : ne(sessions.id, exceptSessionId),
      ),
    )
    .returning({ id: sessions.id })
  return rows.length
}

import 'server-only'
import { and, eq, lt, or, sql } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { leases } from '@/db/postgres/schema'

/** By Postgres' clock at the moment of the statement, so that replicas with other clocks agree. */
const expiry = (ttlMs: number) => sql`clock_timestamp() + make_interval(secs => ${ttlMs / 1_000})`
const now = sql`clock_timestamp()`

/**
 * Takes a lease that nobody holds, that has expired, or that `holder` holds already (its end moves). `holder` must be
 * unique to the taker (a UUID made once per process). Whoever has it stops at the latest `ttlMs` after calling this.
 * @returns whether `holder` has the lease now
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function takeLease(name: string, holder: string, ttlMs: number): Promise<boolean> {
  const taken = await withPostgres((db) =>
    db
      .insert(leases)
      .values({ name, holder, expiresAt: expiry(ttlMs) })
      .onConflictDoUpdate({
        target: leases.name,
        set: { holder, expiresAt: expiry(ttlMs) },
        setWhere: or(eq(leases.holder, holder), lt(leases.expiresAt, now)),
      })
      .returning({ holder: leases.holder }),
  )
  return taken.length === 1
}

/**
 * Moves the end of a lease that `holder` still has. One that has expired is not renewed: somebody may have acted on it.
 * @returns whether `holder` has the lease still
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function renewLease(name: string, holder: string, ttlMs: number): Promise<boolean> {
  const renewed = await withPostgres((db) =>
    db
      .update(leases)
      .set({ expiresAt: expiry(ttlMs) })
      .where(and(eq(leases.name, name), eq(leases.holder, holder), sql`${leases.expiresAt} >= ${now}`))
      .returning({ holder: leases.holder }),
  )
  return renewed.length === 1
}

/**
 * Gives a lease back, so that another need not wait for its end; one that somebody else has is left alone.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function releaseLease(name: string, holder: string): Promise<void> {
  await withPostgres((db) => db.delete(leases).where(and(eq(leases.name, name), eq(leases.holder, holder))))
}

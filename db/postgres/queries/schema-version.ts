import 'server-only'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import journal from '@/db/postgres/migrations/meta/_journal.json'

const countRow = z.object({ applied: z.coerce.number().int() })

/**
 * Whether every Postgres migration of this version is applied.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function isPostgresMigrated(): Promise<boolean> {
  const found = await withPostgres((db) =>
    db.execute(sql`SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS applied`),
  )
  if (!z.array(z.object({ applied: z.boolean() })).parse(found.rows)[0]?.applied) return false
  const counted = await withPostgres((db) =>
    db.execute(sql`SELECT count(*) AS applied FROM drizzle.__drizzle_migrations`),
  )
  return (z.array(countRow).parse(counted.rows)[0]?.applied ?? 0) >= journal.entries.length
}

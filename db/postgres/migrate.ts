import 'server-only'
import { join } from 'node:path'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { postgres } from '@/db/postgres/client'

/** Applies what is missing of the Postgres schema; each migration is one transaction. */
export async function migratePostgres(): Promise<void> {
  await migrate(postgres(), { migrationsFolder: join(process.cwd(), 'db/postgres/migrations') })
}

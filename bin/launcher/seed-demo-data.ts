import { say, sayWhile } from '@/bin/launcher/say'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { seedDemo } from '@/lib/demo/seed'

/** Makes the demo workspaces and their 90 days, unless they are there, and closes the connections it used. */
export async function seedDemoData(): Promise<{ email: string; password: string; workspaces: string[] }> {
  try {
    return await sayWhile('Preparing the demo data', () =>
      seedDemo({ now: new Date(), onProgress: (line) => say(`  ${line}`) }),
    )
  } finally {
    await Promise.all([closeClickHouse(), closePostgres()])
  }
}

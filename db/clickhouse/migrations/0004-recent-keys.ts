import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/** Finds the keys that were received lately without reading those of all time: most parts hold none. */
export const recentKeys: ClickHouseMigration = {
  name: '0004_recent_keys',
  statements: [
    'ALTER TABLE attempt_keys ADD INDEX IF NOT EXISTS recent_receipts received_at TYPE minmax GRANULARITY 4',
    'ALTER TABLE attempt_keys MATERIALIZE INDEX recent_receipts',
  ],
}

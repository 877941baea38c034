import type { ClickHouseMigration } from '@/db/clickhouse/migration'
import { attempts } from './0001-attempts'

/** In the order in which they are applied. */
export const migrations: readonly ClickHouseMigration[] = [attempts]

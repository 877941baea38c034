import type { ClickHouseMigration } from '@/db/clickhouse/migration'
import { rollups } from '@/db/clickhouse/migrations/0002-rollups'
import { priceChanges } from '@/db/clickhouse/migrations/0003-price-changes'
import { recentKeys } from '@/db/clickhouse/migrations/0004-recent-keys'
import { modelAliases } from '@/db/clickhouse/migrations/0005-model-aliases'
import { closedAttempts } from '@/db/clickhouse/migrations/0006-closed-attempts'
import { ledgerChanges } from '@/db/clickhouse/migrations/0007-ledger-changes'
import { smallerParts } from '@/db/clickhouse/migrations/0008-smaller-parts'
import { leanKeys } from '@/db/clickhouse/migrations/0009-lean-keys'
import { derivedColumns } from '@/db/clickhouse/migrations/0010-derived-columns'
import { calmMerges } from '@/db/clickhouse/migrations/0011-calm-merges'
import { attempts } from './0001-attempts'

/** In the order in which they are applied. */
export const migrations: readonly ClickHouseMigration[] = [
  attempts,
  rollups,
  priceChanges,
  recentKeys,
  modelAliases,
  closedAttempts,
  ledgerChanges,
  smallerParts,
  leanKeys,
  derivedColumns,
  calmMerges,
]

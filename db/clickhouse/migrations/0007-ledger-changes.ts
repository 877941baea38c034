import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/** A row without attempts must not be the one that has the first. */
const NO_FIRST_TS = `toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS first_ts`

/**
 * Lets one small row per workspace say whether anything has changed that decides how questions are answered:
 * `ledger_changes` grows with marks and builds, `price_changes` with changes of prices (workspace 0: of all). A view fills
 * them within the insert that it tells of, so whoever sees that nothing grew knows that nothing was acknowledged.
 */
export const ledgerChanges: ClickHouseMigration = {
  name: '0007_ledger_changes',
  statements: [
    `ALTER TABLE workspace_activity ADD COLUMN IF NOT EXISTS ledger_changes SimpleAggregateFunction(sum, UInt64),
      ADD COLUMN IF NOT EXISTS price_changes SimpleAggregateFunction(sum, UInt64)`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS workspace_activity_from_slot_marks TO workspace_activity AS
     SELECT workspace_id, ${NO_FIRST_TS}, count() AS ledger_changes FROM slot_marks GROUP BY workspace_id`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS workspace_activity_from_rollup_days TO workspace_activity AS
     SELECT workspace_id, ${NO_FIRST_TS}, count() AS ledger_changes FROM rollup_days GROUP BY workspace_id`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS workspace_activity_from_price_changes TO workspace_activity AS
     SELECT workspace_id, ${NO_FIRST_TS}, count() AS price_changes FROM price_changes GROUP BY workspace_id`,
  ],
}

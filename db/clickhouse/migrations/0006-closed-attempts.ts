import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/**
 * What each attempt of a closed month counted when it was closed, so that the difference to the ledger of today can be
 * told attempt by attempt. Nobody is named in it: it holds the keys that an erased attempt keeps too. Rows are only ever
 * added; those of a closing that was given up are never read.
 */
export const closedAttempts: ClickHouseMigration = {
  name: '0006_closed_attempts',
  statements: [
    `CREATE TABLE IF NOT EXISTS closed_attempts (
      workspace_id UInt32,
      snapshot_id UUID,
      request_key UInt64 CODEC(ZSTD(1)),
      attempt_key UInt64 CODEC(ZSTD(1)),
      provider LowCardinality(String),
      model LowCardinality(String),
      endpoint LowCardinality(String),
      cost Nullable(Decimal(38, 18)) CODEC(ZSTD(1)),
      priced_cost Nullable(Decimal(38, 18)) CODEC(ZSTD(1)),
      price_id LowCardinality(String),
      tokens UInt64 CODEC(T64, ZSTD(1)),
      content_hash UInt64 CODEC(ZSTD(1))
    )
    ENGINE = MergeTree
    ORDER BY (workspace_id, snapshot_id, attempt_key)
    SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1`,
  ],
}

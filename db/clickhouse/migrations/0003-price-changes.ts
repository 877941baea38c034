import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/**
 * Open changes of prices: attempts that one touches are priced on reading by its `book` (the rows now in force for the
 * workspace and model, as JSON text, so that Decimals keep their digits), until they have been stamped anew. It is derived
 * from Postgres' table of the same name and can be written again at any time; the highest `revision` stands.
 * `usage_knowledge` lets another price decide anew whether an attempt's usage is complete.
 */
export const priceChanges: ClickHouseMigration = {
  name: '0003_price_changes',
  statements: [
    `CREATE TABLE IF NOT EXISTS price_changes (
      change_id UInt64,
      workspace_id UInt32,
      provider String,
      model String,
      affected_from Nullable(DateTime64(3, 'UTC')),
      affected_to Nullable(DateTime64(3, 'UTC')),
      created_at DateTime64(3, 'UTC'),
      book String CODEC(ZSTD(1)),
      restamped Bool,
      revision UInt64
    )
    ENGINE = ReplacingMergeTree(revision)
    ORDER BY change_id
    SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1`,
    `ALTER TABLE attempts ADD COLUMN IF NOT EXISTS
      usage_knowledge Enum8('known' = 0, 'input_only' = 1, 'unsplit' = 2, 'unknown' = 3) DEFAULT multiIf(
        unsplit > 0, 'unsplit',
        usage_known, 'known',
        input_uncached + cache_read + cache_write_5m + cache_write_1h + audio_input > 0
          AND output_text + reasoning + audio_output = 0, 'input_only',
        'unknown')
      AFTER usage_known`,
  ],
}

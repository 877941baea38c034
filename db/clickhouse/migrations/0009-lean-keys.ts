import type { ClickHouseMigration } from '@/db/clickhouse/migration'

const FLAGS = [
  'is_last',
  'is_retry',
  'is_fallback',
  'mixed',
  'request_fallback',
  'next_is_fallback',
  'next_provider_differs',
  'next_model_differs',
  'first_of_provider',
  'first_of_model',
  'first_of_deployment',
  'left_provider',
  'left_model',
  'left_deployment',
]

const OUTCOME = `Enum8('unspecified' = 0, 'success' = 1, 'failed' = 2)`
const OUTCOME_AT = `Enum8('unspecified' = 0, 'success' = 1, 'failed' = 2, 'elsewhere' = 3)`

/** Kinds of two bits each, behind the flags. */
const KINDS: readonly (readonly [column: string, type: string, bit: number])[] = [
  ['request_outcome', OUTCOME, 14],
  ['waste_kind', `Enum8('none' = 0, 'retry' = 1, 'fallback' = 2, 'failed_request' = 3)`, 16],
  ['outcome_at_provider', OUTCOME_AT, 18],
  ['outcome_at_model', OUTCOME_AT, 20],
  ['outcome_at_deployment', OUTCOME_AT, 22],
]

const UNPACKED = [
  ...FLAGS.map((column, bit) => `MODIFY COLUMN ${column} Bool ALIAS bitTest(flags, ${bit})`),
  ...KINDS.map(
    ([column, type, bit]) =>
      `MODIFY COLUMN ${column} ${type} ALIAS CAST(toInt8(bitAnd(bitShiftRight(flags, ${bit}), 3)) AS ${type})`,
  ),
]

/**
 * Says of an attempt everything once. `request_times` says only when the attempts of a request are, by 32 bits of its
 * key (which is of its workspace, too), and the attempts themselves say the rest; it is read at random, so its blocks are
 * small. What `flags` packs is unpacked on reading. Of hashes that are compared within one request 32 bits are kept: of a
 * content's the first ones.
 */
export const leanKeys: ClickHouseMigration = {
  name: '0009_lean_keys',
  statements: [
    `CREATE TABLE IF NOT EXISTS request_times (
      request_hash UInt32 CODEC(Delta(4), ZSTD(1)),
      ts DateTime64(3, 'UTC') CODEC(ZSTD(1))
    )
    ENGINE = ReplacingMergeTree
    ORDER BY (request_hash, ts)
    SETTINGS index_granularity = 512, min_compress_block_size = 4096, max_compress_block_size = 8192,
      non_replicated_deduplication_window = 0`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS request_times_from_attempts TO request_times AS
     SELECT toUInt32(bitShiftRight(request_key, 32)) AS request_hash, ts FROM attempts`,
    `INSERT INTO request_times
     SELECT toUInt32(bitShiftRight(request_key, 32)) AS request_hash, ts FROM attempts`,
    'DROP VIEW IF EXISTS attempt_keys_from_attempts',
    'DROP TABLE IF EXISTS attempt_keys SETTINGS max_table_size_to_drop = 0',
    'ALTER TABLE attempts ADD INDEX IF NOT EXISTS recent_receipts received_at TYPE minmax GRANULARITY 4',
    'ALTER TABLE attempts MATERIALIZE INDEX recent_receipts',
    `ALTER TABLE workspace_activity_from_attempts MODIFY QUERY
     SELECT workspace_id, max(received_at) AS last_received_at, min(ts) AS first_ts, max(ts) AS last_ts,
       count() AS rows_written, toUInt8(max(bitTest(flags, 3))) AS has_mixed
     FROM attempts GROUP BY workspace_id`,
    `ALTER TABLE attempts UPDATE content_hash = bitShiftRight(content_hash, 32) WHERE content_hash >= 4294967296
     SETTINGS mutations_sync = 2`,
    `ALTER TABLE closed_attempts UPDATE content_hash = bitShiftRight(content_hash, 32) WHERE content_hash >= 4294967296
     SETTINGS mutations_sync = 2`,
    `ALTER TABLE attempts MODIFY COLUMN flags UInt32 DEFAULT 0, MODIFY COLUMN content_hash UInt32,
      MODIFY COLUMN context_hash UInt32, ${UNPACKED.join(', ')}`,
    'ALTER TABLE closed_attempts MODIFY COLUMN content_hash UInt32',
  ],
}

import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/** A version holds the receipt so that an earlier one ranks higher, and the first half of the content's hash likewise. */
const RECEIPT = 'toUInt64(bitAnd(bitShiftRight(version, 32), 8796093022207))'
const RECEIVED_AT = `fromUnixTimestamp64Milli(toInt64(10373929822207 - ${RECEIPT}), 'UTC')`
const CONTENT_HASH = 'toUInt32((65535 - bitAnd(bitShiftRight(version, 16), 65535)) * 65536 + content_rest)'

const MONEY = 'Nullable(Decimal(38, 18))'
const TAGS = 'Map(LowCardinality(String), LowCardinality(String))'

const ROLLUPS: readonly { table: string; hasLenses: boolean }[] = [
  { table: 'rollup_totals', hasLenses: false },
  { table: 'rollup_models', hasLenses: true },
  { table: 'rollup_endpoints', hasLenses: false },
  { table: 'rollup_prompts', hasLenses: false },
  { table: 'rollup_endpoint_prompts', hasLenses: false },
  { table: 'rollup_endpoint_models', hasLenses: true },
  { table: 'rollup_users', hasLenses: false },
]

const COUNTS = [
  'attempts',
  'coveredAttempts',
  'unpricedTokens',
  'unknownModelAttempts',
  'uncachedInputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'outputTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
  'unsplitTokens',
  'toolRequests',
  'retries',
  'failedAttempts',
  'wastedAttempts',
  'retryWastedAttempts',
  'fallbackWastedAttempts',
  'failedRequestWastedAttempts',
]
const REQUESTS = ['requests', 'failedRequests', 'successfulRequests', 'fallbackRequests']
const LENSES = ['AtProvider', 'AtModel', 'AtDeployment']
const WASTES = ['waste', 'wasteRetry', 'wasteFallback', 'wasteFailedRequest']

function leanRollup({ table, hasLenses }: (typeof ROLLUPS)[number]): string[] {
  const lenses = hasLenses ? REQUESTS.flatMap((name) => LENSES.map((lens) => `${name}${lens}`)) : []
  const counts = [...COUNTS, ...REQUESTS, ...lenses].map((name) => `MODIFY COLUMN ${name} UInt64 CODEC(T64, ZSTD(1))`)
  const wastes = WASTES.map((name) => `MODIFY COLUMN ${name} ${MONEY} CODEC(GCD, ZSTD(1))`)
  return [
    `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS
      unsplitTokens UInt64 DEFAULT totalTokens - inputTokens - outputTokens AFTER audioOutputTokens`,
    `ALTER TABLE ${table} MATERIALIZE COLUMN unsplitTokens SETTINGS mutations_sync = 2`,
    `ALTER TABLE ${table} MODIFY COLUMN unsplitTokens UInt64 DEFAULT 0`,
    `ALTER TABLE ${table} DROP COLUMN IF EXISTS inputTokens, DROP COLUMN IF EXISTS totalTokens`,
    `ALTER TABLE ${table} ${[...counts, 'MODIFY COLUMN spend Decimal(38, 18) CODEC(GCD, ZSTD(1))', ...wastes].join(', ')}`,
  ]
}

/**
 * What other columns say is worked out on reading: when an attempt was received and the first half of its content's hash
 * are in its version, and what a request's attempts have in common is compared itself. Rollups do not keep sums of what they
 * keep. Decimals are kept divided by what they have in common, and tags as numbers of their texts.
 * `attempt_times` takes the place of `request_times`, with the half of a request's key alone as primary key: most of what a
 * look-up of a thousand of them costs is the search for their places.
 */
export const derivedColumns: ClickHouseMigration = {
  name: '0010_derived_columns',
  statements: [
    `ALTER TABLE attempts ADD COLUMN IF NOT EXISTS
      content_rest UInt16 DEFAULT toUInt16(bitAnd(content_hash, 65535)) AFTER revision`,
    'ALTER TABLE attempts MATERIALIZE COLUMN content_rest SETTINGS mutations_sync = 2',
    'ALTER TABLE attempts DROP INDEX IF EXISTS recent_receipts',
    `ALTER TABLE workspace_activity_from_attempts MODIFY QUERY
     SELECT workspace_id, max(${RECEIVED_AT}) AS last_received_at, min(ts) AS first_ts, max(ts) AS last_ts,
       count() AS rows_written, toUInt8(max(bitTest(flags, 3))) AS has_mixed
     FROM attempts GROUP BY workspace_id`,
    `ALTER TABLE attempts MODIFY COLUMN content_rest UInt16 DEFAULT 0, MODIFY COLUMN tags ${TAGS}`,
    `ALTER TABLE attempts DROP COLUMN IF EXISTS content_hash, DROP COLUMN IF EXISTS received_at,
      DROP COLUMN IF EXISTS context_hash`,
    `ALTER TABLE attempts ADD COLUMN IF NOT EXISTS content_hash UInt32 ALIAS ${CONTENT_HASH},
      ADD COLUMN IF NOT EXISTS received_at DateTime64(3, 'UTC') ALIAS ${RECEIVED_AT}`,
    `ALTER TABLE attempts MODIFY COLUMN priced_cost ${MONEY} CODEC(GCD, ZSTD(1)),
      MODIFY COLUMN reported_cost ${MONEY} CODEC(GCD, ZSTD(1)),
      MODIFY COLUMN attempt_number UInt32 CODEC(T64, ZSTD(1))`,
    `ALTER TABLE attempts MODIFY SETTING default_compression_codec = 'ZSTD(1)'`,
    `ALTER TABLE attempts ADD INDEX IF NOT EXISTS recent_versions ${RECEIPT} TYPE minmax GRANULARITY 4`,
    'ALTER TABLE attempts MATERIALIZE INDEX recent_versions SETTINGS mutations_sync = 2',
    ...ROLLUPS.flatMap(leanRollup),
    `CREATE TABLE IF NOT EXISTS attempt_times (
      request_hash UInt32 CODEC(T64),
      ts DateTime64(3, 'UTC') CODEC(T64)
    )
    ENGINE = ReplacingMergeTree
    ORDER BY (request_hash, ts)
    PRIMARY KEY request_hash
    SETTINGS index_granularity = 256, min_compress_block_size = 1024, max_compress_block_size = 2048,
      non_replicated_deduplication_window = 0`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS attempt_times_from_attempts TO attempt_times AS
     SELECT toUInt32(bitShiftRight(request_key, 32)) AS request_hash, ts FROM attempts`,
    `INSERT INTO attempt_times
     SELECT toUInt32(bitShiftRight(request_key, 32)) AS request_hash, ts FROM attempts`,
    'DROP VIEW IF EXISTS request_times_from_attempts',
    'DROP TABLE IF EXISTS request_times SETTINGS max_table_size_to_drop = 0',
  ],
}

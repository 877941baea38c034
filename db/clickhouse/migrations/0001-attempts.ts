import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/**
 * `attempts` is the ledger: one row per attempt, sorted by time. Every later statement about an attempt (a correction, a
 * changed place within its request) is a row of the same key with a higher `version`; reads take FINAL.
 * `flags` packs the classification into bits; writers that leave it out get it computed, at a cost for each insert.
 * `attempt_keys` holds the same attempts sorted by request, so that all attempts of a request are found at once,
 * wherever their timestamps lie; the view fills it within the same insert, after the attempts: keys that a crash kept from
 * being written are restored from them, so only the attempts need to be forced to disk.
 */
export const attempts: ClickHouseMigration = {
  name: '0001_attempts',
  statements: [
    `CREATE TABLE IF NOT EXISTS attempts (
      workspace_id UInt32,
      ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
      attempt_key UInt64 CODEC(ZSTD(1)),
      request_key UInt64 CODEC(ZSTD(1)),
      data_mode Enum8('unspecified' = 0, 'real' = 1, 'demo' = 2, 'test' = 3),
      environment Enum8('unspecified' = 0, 'prod' = 1, 'staging' = 2, 'dev' = 3),
      external_request_id String CODEC(ZSTD(1)),
      attempt_id String CODEC(ZSTD(1)),
      attempt_number UInt32,
      raw_provider LowCardinality(String),
      raw_model LowCardinality(String),
      provider LowCardinality(String),
      model LowCardinality(String),
      model_version LowCardinality(String),
      endpoint LowCardinality(String),
      prompt_version LowCardinality(String),
      user_id String CODEC(ZSTD(1)),
      api_key_id UInt32,
      region LowCardinality(String),
      service_tier LowCardinality(String),
      status Enum8('unspecified' = 0, 'success' = 1, 'error' = 2, 'timeout' = 3, 'rate_limited' = 4, 'canceled' = 5),
      error_code LowCardinality(String),
      fallback_reason LowCardinality(String),
      tags Map(LowCardinality(String), String) CODEC(ZSTD(1)),
      usage_known Bool,
      input_uncached UInt64 CODEC(T64, ZSTD(1)),
      cache_read UInt64 CODEC(T64, ZSTD(1)),
      cache_write_5m UInt64 CODEC(T64, ZSTD(1)),
      cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
      output_text UInt64 CODEC(T64, ZSTD(1)),
      reasoning UInt64 CODEC(T64, ZSTD(1)),
      audio_input UInt64 CODEC(T64, ZSTD(1)),
      audio_output UInt64 CODEC(T64, ZSTD(1)),
      unsplit UInt64 CODEC(T64, ZSTD(1)),
      tool_requests UInt64 CODEC(T64, ZSTD(1)),
      latency_ms Nullable(Float64) CODEC(ZSTD(1)),
      time_to_first_token_ms Nullable(Float64) CODEC(ZSTD(1)),
      outcome LowCardinality(String),
      quality_score Nullable(Float64) CODEC(ZSTD(1)),
      model_known Bool,
      reported_cost Nullable(Decimal(38, 18)) CODEC(ZSTD(1)),
      priced_cost Nullable(Decimal(38, 18)) CODEC(ZSTD(1)),
      price_id LowCardinality(String),
      unpriced_reason LowCardinality(String),
      request_attempts UInt16,
      seq UInt16,
      since_first_ms Int64 CODEC(T64, ZSTD(1)),
      until_last_ms Int64 CODEC(T64, ZSTD(1)),
      is_last Bool,
      is_retry Bool,
      is_fallback Bool,
      mixed Bool,
      request_fallback Bool,
      request_outcome Enum8('unspecified' = 0, 'success' = 1, 'failed' = 2),
      waste_kind Enum8('none' = 0, 'retry' = 1, 'fallback' = 2, 'failed_request' = 3),
      next_is_fallback Bool,
      next_provider_differs Bool,
      next_model_differs Bool,
      first_of_provider Bool,
      first_of_model Bool,
      first_of_deployment Bool,
      outcome_at_provider Enum8('unspecified' = 0, 'success' = 1, 'failed' = 2, 'elsewhere' = 3),
      outcome_at_model Enum8('unspecified' = 0, 'success' = 1, 'failed' = 2, 'elsewhere' = 3),
      outcome_at_deployment Enum8('unspecified' = 0, 'success' = 1, 'failed' = 2, 'elsewhere' = 3),
      left_provider Bool,
      left_model Bool,
      left_deployment Bool,
      flags UInt32 DEFAULT toUInt32(
        is_last + is_retry * 2 + is_fallback * 4 + mixed * 8 + request_fallback * 16 + next_is_fallback * 32
        + next_provider_differs * 64 + next_model_differs * 128 + first_of_provider * 256 + first_of_model * 512
        + first_of_deployment * 1024 + left_provider * 2048 + left_model * 4096 + left_deployment * 8192
        + toUInt8(request_outcome) * 16384 + toUInt8(waste_kind) * 65536 + toUInt8(outcome_at_provider) * 262144
        + toUInt8(outcome_at_model) * 1048576 + toUInt8(outcome_at_deployment) * 4194304) CODEC(ZSTD(1)),
      revision UInt64 CODEC(T64, ZSTD(1)),
      received_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
      content_hash UInt64 CODEC(ZSTD(1)),
      context_hash UInt64 CODEC(ZSTD(1)),
      version UInt128 CODEC(ZSTD(1)),
      is_deleted UInt8
    )
    ENGINE = ReplacingMergeTree(version, is_deleted)
    PARTITION BY toMonday(ts)
    ORDER BY (workspace_id, ts, attempt_key)
    SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1`,
    `CREATE TABLE IF NOT EXISTS attempt_keys (
      workspace_id UInt32,
      request_key UInt64 CODEC(ZSTD(1)),
      attempt_key UInt64 CODEC(ZSTD(1)),
      ts DateTime64(3, 'UTC') CODEC(ZSTD(1)),
      attempt_id String CODEC(ZSTD(1)),
      attempt_number UInt32,
      provider LowCardinality(String),
      model LowCardinality(String),
      status Enum8('unspecified' = 0, 'success' = 1, 'error' = 2, 'timeout' = 3, 'rate_limited' = 4, 'canceled' = 5),
      context_hash UInt64 CODEC(ZSTD(1)),
      request_attempts UInt16,
      seq UInt16,
      since_first_ms Int64 CODEC(T64, ZSTD(1)),
      until_last_ms Int64 CODEC(T64, ZSTD(1)),
      flags UInt32,
      revision UInt64 CODEC(T64, ZSTD(1)),
      received_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
      content_hash UInt64 CODEC(ZSTD(1)),
      version UInt128 CODEC(ZSTD(1)),
      is_deleted UInt8
    )
    ENGINE = ReplacingMergeTree(version, is_deleted)
    ORDER BY (workspace_id, request_key, attempt_key, ts)
    SETTINGS index_granularity = 512, non_replicated_deduplication_window = 0`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS attempt_keys_from_attempts TO attempt_keys AS
     SELECT workspace_id, request_key, attempt_key, ts, attempt_id, attempt_number, provider, model, status, context_hash,
       request_attempts, seq,
       since_first_ms, until_last_ms, flags, revision, received_at, content_hash, version, is_deleted
     FROM attempts`,
    `CREATE TABLE IF NOT EXISTS workspace_activity (
      workspace_id UInt32,
      last_received_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
      first_ts SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
      last_ts SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
      rows_written SimpleAggregateFunction(sum, UInt64),
      has_mixed SimpleAggregateFunction(max, UInt8)
    )
    ENGINE = AggregatingMergeTree
    ORDER BY workspace_id`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS workspace_activity_from_attempts TO workspace_activity AS
     SELECT workspace_id, max(received_at) AS last_received_at, min(ts) AS first_ts, max(ts) AS last_ts,
       count() AS rows_written, toUInt8(max(mixed)) AS has_mixed
     FROM attempts GROUP BY workspace_id`,
    `CREATE TABLE IF NOT EXISTS ingest_findings (
      workspace_id UInt32,
      found_at DateTime64(3, 'UTC'),
      kind LowCardinality(String),
      external_request_id String,
      attempt_identity String,
      message String
    )
    ENGINE = MergeTree
    PARTITION BY toYYYYMM(found_at)
    ORDER BY (workspace_id, kind, found_at)
    TTL toDateTime(found_at) + INTERVAL 400 DAY`,
  ],
}

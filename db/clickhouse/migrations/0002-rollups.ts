import type { ClickHouseMigration } from '@/db/clickhouse/migration'

/** Sums over attempts that every rollup keeps; the names are those of the registry's atoms. */
const SUMS = `
      attempts UInt64,
      spend Decimal(38, 18),
      coveredAttempts UInt64,
      unpricedTokens UInt64,
      unknownModelAttempts UInt64,
      inputTokens UInt64,
      uncachedInputTokens UInt64,
      cacheReadTokens UInt64,
      cacheWriteTokens UInt64,
      cacheWrite1hTokens UInt64,
      outputTokens UInt64,
      reasoningTokens UInt64,
      audioInputTokens UInt64,
      audioOutputTokens UInt64,
      totalTokens UInt64,
      toolRequests UInt64,
      retries UInt64,
      failedAttempts UInt64,
      wastedAttempts UInt64,
      waste Nullable(Decimal(38, 18)),
      retryWastedAttempts UInt64,
      wasteRetry Nullable(Decimal(38, 18)),
      fallbackWastedAttempts UInt64,
      wasteFallback Nullable(Decimal(38, 18)),
      failedRequestWastedAttempts UInt64,
      wasteFailedRequest Nullable(Decimal(38, 18)),
      requests UInt64,
      failedRequests UInt64,
      successfulRequests UInt64,
      fallbackRequests UInt64`

/** Requests as seen from a provider, a model, or both. */
const LENSES = `
      requestsAtProvider UInt64,
      failedRequestsAtProvider UInt64,
      successfulRequestsAtProvider UInt64,
      fallbackRequestsAtProvider UInt64,
      requestsAtModel UInt64,
      failedRequestsAtModel UInt64,
      successfulRequestsAtModel UInt64,
      fallbackRequestsAtModel UInt64,
      requestsAtDeployment UInt64,
      failedRequestsAtDeployment UInt64,
      successfulRequestsAtDeployment UInt64,
      fallbackRequestsAtDeployment UInt64`

/** Counts of attempts by log-spaced bucket of a duration, see lib/ledger/histogram.ts. */
const HISTOGRAMS = `
      latency Array(UInt32),
      timeToFirstToken Array(UInt32)`

const rollup = (name: string, keys: readonly string[], columns: readonly string[]): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (
      workspace_id UInt32,
      day DateTime('UTC') CODEC(DoubleDelta, LZ4),
      build UInt64 CODEC(DoubleDelta, LZ4),
      environment Enum8('unspecified' = 0, 'prod' = 1, 'staging' = 2, 'dev' = 3),
      data_mode Enum8('unspecified' = 0, 'real' = 1, 'demo' = 2, 'test' = 3),
      ${[...keys, ...columns].join(',')}
    )
    ENGINE = MergeTree
    PARTITION BY toYYYYMM(day)
    ORDER BY (workspace_id, day, build, environment, data_mode, ${keys.map((key) => key.split(' ')[0]).join(', ')})`

/**
 * The rollups: a cache of `attempts` by the days of each workspace's reporting zone, rebuilt a day at a time. A day's rows
 * carry the number of their build; `rollup_days` says which build stands for a day, so that a day changes over in one
 * insert and a build that was cut off is never read. `slot_marks` holds when something was last about to be written into
 * a quarter of an hour: a day with a mark later than the one its build has seen is read from `attempts`.
 */
export const rollups: ClickHouseMigration = {
  name: '0002_rollups',
  statements: [
    `CREATE TABLE IF NOT EXISTS slot_marks (
      workspace_id UInt32,
      slot DateTime('UTC'),
      marked_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT now64(3)
    )
    ENGINE = AggregatingMergeTree
    ORDER BY (workspace_id, slot)
    SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1`,
    `CREATE TABLE IF NOT EXISTS rollup_days (
      workspace_id UInt32,
      day DateTime('UTC'),
      day_end DateTime('UTC'),
      settings LowCardinality(String),
      build UInt64,
      seen_mark DateTime64(3, 'UTC'),
      mixed_attempts UInt64
    )
    ENGINE = ReplacingMergeTree(build)
    ORDER BY (workspace_id, day)`,
    rollup('rollup_totals', [`slot DateTime('UTC') CODEC(DoubleDelta, LZ4)`], [SUMS]),
    rollup(
      'rollup_models',
      ['provider LowCardinality(String)', 'model LowCardinality(String)'],
      [SUMS, LENSES, HISTOGRAMS],
    ),
    rollup('rollup_endpoints', ['endpoint LowCardinality(String)'], [SUMS, HISTOGRAMS]),
    rollup('rollup_prompts', ['prompt_version LowCardinality(String)'], [SUMS, HISTOGRAMS]),
    rollup(
      'rollup_endpoint_prompts',
      ['endpoint LowCardinality(String)', 'prompt_version LowCardinality(String)'],
      [SUMS, HISTOGRAMS],
    ),
    rollup(
      'rollup_endpoint_models',
      ['endpoint LowCardinality(String)', 'provider LowCardinality(String)', 'model LowCardinality(String)'],
      [SUMS, LENSES],
    ),
    rollup('rollup_users', ['user_hash UInt64'], [SUMS]),
    `CREATE TABLE IF NOT EXISTS user_names (
      workspace_id UInt32,
      user_hash UInt64,
      user_id String
    )
    ENGINE = ReplacingMergeTree
    ORDER BY (workspace_id, user_hash)
    SETTINGS index_granularity = 512`,
  ],
}

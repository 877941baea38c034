import type { ClickHouseMigration } from '@/db/clickhouse/migration'

const ROLLUPS = ['totals', 'models', 'endpoints', 'prompts', 'endpoint_prompts', 'endpoint_models', 'users']

/**
 * Rollups take half of the space with ZSTD, and what is asked of them twice comes from memory. Keys are sorted, so
 * neighbours differ little; of an attempt's own id they keep whether there is one.
 */
export const smallerParts: ClickHouseMigration = {
  name: '0008_smaller_parts',
  statements: [
    ...ROLLUPS.map((name) => `ALTER TABLE rollup_${name} MODIFY SETTING default_compression_codec = 'ZSTD(1)'`),
    `ALTER TABLE attempt_keys MODIFY COLUMN request_key UInt64 CODEC(Delta(8), ZSTD(1))`,
    `ALTER TABLE attempt_keys_from_attempts MODIFY QUERY
     SELECT workspace_id, request_key, attempt_key, ts, if(attempt_id = '', '', '1') AS attempt_id, attempt_number,
       provider, model, status, context_hash, request_attempts, seq, since_first_ms, until_last_ms, flags, revision,
       received_at, content_hash, version, is_deleted
     FROM attempts`,
  ],
}

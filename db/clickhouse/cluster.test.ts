import { describe, expect, it } from 'vitest'
import { clusterStatements } from '@/db/clickhouse/cluster'
import { migrations } from '@/db/clickhouse/migrations'

const PLAIN = { name: 'c', isReplicated: false }
const REPLICATED = { name: 'c', isReplicated: true }

describe('clusterStatements', () => {
  it('knows every statement of the schema', () => {
    for (const { statements } of migrations) {
      for (const statement of statements) {
        for (const cluster of [PLAIN, REPLICATED]) {
          expect(clusterStatements(statement, cluster).length).toBeGreaterThan(0)
        }
      }
    }
  })

  it('keeps a table as a local part behind a Distributed table of its name', () => {
    const [local, distributed, ...others] = clusterStatements(
      'CREATE TABLE IF NOT EXISTS attempt_keys (a UInt8) ENGINE = ReplacingMergeTree(version, is_deleted) ORDER BY a',
      PLAIN,
    )
    expect(local).toBe(
      'CREATE TABLE IF NOT EXISTS attempt_keys_local (a UInt8) ENGINE = ReplacingMergeTree(version, is_deleted) ORDER BY a',
    )
    expect(distributed).toContain('CREATE TABLE IF NOT EXISTS attempt_keys AS attempt_keys_local')
    expect(distributed).toContain(
      "Distributed('c', currentDatabase(), 'attempt_keys_local', cityHash64(workspace_id, request_key))",
    )
    expect(others).toEqual([])
  })

  it('replicates the local part where hosts are replicas', () => {
    const [local] = clusterStatements(
      'CREATE TABLE IF NOT EXISTS slot_marks (a UInt8) ENGINE = AggregatingMergeTree ORDER BY a SETTINGS fsync_after_insert = 1',
      REPLICATED,
    )
    expect(local).toContain(
      "ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}') ORDER BY a",
    )
    expect(local).toContain('fsync_after_insert = 1, replicated_deduplication_window = 0')
    expect(
      clusterStatements(
        'CREATE TABLE IF NOT EXISTS attempts (a UInt8) ENGINE = ReplacingMergeTree(version, is_deleted) ORDER BY a',
        REPLICATED,
      )[0],
    ).toContain("'{replica}', version, is_deleted) ORDER BY a SETTINGS replicated_deduplication_window = 0")
  })

  it('lets views feed the part of their own shard', () => {
    expect(
      clusterStatements(
        'CREATE MATERIALIZED VIEW IF NOT EXISTS keys_view TO attempt_keys AS SELECT a FROM attempts GROUP BY a',
        PLAIN,
      ),
    ).toEqual([
      'CREATE MATERIALIZED VIEW IF NOT EXISTS keys_view TO attempt_keys_local AS SELECT a FROM attempts_local GROUP BY a',
    ])
    expect(clusterStatements('ALTER TABLE keys_view MODIFY QUERY SELECT a FROM attempts', PLAIN)).toEqual([
      'ALTER TABLE keys_view MODIFY QUERY SELECT a FROM attempts_local',
    ])
  })

  it('changes columns on both, and everything else on the local part', () => {
    expect(clusterStatements('ALTER TABLE attempts ADD COLUMN IF NOT EXISTS a UInt8', PLAIN)).toEqual([
      'ALTER TABLE attempts_local ADD COLUMN IF NOT EXISTS a UInt8',
      'ALTER TABLE attempts ADD COLUMN IF NOT EXISTS a UInt8',
    ])
    expect(clusterStatements('ALTER TABLE attempt_keys MATERIALIZE INDEX i', PLAIN)).toEqual([
      'ALTER TABLE attempt_keys_local MATERIALIZE INDEX i',
    ])
    expect(clusterStatements('ALTER TABLE attempt_keys MODIFY COLUMN a UInt8 CODEC(ZSTD(1))', PLAIN)).toEqual([
      'ALTER TABLE attempt_keys_local MODIFY COLUMN a UInt8 CODEC(ZSTD(1))',
    ])
  })

  it('copies within a shard, and drops a table on both', () => {
    expect(clusterStatements('INSERT INTO request_times\n SELECT a FROM attempts', PLAIN)).toEqual([
      'INSERT INTO request_times_local\n SELECT a FROM attempts_local',
    ])
    expect(clusterStatements('DROP VIEW IF EXISTS keys_view', PLAIN)).toEqual(['DROP VIEW IF EXISTS keys_view'])
    expect(clusterStatements('DROP TABLE IF EXISTS attempt_keys SETTINGS a = 0', PLAIN)).toEqual([
      'DROP TABLE IF EXISTS attempt_keys SETTINGS a = 0',
      'DROP TABLE IF EXISTS attempt_keys_local SETTINGS a = 0',
    ])
  })

  it('refuses what nobody said how to spread', () => {
    expect(() => clusterStatements('CREATE TABLE IF NOT EXISTS strays (a UInt8) ENGINE = MergeTree', PLAIN)).toThrow(
      'strays has no sharding key',
    )
    expect(() => clusterStatements('DROP TABLE attempts', PLAIN)).toThrow('cannot be run on a cluster')
  })
})

import 'server-only'
import type { ClickHouseSettings } from '@clickhouse/client'
import { z } from 'zod'
import { changeTable, queryRows, runCommand } from '@/db/clickhouse/client'

/**
 * What is erased. Of a user: what happened or was received until `atMs`, so that what they do later counts. Of a request:
 * all of it.
 */
export type ErasureSubject = { workspaceId: number; kind: 'user' | 'request'; value: string; atMs: number }

/** What picks rows of `attempts`, to be put into statements as `where` with its parameters. */
export type AttemptFilter = { where: string; params: Record<string, unknown> }

/** Names of people are not to be found in the engine's log of queries. */
const UNLOGGED: ClickHouseSettings = { log_queries: 0 }

const AS_WRITTEN = { role: 'write', settings: { ...UNLOGGED, max_execution_time: 60 } } as const

/** Picks the rows of a subject in every version that is stored. */
export function filterOfSubject({ workspaceId, kind, value, atMs }: ErasureSubject): AttemptFilter {
  const params = { workspaceId, value, atMs: String(atMs) }
  if (kind === 'request') {
    return { where: 'workspace_id = {workspaceId:UInt32} AND external_request_id = {value:String}', params }
  }
  const until = 'fromUnixTimestamp64Milli({atMs:Int64})'
  return {
    where: `workspace_id = {workspaceId:UInt32} AND user_id = {value:String} AND (ts <= ${until} OR received_at <= ${until})`,
    params,
  }
}

/** Narrows a filter to one partition, so that a statement over a big workspace stays bounded. */
export function inWeek({ where, params }: AttemptFilter, week: string): AttemptFilter {
  return { where: `(${where}) AND toMonday(ts) = {week:Date}`, params: { ...params, week } }
}

/** The partitions (Mondays, `2026-10-05`) that hold rows which the filter picks, superseded ones included. */
export async function findWeeks({ where, params }: AttemptFilter): Promise<string[]> {
  const rows = await queryRows(
    z.object({ week: z.iso.date() }),
    `SELECT DISTINCT toMonday(ts) AS week FROM attempts WHERE ${where} ORDER BY week`,
    { ...AS_WRITTEN, params },
  )
  return rows.map(({ week }) => week)
}

/** How much stands in the ledger of what the filter picks. */
export async function countStanding({ where, params }: AttemptFilter): Promise<{ attempts: number; requests: number }> {
  const rows = await queryRows(
    z.object({ attempts: z.coerce.number(), requests: z.coerce.number() }),
    `SELECT count() AS attempts, uniqExact(request_key) AS requests FROM attempts FINAL WHERE ${where}`,
    { ...AS_WRITTEN, params },
  )
  return rows[0] ?? { attempts: 0, requests: 0 }
}

/** Above every version that a writer composes: what is erased stays so, whatever arrives at the same place. */
const LAST_VERSION = `toUInt128('340282366920938463463374607431768211455')`

/**
 * Lays a tombstone on every standing attempt that the filter picks. It holds keys and the time alone; revision 0, which no
 * event can have, tells it from the tombstone of an attempt that a correction moved.
 */
export async function insertErasureTombstones({ where, params }: AttemptFilter): Promise<void> {
  await runCommand(
    `INSERT INTO attempts (workspace_id, ts, attempt_key, request_key, revision, flags, version,
       is_deleted)
     SELECT workspace_id, ts, attempt_key, request_key, 0, 0, ${LAST_VERSION}, 1
     FROM attempts FINAL WHERE ${where}`,
    { params, settings: { ...UNLOGGED, max_execution_time: 55 } },
  )
}

/** Requests of which something was erased and something of another user stands. */
export async function findPartlyErasedRequests(workspaceId: number): Promise<string[]> {
  const rows = await queryRows(
    z.object({ request_key: z.string() }),
    `SELECT DISTINCT request_key FROM attempts FINAL
     WHERE workspace_id = {workspaceId:UInt32} AND mixed AND request_key IN (
       SELECT request_key FROM attempts WHERE workspace_id = {workspaceId:UInt32} AND is_deleted = 1 AND revision = 0)`,
    { ...AS_WRITTEN, params: { workspaceId } },
  )
  return rows.map((row) => row.request_key)
}

/** The subject whose hash this is, while the store still holds it. `hash` is an expression over the column `subject`. */
export async function findSubjectByHash(
  workspaceId: number,
  kind: ErasureSubject['kind'],
  hash: { sql: string; params: Record<string, string>; value: string },
): Promise<string | null> {
  const column = kind === 'user' ? 'user_id' : 'external_request_id'
  const distinct = kind === 'user' ? 'DISTINCT' : ''
  const [row] = await queryRows(
    z.object({ subject: z.string() }),
    `SELECT subject FROM (
       SELECT ${distinct} ${column} AS subject FROM attempts WHERE workspace_id = {workspaceId:UInt32} AND ${column} != '')
     WHERE ${hash.sql} = {subjectHash:String} LIMIT 1`,
    {
      ...AS_WRITTEN,
      params: { ...hash.params, workspaceId, subjectHash: hash.value },
      settings: { ...UNLOGGED, max_execution_time: 600 },
    },
  )
  return row?.subject ?? null
}

/** A statement that rewrites what is stored; the engine keeps its text, so it names nobody. */
async function mutate(table: string, change: (name: string) => string, params: Record<string, unknown>): Promise<void> {
  await changeTable(table, change, { params, settings: { mutations_sync: '1', max_execution_time: 0 } })
}

/** Removes what data health holds about the requests that the filter picks. */
export async function deleteFindingsOf({ where, params }: AttemptFilter): Promise<void> {
  const rows = await queryRows(
    z.object({ hash: z.string() }),
    `SELECT DISTINCT cityHash64(external_request_id) AS hash FROM ingest_findings
     WHERE workspace_id = {workspaceId:UInt32} AND external_request_id IN (SELECT external_request_id FROM attempts WHERE ${where})`,
    { ...AS_WRITTEN, params },
  )
  if (rows.length === 0) return
  await mutate(
    'ingest_findings',
    (table) =>
      `ALTER TABLE ${table} DELETE WHERE workspace_id = {workspaceId:UInt32} AND cityHash64(external_request_id) IN (${rows.map(({ hash }) => z.string().regex(/^\d+$/).parse(hash)).join(',')})`,
    { workspaceId: params.workspaceId },
  )
}

/** Removes what data health held longer than the workspace keeps ids. */
export async function deleteFindingsBefore(workspaceId: number, beforeMs: number): Promise<void> {
  const params = { workspaceId, beforeMs: String(beforeMs) }
  const where = 'workspace_id = {workspaceId:UInt32} AND found_at < fromUnixTimestamp64Milli({beforeMs:Int64})'
  const [row] = await queryRows(
    z.object({ n: z.coerce.number() }),
    `SELECT count() AS n FROM ingest_findings WHERE ${where}`,
    { role: 'write', params },
  )
  if ((row?.n ?? 0) > 0)
    await mutate('ingest_findings', (table) => `ALTER TABLE ${table} DELETE WHERE ${where}`, params)
}

/** Removes names of users of whom no attempt stands any more. */
export async function deleteUnusedUserNames(workspaceId: number): Promise<void> {
  const unused = `workspace_id = {workspaceId:UInt32}
    AND user_id NOT IN (SELECT user_id FROM attempts FINAL WHERE workspace_id = {workspaceId:UInt32})`
  const [row] = await queryRows(
    z.object({ n: z.coerce.number() }),
    `SELECT count() AS n FROM user_names WHERE ${unused}`,
    { role: 'write', params: { workspaceId } },
  )
  if ((row?.n ?? 0) > 0)
    await mutate('user_names', (table) => `ALTER TABLE ${table} DELETE WHERE ${unused}`, { workspaceId })
}

/**
 * Drops superseded rows of a partition from disk: what lies under a tombstone or a newer version is not in it afterwards.
 * The engine removes the old files some minutes later (`old_parts_lifetime`).
 */
export async function purgeSuperseded(week: string): Promise<void> {
  const monday = z.iso.date().parse(week)
  await changeTable('attempts', (table) => `OPTIMIZE TABLE ${table} PARTITION '${monday}' FINAL`, {
    settings: { max_execution_time: 0 },
  })
}

/** Picks attempts before an instant that still hold what retention drops. */
export function filterOfExpired(workspaceId: number, beforeMs: number): AttemptFilter {
  return {
    where: `workspace_id = {workspaceId:UInt32} AND ts < fromUnixTimestamp64Milli({beforeMs:Int64})
      AND (user_id != '' OR external_request_id != '' OR attempt_id != '' OR fallback_reason != '' OR notEmpty(tags))`,
    params: { workspaceId, beforeMs: String(beforeMs) },
  }
}

/** Empties users, ids, tags and free text of the attempts of one partition that the filter picks, in place. */
export async function stripAttempts({ where, params }: AttemptFilter, week: string): Promise<void> {
  const monday = z.iso.date().parse(week)
  await mutate(
    'attempts',
    (
      table,
    ) => `ALTER TABLE ${table} UPDATE user_id = '', external_request_id = '', attempt_id = '', fallback_reason = '',
       tags = CAST(map(), 'Map(LowCardinality(String), LowCardinality(String))')
     IN PARTITION '${monday}' WHERE ${where}`,
    params,
  )
}

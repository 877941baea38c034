import 'server-only'
import { z } from 'zod'
import { queryRows, runCommand } from '@/db/clickhouse/client'

/** Which attempts a month has and what each costs, as SQL over `attempts` with its parameters. */
export type MonthAttempts = {
  /** What is read: `attempts`, under the names that theirs stand for now. */
  source: string
  inRange: string
  matching: string
  cost: string
  pricedCost: string
  priceId: string
  tokens: string
  params: Record<string, unknown>
}

/** Of the statement that keeps a month: while prices are changing, the books are part of it. */
const KEEP_SETTINGS = {
  max_query_size: '16777216',
  max_ast_elements: '1000000',
  max_expanded_ast_elements: '1000000',
  do_not_merge_across_partitions_select_final: 1,
  max_execution_time: 55,
  final: 1,
} as const

/** Of the statement that compares: every table is read from the same parts, and what does not fit spills. */
const COMPARE_SETTINGS = {
  enable_shared_storage_snapshot_in_query: 1,
  max_bytes_before_external_group_by: '1000000000',
} as const

/** Keeps what every attempt of a month counts now under the name of a snapshot. */
export async function insertClosedAttempts(snapshotId: string, month: MonthAttempts): Promise<void> {
  const { source, inRange, matching, cost, pricedCost, priceId, tokens, params } = month
  await runCommand(
    `INSERT INTO closed_attempts (workspace_id, snapshot_id, request_key, attempt_key, provider, model, endpoint, cost,
       priced_cost, price_id, tokens, content_hash)
     SELECT workspace_id, {snapshotId:UUID}, request_key, attempt_key, provider, model, endpoint, ${cost}, ${pricedCost},
       ${priceId}, ${tokens}, content_hash
     FROM ${source} WHERE ${inRange} AND ${matching}`,
    { params: { ...params, snapshotId }, settings: KEEP_SETTINGS },
  )
}

const count = z.coerce.string()
const decimal = z.string().nullable()

const sumRow = z.object({
  provider: z.string(),
  model: z.string(),
  endpoint: z.string(),
  spend: decimal,
  attempts: count,
  tokens: count,
})

/** What a snapshot adds up to, by provider, model and endpoint ('' is unattributed). */
export async function sumClosedAttempts(workspaceId: number, snapshotId: string): Promise<z.output<typeof sumRow>[]> {
  return await queryRows(
    sumRow,
    `SELECT provider, model, endpoint, toString(sum(cost)) AS spend, count() AS attempts, sum(tokens) AS tokens
     FROM closed_attempts WHERE workspace_id = {workspaceId:UInt32} AND snapshot_id = {snapshotId:UUID}
     GROUP BY provider, model, endpoint`,
    { role: 'write', params: { workspaceId, snapshotId }, settings: { max_execution_time: 50 } },
  )
}

/** Why an attempt counts otherwise than when its month was closed; `none` where it does not. */
const MOVE_CAUSES = ['none', 'late', 'correction', 'deletion', 'alias', 'preference', 'exchangeRate', 'price'] as const

const moveRow = z.object({
  provider: z.string(),
  model: z.string(),
  endpoint: z.string(),
  cause: z.enum(MOVE_CAUSES),
  booked_spend: decimal,
  booked_attempts: count,
  booked_tokens: count,
  today_spend: decimal,
  today_attempts: count,
  today_tokens: count,
})

/**
 * A month as it was closed beside the month as it is, by provider, model, endpoint and the cause for which the attempts
 * in it count otherwise, in one SELECT. An attempt whose line has changed stands in both, with what it counted and counts.
 * @param rateChanges pairs of price ids that differ in an exchange rate alone
 */
export async function compareClosedAttempts(
  workspaceId: number,
  snapshotId: string,
  month: MonthAttempts,
  rateChanges: readonly (readonly [string, string])[],
): Promise<z.output<typeof moveRow>[]> {
  const { source, inRange, matching, cost, pricedCost, priceId, tokens, params } = month
  const place = `tuple(toString(provider), toString(model), toString(endpoint))`
  // An attempt that is no longer there was erased, unless what it says now lies outside the month.
  const standsElsewhere = `(request_key, attempt_key) IN (
    SELECT request_key, attempt_key FROM attempts FINAL WHERE workspace_id = {workspaceId:UInt32} AND revision > 1)`
  const cause = `multiIf(
    was = 0, if(revision > 1, 'correction', 'late'),
    is = 0, if(${standsElsewhere}, 'correction', 'deletion'),
    was_place = is_place AND was_cost IS NOT DISTINCT FROM is_cost AND was_tokens = is_tokens, 'none',
    was_hash != is_hash, 'correction',
    was_place != is_place, 'alias',
    was_priced IS NOT DISTINCT FROM is_priced, 'preference',
    [was_price, is_price] IN {rateChanges:Array(Array(String))}, 'exchangeRate',
    'price')`
  const pick = (column: string, side: 'was' | 'is', value: string) =>
    `argMax(${value}, ${side}_here) AS ${side}_${column}`
  const side = (name: 'was' | 'is') => [
    `max(${name}_here) AS ${name}`,
    pick('place', name, 'place'),
    // argMax leaves nulls out, and would take the cost of the other side for one that is absent.
    `argMax(tuple(cost), ${name}_here).1 AS ${name}_cost`,
    `argMax(tuple(priced), ${name}_here).1 AS ${name}_priced`,
    pick('price', name, 'price'),
    pick('tokens', name, 'tokens'),
    pick('hash', name, 'content_hash'),
  ]
  const sums = (name: 'booked' | 'today', at: number) => [
    `toString(sumIf(cost, side = ${at})) AS ${name}_spend`,
    `countIf(side = ${at}) AS ${name}_attempts`,
    `sumIf(tokens, side = ${at}) AS ${name}_tokens`,
  ]
  return await queryRows(
    moveRow,
    `SELECT place.1 AS provider, place.2 AS model, place.3 AS endpoint, cause,
       ${[...sums('booked', 0), ...sums('today', 1)].join(', ')}
     FROM (
       SELECT cause, moved.1 AS side, moved.2 AS place, moved.3 AS cost, moved.4 AS tokens
       FROM (
         SELECT ${cause} AS cause,
           arrayJoin(arrayFilter(x -> x.5 = 1, [
             tuple(0, was_place, was_cost, was_tokens, was), tuple(1, is_place, is_cost, is_tokens, is)])) AS moved
         FROM (
           SELECT request_key, attempt_key, max(revision) AS revision, ${[...side('was'), ...side('is')].join(', ')}
           FROM (
             SELECT request_key, attempt_key, toUInt8(1) AS was_here, toUInt8(0) AS is_here, ${place} AS place, cost,
               priced_cost AS priced, toString(price_id) AS price, tokens, content_hash, toUInt64(0) AS revision
             FROM closed_attempts WHERE workspace_id = {workspaceId:UInt32} AND snapshot_id = {snapshotId:UUID}
             UNION ALL
             SELECT request_key, attempt_key, toUInt8(0), toUInt8(1), ${place}, ${cost}, ${pricedCost}, toString(${priceId}),
               toUInt64(${tokens}), content_hash, revision
             FROM ${source} WHERE ${inRange} AND ${matching}
           )
           GROUP BY request_key, attempt_key
         )
       )
     )
     GROUP BY provider, model, endpoint, cause`,
    { params: { ...params, workspaceId, snapshotId, rateChanges }, settings: COMPARE_SETTINGS },
  )
}

const firstRow = z.object({ first: z.coerce.number().int().nullable() })

/** The instant of a workspace's earliest attempt; null without any. It may have been erased since. */
export async function findFirstAttempt(workspaceId: number): Promise<Date | null> {
  const [row] = await queryRows(
    firstRow,
    `SELECT toUnixTimestamp64Milli(minOrNullIf(first_ts, rows_written > 0)) AS first FROM workspace_activity
     WHERE workspace_id = {workspaceId:UInt32}`,
    { params: { workspaceId } },
  )
  return row?.first == null ? null : new Date(row.first)
}

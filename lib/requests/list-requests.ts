import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { IN_REQUESTS } from '@/db/clickhouse/statements/attempts'
import { AppError } from '@/lib/errors'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'
import { keyOfRequest } from '@/lib/events/identify-attempt'
import { compileAttempts, instant } from '@/lib/metrics/compile-attempts'
import { type PricedPlan, planQuery, type Scope } from '@/lib/metrics/plan'
import { pricePlan } from '@/lib/metrics/price-plan'
import type { Query } from '@/lib/metrics/query-schema'
import type { PriceRow } from '@/lib/pricing/price-book'
import { readAttempts } from '@/lib/requests/read-attempts'
import type { ListedRequest, RequestList, RequestSort } from '@/lib/requests/request-list'

export type RequestsQuestion = {
  scope: Scope
  /** Its range and filters decide which requests are listed. */
  query: Query
  sort: RequestSort
  limit: number
  /** `nextCursor` of the list before. */
  cursor: string | null
  /** When set: the requests with exactly this id, at any time; the filters still hold. */
  externalRequestId: string | null
}

type Candidate = { workspaceId: number; requestKey: string; value: string }

/**
 * Requests in the order of `sort`, each with all its attempts and how each was priced. A request belongs to the range in
 * which its first attempt that matches the filters lies, as the measure `requests` counts it.
 * @throws AppError `invalid_query` for a foreign cursor, `not_found` for a scenario that is not of the workspace,
 * `unavailable` when a store does not answer.
 */
export async function listRequests(question: RequestsQuestion, now: Date): Promise<RequestList> {
  const plan = await pricePlan(planQuery(question.query, question.scope, now))
  const after = question.cursor === null ? null : parseCursor(question.cursor, question.sort)
  const wanted = question.limit + 1
  const found =
    question.externalRequestId === null
      ? question.sort === 'newest'
        ? await findNewest(plan, after, wanted)
        : await findCandidates(plan, plan.current, question.sort, after, wanted)
      : await findById(plan, question.externalRequestId, question.sort, after, wanted)
  const page = found.slice(0, question.limit)
  const last = found.length > page.length ? page.at(-1) : undefined
  return {
    requests: await readRequests(page, plan, plan.under?.priceRows ?? []),
    nextCursor: last ? formatCursor({ sort: question.sort, value: last.value, requestKey: last.requestKey }) : null,
  }
}

async function readRequests(
  page: readonly Candidate[],
  plan: PricedPlan,
  assumedRows: readonly PriceRow[],
): Promise<ListedRequest[]> {
  const requests = await readAttempts(page, plan, assumedRows)
  return page.flatMap(({ workspaceId, requestKey }) => requests.get(`${workspaceId}/${requestKey}`) ?? [])
}

function reachOf({ store, current, filters, priceChanges, routes }: PricedPlan) {
  return { scope: store, range: current, filters, priceChanges, routes }
}

const cursorSchema = z.object({
  sort: z.enum(['newest', 'cost', 'latency']),
  value: z.string().regex(/^-?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,3})?$/),
  requestKey: z.string().regex(/^\d{1,20}$/),
})
type Cursor = z.output<typeof cursorSchema>

function formatCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.sort, cursor.value, cursor.requestKey])).toString('base64url')
}

function parseCursor(text: string, sort: RequestSort): Cursor {
  const parts = z
    .tuple([z.unknown(), z.unknown(), z.unknown()])
    .transform(([of, value, requestKey]) => ({ sort: of, value, requestKey }))
    .pipe(cursorSchema)
  const parsed = parts.safeParse(decode(text))
  if (parsed.success && parsed.data.sort === sort) return parsed.data
  throw new AppError('invalid_query', 'cursor: does not belong to this list. Leave it out to start from the top.')
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** Value by which requests are ordered: always there, so that pages can be cut after any request. */
const SORT_VALUES: Readonly<Record<RequestSort, { sql: (cost: string) => string; type: string }>> = {
  newest: { sql: () => 'toUnixTimestamp64Milli(argMin(ts, seq))', type: 'Int64' },
  cost: { sql: (cost) => `ifNull(sum(${cost}), toDecimal128(-1, 18))`, type: 'Decimal(38, 18)' },
  latency: { sql: () => 'ifNull(sumOrNull(latency_ms), -1)', type: 'Float64' },
}

const candidateRow = z.object({
  workspace_id: z.number(),
  request_key: z.string(),
  value: z.union([z.string(), z.number()]).transform(String),
})

async function findCandidates(
  plan: PricedPlan,
  range: PricedPlan['current'],
  sort: RequestSort,
  after: Cursor | null,
  limit: number,
): Promise<Candidate[]> {
  const { source, inRange, matching, cost, params } = compileAttempts({ ...reachOf(plan), range })
  // The first matching attempt of a request may lie before the range, its last one after it.
  const reach = (bound: string, fallback: Date) =>
    `(SELECT ifNull(${bound}, ${instant(fallback)}) FROM ${source} WHERE ${inRange} AND ${matching})`
  const from = reach('minOrNull(ts - toIntervalMillisecond(since_first_ms))', range.from)
  const to = reach('maxOrNull(ts + toIntervalMillisecond(until_last_ms))', range.to)
  return selectCandidates({
    source,
    where: `ts >= ${from} AND ts <= ${to} AND ${matching}`,
    having: [`argMin(ts, seq) >= ${instant(range.from)}`, `argMin(ts, seq) < ${instant(range.to)}`],
    cost,
    params,
    sort,
    after,
    limit,
  })
}

const FIRST_SLICE_MS = 6 * 3_600_000
const SLICE_GROWTH = 8

/** Looks at the newest slice of the range first and at longer and longer ones before it, until the page is full. */
async function findNewest(plan: PricedPlan, after: Cursor | null, limit: number): Promise<Candidate[]> {
  const found: Candidate[] = []
  const earliestMs = plan.current.from.getTime()
  const latestMs = Math.min(plan.current.to.getTime(), plan.now.getTime() + FIRST_SLICE_MS)
  let toMs = after === null ? latestMs : Math.min(latestMs, Number(after.value) + 1)
  let sliceMs = FIRST_SLICE_MS
  while (toMs > earliestMs && found.length < limit) {
    const fromMs = Math.max(earliestMs, toMs - sliceMs)
    const slice = { from: new Date(fromMs), to: new Date(toMs) }
    found.push(...(await findCandidates(plan, slice, 'newest', after, limit - found.length)))
    toMs = fromMs
    sliceMs *= SLICE_GROWTH
  }
  return found
}

async function findById(
  plan: PricedPlan,
  externalRequestId: string,
  sort: RequestSort,
  after: Cursor | null,
  limit: number,
): Promise<Candidate[]> {
  const keys = plan.store.workspaceIds.flatMap((workspaceId) =>
    ENVIRONMENTS.flatMap((environment) =>
      DATA_MODES.map((dataMode) => keyOfRequest({ workspaceId, dataMode, environment, externalRequestId })),
    ),
  )
  const { source, matching, cost, params } = compileAttempts(reachOf(plan))
  return selectCandidates({
    source,
    where: `${IN_REQUESTS} AND external_request_id = {externalRequestId:String} AND ${matching}`,
    having: [],
    cost,
    params: { ...params, workspaces: plan.store.workspaceIds, requests: keys.map(BigInt), externalRequestId },
    sort,
    after,
    limit,
  })
}

async function selectCandidates(selection: {
  source: string
  where: string
  having: readonly string[]
  cost: string
  params: Record<string, unknown>
  sort: RequestSort
  after: Cursor | null
  limit: number
}): Promise<Candidate[]> {
  const { after, limit } = selection
  const value = SORT_VALUES[selection.sort]
  const sortSql = value.sql(selection.cost)
  const having = [
    ...selection.having,
    ...(after
      ? [
          `(${sortSql} < {afterValue:${value.type}} OR
            (${sortSql} = {afterValue:${value.type}} AND request_key < {afterKey:UInt64}))`,
        ]
      : []),
  ]
  const rows = await queryRows(
    candidateRow,
    `SELECT workspace_id, request_key, ${sortSql} AS value FROM ${selection.source} WHERE ${selection.where}
     GROUP BY workspace_id, request_key ${having.length > 0 ? `HAVING ${having.join(' AND ')}` : ''}
     ORDER BY value DESC, request_key DESC LIMIT ${Math.trunc(limit)}`,
    { params: { ...selection.params, ...(after ? { afterValue: after.value, afterKey: after.requestKey } : {}) } },
  )
  return rows.map((row) => ({ workspaceId: row.workspace_id, requestKey: row.request_key, value: row.value }))
}

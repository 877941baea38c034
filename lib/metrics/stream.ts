import 'server-only'
import { type QueryOptions, streamRows } from '@/db/clickhouse/client'
import { compileStatement, type Statement } from '@/lib/metrics/compile'
import { compileComparison, previousColumn } from '@/lib/metrics/compile-comparison'
import type { Query } from '@/lib/metrics/query-schema'
import type { AtomName, AtomValues } from '@/lib/metrics/registry'
import { type Cell, cellOf, previousCellOf, type ResultRow } from '@/lib/metrics/result'
import {
  bucketsOf,
  buildRow,
  type CellContext,
  groupRow,
  orderOf,
  type Plan,
  planQuery,
  runQuery,
  type Scope,
  timeDirection,
} from '@/lib/metrics/run'

/**
 * Settings of a statement whose answer is streamed: it ends with its reader, spills what does not fit, and keeps the
 * connection alive while it sorts.
 */
export const STREAM_SETTINGS: NonNullable<QueryOptions['settings']> = {
  cancel_http_readonly_queries_on_client_close: 1,
  max_bytes_before_external_group_by: '1000000000',
  max_bytes_before_external_sort: '1000000000',
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
}

export type QueryStream = {
  /** Rows as {@link runQuery} gives them, without its bound on their number, never whole in memory. */
  rows: AsyncIterable<ResultRow>
  totals: ResultRow
}

/**
 * Answers a question row by row, by the plan and the statements of {@link runQuery}. Rows come from one SELECT, so from
 * one version of the data.
 * @throws AppError as `runQuery`; also while the rows are read.
 */
export async function streamQuery(query: Query, scope: Scope, now: Date, signal?: AbortSignal): Promise<QueryStream> {
  const plan = planQuery(query, scope, now)
  if (query.limit !== undefined || plan.dimensions.length === 0) {
    const { rows, totals } = await runQuery(query, scope, now)
    return { rows: listRows(rows), totals }
  }
  const { totals } = await runQuery(totalsOf(query), scope, now)
  const contexts = {
    current: contextOf(plan, cellOf(totals, 'spend')),
    previous: plan.previous && contextOf(plan, previousCellOf(totals, 'spend') ?? null),
  }
  return {
    rows: plan.previous ? streamCompared(plan, contexts, signal) : streamWindow(plan, contexts.current, signal),
    totals,
  }
}

async function* listRows(rows: readonly ResultRow[]): AsyncGenerator<ResultRow, void, undefined> {
  yield* rows
}

/** The same question, asked for its totals alone. */
function totalsOf(query: Query): Query {
  const measures = query.measures.includes('spend') ? query.measures : [...query.measures, 'spend' as const]
  return { ...query, measures, dimensions: [], orderBy: [] }
}

function contextOf(plan: Plan, spend: Cell): CellContext {
  const total = spend === null ? null : String(spend)
  return { plan, totals: { spend: total }, namedSpend: total ?? '0' }
}

function statementOf(plan: Plan, range: Plan['current']): Statement {
  const buckets = bucketsOf(plan, range)
  return {
    scope: plan.store,
    range,
    dimensions: plan.dimensions,
    buckets,
    atoms: plan.atoms,
    filters: plan.filters,
    order: orderOf(plan, buckets !== null),
  }
}

async function* streamWindow(
  plan: Plan,
  context: CellContext,
  signal: AbortSignal | undefined,
): AsyncGenerator<ResultRow, void, undefined> {
  const compiled = compileStatement(statementOf(plan, plan.current))
  const rows = streamRows(groupRow, compiled.sql, { params: compiled.params, settings: STREAM_SETTINGS, signal })
  for await (const row of rows) {
    const start = plan.granularity === null ? null : new Date(Number(row.t))
    const current = atomsOf(plan.atoms, (name) => row[name])
    yield buildRow({ keys: keysOf(plan, row), other: false, start, current, previous: null }, context, null)
  }
}

async function* streamCompared(
  plan: Plan,
  contexts: { current: CellContext; previous: CellContext | null },
  signal: AbortSignal | undefined,
): AsyncGenerator<ResultRow, void, undefined> {
  if (!plan.previous) return
  const current = statementOf(plan, plan.current)
  const compiled = compileComparison(current, statementOf(plan, plan.previous), timeDirection(plan))
  const rows = streamRows(groupRow, compiled.sql, { params: compiled.params, settings: STREAM_SETTINGS, signal })
  for await (const row of rows) {
    const entry = {
      keys: keysOf(plan, row),
      other: false,
      start: current.buckets?.[Number(row.p) - 1] ?? null,
      current: row.in_current === '1' ? atomsOf(plan.atoms, (name) => row[name]) : null,
      previous: row.in_previous === '1' ? atomsOf(plan.atoms, (name) => row[previousColumn(name)]) : null,
    }
    yield buildRow(entry, contexts.current, contexts.previous)
  }
}

function keysOf(plan: Plan, row: Record<string, unknown>): string[] {
  return plan.dimensions.map((_, index) => {
    const key = row[`d${index}`]
    return typeof key === 'string' ? key : ''
  })
}

function atomsOf(atoms: readonly AtomName[], read: (name: AtomName) => unknown): AtomValues {
  return Object.fromEntries(
    atoms.map((name) => {
      const value = read(name)
      return [name, value === null || value === undefined ? null : String(value)]
    }),
  )
}

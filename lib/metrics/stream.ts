import 'server-only'
import { type QueryOptions, streamRows } from '@/db/clickhouse/client'
import { assembleAnswer, buildRow, buildTotals, type CellContext } from '@/lib/metrics/assemble-answer'
import { type AnswerRow, answerRow } from '@/lib/metrics/built-rows'
import { compileAnswer, compileComparison, previousColumn, TOTALS_PART } from '@/lib/metrics/compile-answer'
import { compileKeySelect, compileParts } from '@/lib/metrics/compile-parts'
import { type Group, toGroup } from '@/lib/metrics/groups'
import { orderOf, timeDirection } from '@/lib/metrics/order-rows'
import {
  bucketsOf,
  needsKeys,
  type Plan,
  type PricedPlan,
  planQuery,
  rankStatement,
  type Scope,
  windowStatements,
} from '@/lib/metrics/plan'
import { pricePlan } from '@/lib/metrics/price-plan'
import type { Query } from '@/lib/metrics/query-schema'
import type { Windows } from '@/lib/metrics/read-windows'
import type { AtomValues } from '@/lib/metrics/registry'
import type { ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import type { KeyRestriction, Statement } from '@/lib/metrics/statement'
import { formatIsoInZone } from '@/lib/time'

/**
 * Settings of a statement whose answer is streamed: it spills what does not fit, and keeps the connection alive while it
 * sorts.
 */
export const STREAM_SETTINGS: NonNullable<QueryOptions['settings']> = {
  // Every mention of a table in the statement is read from the same parts.
  enable_shared_storage_snapshot_in_query: 1,
  max_bytes_before_external_group_by: '1000000000',
  max_bytes_before_external_sort: '1000000000',
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
}

export type QueryStream = {
  /** Rows as {@link runQuery} gives them, without its bound on their number, never whole in memory. */
  rows: AsyncIterable<ResultRow>
  totals: ResultRow
  /** Name of the scenario under which it is answered; null: as it was. */
  scenario: string | null
}

type StoreRow = AnswerRow

/**
 * Answers a question row by row. Rows, totals and the keys of a top-N come from one SELECT, so from one version of the
 * data, and are priced by the prices in force when it began; only a top-N under a scenario is read in several.
 * @throws AppError as `runQuery`; also while the rows are read.
 */
export async function streamQuery(query: Query, scope: Scope, now: Date, signal?: AbortSignal): Promise<QueryStream> {
  if (query.costView !== undefined && query.costView !== 'usage') {
    // Shares are known when everything is, so there is nothing to stream.
    const { rows, totals, meta } = await runQuery(query, scope, now)
    return { totals, scenario: meta.scenario?.name ?? null, rows: listRows(rows) }
  }
  const plan = await pricePlan(planQuery(query, scope, now))
  const scenario = plan.under?.name ?? null
  const isBounded = query.limit !== undefined || plan.dimensions.length === 0
  if (isBounded && plan.under) {
    // Routes and prices in every part make one SELECT so large that the engine takes long to read it: asked in parts, as
    // the screen asks it.
    const { rows, totals } = await runQuery(query, scope, now)
    return { totals, scenario, rows: listRows(rows) }
  }
  if (isBounded) {
    const { rows, totals } = assembleAnswer(plan, await readAtOnce(plan, signal))
    return { totals, scenario, rows: listRows(rows) }
  }
  const current = statementOf(plan, plan.current)
  const compiled = plan.previous
    ? compileComparison(current, statementOf(plan, plan.previous), timeDirection(plan))
    : compileAnswer(current)
  const stored = streamRows(answerRow, compiled.sql, { params: compiled.params, settings: STREAM_SETTINGS, signal })
  const first = await stored.next()
  if (first.done || first.value.part !== TOTALS_PART) throw new Error('an answer began without its totals')
  const totals = currentAtoms(plan, first.value)
  const previousTotals = plan.previous && previousAtoms(plan, first.value)
  const context = contextOf(plan, totals)
  const previousContext = previousTotals && contextOf(plan, previousTotals)
  const toRow = plan.previous
    ? (row: StoreRow) => comparedRow(plan, row, current.buckets, context, previousContext)
    : (row: StoreRow) => plainRow(plan, row, context)
  return {
    totals: buildTotals(totals, previousTotals, context, previousContext),
    scenario,
    rows: mapRows(stored, toRow),
  }
}

/** Everything that an answer is assembled from, in one SELECT. */
async function readAtOnce(plan: PricedPlan, signal: AbortSignal | undefined): Promise<Windows> {
  const limit = plan.query.limit ?? 0
  const keys: KeyRestriction | null = needsKeys(plan)
    ? {
        dimensions: plan.dimensions,
        negate: false,
        select: compileKeySelect(
          rankStatement(plan, plan.current, limit),
          plan.previous && rankStatement(plan, plan.previous, limit * 2),
          limit,
        ),
      }
    : null
  const windows = [plan.current, ...(plan.previous ? [plan.previous] : [])].map((range) => ({
    buckets: bucketsOf(plan, range),
    statements: windowStatements(plan, range, keys),
  }))
  const statements = windows.flatMap(({ statements: { rows, other, totals } }) => [
    rows,
    totals,
    ...(other ? [other] : []),
  ])
  const { sql, params } = compileParts(statements)
  const groups = new Map<Statement, Group[]>(statements.map((statement) => [statement, []]))
  for await (const row of streamRows(answerRow, sql, { params, settings: STREAM_SETTINGS, signal })) {
    const statement = statements[Number(row.part)]
    if (statement) groups.get(statement)?.push(toGroup(row, statement))
  }
  const [current, previous] = windows.map(({ buckets, statements: { rows, other, totals } }) => ({
    buckets,
    rows: groups.get(rows) ?? [],
    other: (other && groups.get(other)) ?? [],
    totals: groups.get(totals)?.[0]?.atoms ?? {},
  }))
  if (!current) throw new Error('an answer has no window')
  return { current, previous: previous ?? null }
}

async function* listRows(rows: readonly ResultRow[]): AsyncGenerator<ResultRow, void, undefined> {
  yield* rows
}

async function* mapRows(
  rows: AsyncIterable<StoreRow>,
  toRow: (row: StoreRow) => ResultRow,
): AsyncGenerator<ResultRow, void, undefined> {
  for await (const row of rows) yield toRow(row)
}

/** The context of rows that are all named. */
function contextOf(plan: Plan, totals: AtomValues): CellContext {
  return { plan, totals, namedSpend: totals.spend ?? '0' }
}

function statementOf(plan: PricedPlan, range: Plan['current']): Statement {
  const buckets = bucketsOf(plan, range)
  return {
    scope: plan.store,
    range,
    dimensions: plan.dimensions,
    buckets,
    atoms: plan.atoms,
    filters: plan.filters,
    order: orderOf(plan, buckets !== null),
    priceChanges: plan.priceChanges,
    routes: plan.routes,
  }
}

function plainRow(plan: Plan, row: StoreRow, context: CellContext): ResultRow {
  const time = plan.granularity === null ? null : formatIsoInZone(new Date(Number(row.t)), plan.calendar.timeZone)
  const current = currentAtoms(plan, row)
  return buildRow({ keys: keysOf(plan, row), other: false, current, previous: null }, time, context, null)
}

function comparedRow(
  plan: Plan,
  row: StoreRow,
  buckets: readonly Date[] | null,
  context: CellContext,
  previousContext: CellContext | null,
): ResultRow {
  const start = buckets?.[Number(row.p) - 1]
  const entry = {
    keys: keysOf(plan, row),
    other: false,
    current: row.in_current === '1' ? currentAtoms(plan, row) : null,
    previous: row.in_previous === '1' ? previousAtoms(plan, row) : null,
  }
  const time = start ? formatIsoInZone(start, plan.calendar.timeZone) : null
  return buildRow(entry, time, context, previousContext)
}

function keysOf(plan: Plan, row: StoreRow): string[] {
  return plan.dimensions.map((_, index) => row[`d${index}`] ?? '')
}

function currentAtoms(plan: Plan, row: StoreRow): AtomValues {
  return Object.fromEntries(plan.atoms.map((name) => [name, row[name] ?? null]))
}

function previousAtoms(plan: Plan, row: StoreRow): AtomValues {
  return Object.fromEntries(plan.atoms.map((name) => [name, row[previousColumn(name)] ?? null]))
}

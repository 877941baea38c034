import 'server-only'
import { findScenarioRow, listScenarioRows, type ScenarioRow } from '@/db/postgres/queries/scenarios'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import type { DimensionName, MeasureName } from '@/lib/metrics/registry'
import { cellOf, type QueryResult, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { subtractDecimals, trimDecimal } from '@/lib/money'
import { priceScenario } from '@/lib/scenarios/price-scenario'
import { type ScenarioDefinition, scenarioDefinition } from '@/lib/scenarios/scenario'
import type { Range } from '@/lib/time'

/** A saved scenario. */
export type Scenario = Pick<ScenarioRow, 'id' | 'name' | 'createdByName' | 'createdAt' | 'updatedAt'> & {
  definition: ScenarioDefinition
}

/** What a scenario is compared by, in the order of its tables and of its CSV. */
export const COMPARED = [
  'spend',
  'requests',
  'costPerRequest',
  'attempts',
  'totalTokens',
  'unpricedTokens',
] as const satisfies readonly MeasureName[]

type Side = Readonly<Record<(typeof COMPARED)[number], string | null>>

export type ComparedRow = {
  /** Values of the dimensions; null is unattributed. */
  keys: (string | null)[]
  today: Side
  scenario: Side
  /** Spend of the scenario − spend today; no price counts as nothing. */
  difference: string
}

/** The dimensions by which a scenario can be read. */
export const SCENARIO_VIEWS = {
  endpoint: ['endpoint'],
  user: ['user'],
  model: ['provider', 'model'],
} as const satisfies Record<string, readonly DimensionName[]>

export type ScenarioView = keyof typeof SCENARIO_VIEWS

/**
 * The scenarios of a workspace, by name.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listScenarios(workspaceId: number): Promise<Scenario[]> {
  return (await listScenarioRows(workspaceId)).map(toScenario)
}

/**
 * A scenario of a workspace; null when there is none.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findScenario(workspaceId: number, id: number): Promise<Scenario | null> {
  const row = await findScenarioRow(workspaceId, id)
  return row && toScenario(row)
}

function toScenario({ id, name, createdByName, createdAt, updatedAt, definition }: ScenarioRow): Scenario {
  return { id, name, createdByName, createdAt, updatedAt, definition: scenarioDefinition.parse(definition) }
}

export type ComparedScenario = {
  totals: Omit<ComparedRow, 'keys'>
  views: Record<ScenarioView, ComparedRow[]>
  /** Events came between the readings, so that the two sides are not of the same version of the data. */
  isMoving: boolean
}

/** Rows that a table on the screen has, the dearest of today. */
const SHOWN = { endpoint: 50, user: 20 } as const

/**
 * A range of real history as it was beside what a scenario makes of it: in all, by endpoint, tenant and model.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function compareScenario(
  definition: ScenarioDefinition,
  scope: Scope,
  range: Range,
  now: Date,
): Promise<ComparedScenario> {
  const ask = await openSides(definition, scope, range, now)
  const [today, scenario] = await Promise.all([ask('today', []), ask('scenario', [])])
  const [endpoint, user, model] = [
    await compareTop(ask, 'endpoint', SHOWN.endpoint),
    await compareTop(ask, 'user', SHOWN.user),
    await compareAll(ask, 'model'),
  ]
  const answers = [today, scenario, ...[endpoint, user, model].flatMap((each) => each.answers)]
  return {
    totals: compareRow(today.totals, scenario.totals),
    views: { endpoint: endpoint.rows, user: user.rows, model: model.rows },
    isMoving: new Set(answers.map(({ meta }) => meta.dataVersion)).size > 1,
  }
}

/**
 * All rows of one view of a scenario beside today, and the totals.
 * @throws AppError as {@link compareScenario}; `invalid_query` for more rows than an answer may hold.
 */
export async function compareScenarioRows(
  definition: ScenarioDefinition,
  scope: Scope,
  range: Range,
  view: ScenarioView,
  now: Date,
): Promise<{ rows: ComparedRow[]; totals: Omit<ComparedRow, 'keys'> }> {
  const ask = await openSides(definition, scope, range, now)
  const { rows, answers } = await compareAll(ask, view)
  const [today, scenario] = answers
  return { rows, totals: compareRow(today?.totals ?? null, scenario?.totals ?? null) }
}

type Ask = (
  side: 'today' | 'scenario',
  dimensions: readonly DimensionName[],
  changes?: Pick<QueryInput, 'limit' | 'filters'>,
) => Promise<QueryResult>

async function openSides(definition: ScenarioDefinition, scope: Scope, range: Range, now: Date): Promise<Ask> {
  const { routes, priceChanges } = await priceScenario(definition, scope.workspaces[0].id)
  return (side, dimensions, changes = {}) => {
    const query = parseQuery({
      measures: [...COMPARED],
      dimensions: [...dimensions],
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      ...changes,
    })
    return side === 'today' ? runQuery(query, scope, now) : runQuery(query, scope, now, priceChanges, routes)
  }
}

type ComparedView = { rows: ComparedRow[]; answers: QueryResult[] }

/** The dearest rows of today; a route moves no attempt to another endpoint or tenant. */
async function compareTop(ask: Ask, view: 'endpoint' | 'user', limit: number): Promise<ComparedView> {
  const [dimension] = SCENARIO_VIEWS[view]
  const today = await ask('today', [dimension], { limit })
  const values = today.rows.map((row) => keyOf(row, dimension))
  if (values.length === 0) return { rows: [], answers: [today] }
  const scenario = await ask('scenario', [dimension], { filters: [{ dimension, operator: 'in', values }] })
  return { rows: joinRows(today, scenario, [dimension]), answers: [today, scenario] }
}

async function compareAll(ask: Ask, view: ScenarioView): Promise<ComparedView> {
  const dimensions = SCENARIO_VIEWS[view]
  const [today, scenario] = await Promise.all([ask('today', dimensions), ask('scenario', dimensions)])
  return { rows: joinRows(today, scenario, dimensions), answers: [today, scenario] }
}

function keyOf(row: ResultRow, name: DimensionName): string | null {
  const cell = cellOf(row, name)
  return cell === null ? null : String(cell)
}

/** Rows of today in their order, then those that only the scenario has. */
function joinRows(today: QueryResult, scenario: QueryResult, dimensions: readonly DimensionName[]): ComparedRow[] {
  const keysOf = (row: ResultRow) => dimensions.map((name) => keyOf(row, name))
  const idOf = (row: ResultRow) => JSON.stringify(keysOf(row))
  const others = new Map(scenario.rows.map((row) => [idOf(row), row]))
  const known = new Set(today.rows.map(idOf))
  return [
    ...today.rows.map((row) => ({ keys: keysOf(row), ...compareRow(row, others.get(idOf(row)) ?? null) })),
    ...scenario.rows
      .filter((row) => !known.has(idOf(row)))
      .map((row) => ({ keys: keysOf(row), ...compareRow(null, row) })),
  ]
}

function compareRow(today: ResultRow | null, scenario: ResultRow | null): Omit<ComparedRow, 'keys'> {
  const [a, b] = [sideOf(today), sideOf(scenario)]
  return { today: a, scenario: b, difference: trimDecimal(subtractDecimals(b.spend ?? '0', a.spend ?? '0')) }
}

function sideOf(row: ResultRow | null): Side {
  const text = (name: MeasureName): string | null => {
    const cell = row && cellOf(row, name)
    return cell === null ? null : String(cell)
  }
  return {
    spend: text('spend'),
    requests: text('requests'),
    costPerRequest: text('costPerRequest'),
    attempts: text('attempts'),
    totalTokens: text('totalTokens'),
    unpricedTokens: text('unpricedTokens'),
  }
}

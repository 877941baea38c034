import { ATOMS, type AtomName, type DimensionName, dimensionLevel } from '@/lib/metrics/registry'
import type { CompiledFilter, KeyRestriction, Statement } from '@/lib/metrics/statement'

/**
 * The angle from which requests are counted. Flags on attempts ("first of its request, of its provider, …") make these
 * four additive; `distinct` counts over the attempts themselves.
 */
export type Lens = (typeof LENSES)[number] | 'distinct'

/** The lenses that flags serve. */
export const LENSES = ['request', 'provider', 'model', 'deployment'] as const

const LENS_COLUMNS: Record<Exclude<Lens, 'distinct'>, { first: string; outcome: string; left: string }> = {
  request: { first: 'seq = 1', outcome: 'request_outcome', left: 'request_fallback' },
  provider: { first: 'first_of_provider', outcome: 'outcome_at_provider', left: 'left_provider' },
  model: { first: 'first_of_model', outcome: 'outcome_at_model', left: 'left_model' },
  deployment: { first: 'first_of_deployment', outcome: 'outcome_at_deployment', left: 'left_deployment' },
}

/** Attempt-level names among the row's dimensions and the filters decide from where requests are seen. */
export function chooseLens(statement: Statement): Lens {
  const dimensions = new Set<DimensionName>(statement.dimensions)
  const single = new Set<DimensionName>()
  const { keys } = statement
  const restricting = [...statement.filters, ...(keys ? keys.dimensions.map((name) => keyAsFilter(name, keys)) : [])]
  for (const filter of restricting) {
    if (dimensionLevel(filter.dimension) !== 'attempt' || dimensions.has(filter.dimension)) continue
    if (filter.operator !== 'in' || filter.values.length !== 1) return 'distinct'
    single.add(filter.dimension)
  }
  const names = [...dimensions, ...single].filter((name) => dimensionLevel(name) === 'attempt')
  if (names.length === 0) return 'request'
  // Flags tell where a request was tried as it was, not as it is routed here.
  if (statement.routes && statement.routes.length > 0) return 'distinct'
  if (names.some((name) => name !== 'provider' && name !== 'model')) return 'distinct'
  // Flags tell where a request was first tried by the stored names; while others hold, requests are counted themselves.
  if (statement.priceChanges.some(({ raw }) => raw)) return 'distinct'
  const provider = names.includes('provider')
  const model = names.includes('model')
  return provider && model ? 'deployment' : provider ? 'provider' : 'model'
}

function keyAsFilter(name: DimensionName, keys: KeyRestriction): CompiledFilter {
  const index = keys.dimensions.indexOf(name)
  const values = 'values' in keys ? [...new Set(keys.values.map((value) => value[index] ?? ''))] : []
  return { dimension: name, operator: keys.negate ? 'notIn' : 'in', values }
}

/** What "the next attempt went elsewhere" means for an attempt, seen from the row. */
export function leftSql(statement: Statement): string {
  const names = new Set([
    ...statement.dimensions,
    ...statement.filters.map((filter) => filter.dimension),
    ...(statement.keys?.dimensions ?? []),
  ])
  const provider = names.has('provider')
  const model = names.has('model')
  if (provider && !model) return 'next_provider_differs'
  if (model && !provider) return 'next_model_differs'
  if (provider || [...names].some((name) => dimensionLevel(name) === 'attempt')) return 'next_is_fallback'
  return 'request_fallback'
}

/** SQL of what prices make of an attempt. */
export type AttemptPricing = { cost: string; modelKnown: string }

export function atomSql(name: AtomName, lens: Lens, { cost, modelKnown }: AttemptPricing): string {
  const atom = ATOMS[name]
  if (atom.kind !== 'request') return atom.sql.replaceAll('COST', cost).replaceAll('MODEL_KNOWN', modelKnown)
  // What the flags cannot tell is left to the distinct count.
  if (lens === 'distinct') {
    const one = 'request_attempts = 1'
    if (name === 'requests') return `countIf(${one})`
    if (name === 'fallbackRequests') return 'toUInt64(0)'
    return `countIf(${one} AND request_outcome = '${name === 'failedRequests' ? 'failed' : 'success'}')`
  }
  const columns = LENS_COLUMNS[lens]
  const first = `${columns.first} AND NOT mixed`
  if (name === 'requests') return `countIf(${first})`
  if (name === 'fallbackRequests') return `countIf(${first} AND ${columns.left})`
  return `countIf(${first} AND ${columns.outcome} = '${name === 'failedRequests' ? 'failed' : 'success'}')`
}

export function distinctAtomSql(name: AtomName): string {
  if (ATOMS[name].kind === 'state') return 'NULL'
  switch (name) {
    case 'requests':
      return 'count()'
    case 'failedRequests':
      return `countIf(ended_here AND outcome = 'failed')`
    case 'successfulRequests':
      return `countIf(ended_here AND outcome = 'success')`
    case 'fallbackRequests':
      return 'countIf(left_here)'
    case 'spend':
    case 'waste':
    case 'wasteRetry':
    case 'wasteFallback':
    case 'wasteFailedRequest':
      return "CAST(NULL, 'Nullable(Decimal(38, 18))')"
    default:
      return 'toUInt64(0)'
  }
}

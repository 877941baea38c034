import 'server-only'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { type RangePreset, resolveRange } from '@/lib/metrics/url-state'

const MAX_VALUES = 50
const DEFAULT_RANGE: RangePreset = '90d'

const paramsSchema = z.object({
  dimension: z.string(),
  search: z.string().max(200).default(''),
  range: z.string().max(50).default(DEFAULT_RANGE),
  scenario: z.coerce.number().optional(),
})

const filtersSchema = z.array(z.unknown())

export type DimensionValues = { values: { value: string | null; attempts: string }[] }

/**
 * The values of a dimension with the most attempts, for a filter's suggestions: those whose text holds `search`, within
 * `range` (as in a page's address; 90 days without it), under `filters` (JSON as in a question) on other dimensions, and
 * under the `scenario` of that id.
 * @throws AppError as `runQuery`, naming the parameter that is wrong.
 */
export async function listValues(
  params: URLSearchParams,
  filters: unknown,
  scope: Scope,
  now: Date,
): Promise<DimensionValues> {
  const parsed = paramsSchema.safeParse(Object.fromEntries([...params].filter(([, value]) => value !== '')))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError('invalid_query', issue ? `${issue.path.join('.')}: ${issue.message}` : 'Not a list of values.')
  }
  const { dimension, search, range, scenario } = parsed.data
  if (dimension === 'time')
    throw new AppError('unknown_name', 'dimension: time has no values to choose from; use a range.')
  const others = filtersSchema.safeParse(filters ?? [])
  if (!others.success) throw new AppError('invalid_query', 'filters: must be a list of filters as in a question.')
  const [calendar] = scope.workspaces
  const { from, to } = resolveRange(range, now, calendar)
  const query = parseQuery({
    measures: ['attempts'],
    dimensions: [dimension],
    from: from.toISOString(),
    to: to.toISOString(),
    limit: MAX_VALUES,
    filters: [
      ...others.data,
      ...liftScope(dimension),
      ...(search === '' ? [] : [{ dimension, operator: 'contains', values: [search] }]),
    ],
    orderBy: [{ key: 'attempts', direction: 'desc' }],
    scenario,
  })
  const result = await runQuery({ ...query, filters: query.filters.filter(isNotOf(dimension)) }, scope, now)
  return {
    values: result.rows.map((row) => {
      const value = cellOf(row, dimension)
      return { value: value === null ? null : String(value), attempts: String(cellOf(row, 'attempts') ?? '0') }
    }),
  }
}

/** Suggestions for a filter are not narrowed by what that filter has already. */
function isNotOf(
  dimension: string,
): (filter: { dimension: string; operator: string; values: readonly (string | null)[] }) => boolean {
  return (filter) => filter.dimension !== dimension || filter.operator === 'contains' || filter.values.includes('*')
}

/** Which environments and data modes there are does not depend on the default scope. */
function liftScope(dimension: string): unknown[] {
  return dimension === 'environment' || dimension === 'dataMode' ? [{ dimension, operator: 'in', values: ['*'] }] : []
}

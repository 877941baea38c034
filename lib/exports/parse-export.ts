import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { parseQuery, type Query } from '@/lib/metrics/query-schema'

/** What an export's body has beside the question. */
export const exportOptionsSchema = z.object({
  /** `rows`: the answer of the question. `attempts`: every attempt in its range, scope and filters. */
  grain: z.enum(['rows', 'attempts']).default('rows'),
  /** Adds a last row with the totals, named `Total`. Rows only. */
  totals: z.boolean().default(false),
  /** Starts the file with a byte order mark, which Excel needs to see UTF-8. */
  bom: z.boolean().default(false),
})

export type ExportRequest = z.output<typeof exportOptionsSchema> & { query: Query }

/**
 * Parses the body of an export: a question, with `grain`, `totals` and `bom`. Of a question for attempts only the range,
 * the zone and the filters matter.
 * @throws AppError `unknown_name` or `invalid_query`, naming the field.
 */
export function parseExport(body: unknown): ExportRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { ...parseOptions({}), query: parseQuery(body) }
  const { grain, totals, bom, ...question }: Record<string, unknown> = { ...body }
  const options = parseOptions({ grain, totals, bom })
  if (options.grain === 'rows') return { ...options, query: parseQuery(question) }
  const query = parseQuery({ measures: ['spend'], ...question })
  if (query.costView !== undefined && query.costView !== 'usage') {
    throw new AppError(
      'invalid_query',
      'costView: attempts one by one have no fixed cost. Export rows, or leave it out.',
    )
  }
  return { ...options, query: { ...query, measures: ['spend'], dimensions: [], orderBy: [], compare: null } }
}

function parseOptions(options: Record<string, unknown>): z.output<typeof exportOptionsSchema> {
  const parsed = exportOptionsSchema.safeParse(options)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new AppError(
    'invalid_query',
    issue ? `${issue.path.join('.')}: ${issue.message}` : 'The export could not be read.',
  )
}

import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { parseQuery, type Query } from '@/lib/metrics/query-schema'
import { REQUEST_SORTS, REQUESTS_PER_PAGE } from '@/lib/requests/request-list'

const MAX_REQUESTS = 200

const optionsSchema = z.object({
  sort: z.enum(REQUEST_SORTS).default('newest'),
  limit: z.coerce.number().int().min(1).max(MAX_REQUESTS).default(REQUESTS_PER_PAGE),
  cursor: z.string().min(1).max(500).nullable().default(null),
  externalRequestId: z.string().min(1).max(200).nullable().default(null),
})

/** What a list of requests is asked with, beside the scope. */
export type RequestsOptions = z.output<typeof optionsSchema> & { query: Query }

/**
 * Parses `sort`, `limit`, `cursor` and `externalRequestId` of an address, and the question (range, zone and filters) as
 * it was read from `q`.
 * @throws AppError `unknown_name` or `invalid_query`, naming the parameter.
 */
export function parseRequestsQuestion(params: URLSearchParams, question: unknown): RequestsOptions {
  const present = Object.fromEntries([...params].filter(([, value]) => value !== ''))
  const parsed = optionsSchema.safeParse(present)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError('invalid_query', issue ? `${issue.path.join('.')}: ${issue.message}` : 'Not a list of requests.')
  }
  const isObject = typeof question === 'object' && question !== null && !Array.isArray(question)
  const query = parseQuery(isObject ? { measures: ['requests'], ...question } : question)
  return { ...parsed.data, query: { ...query, compare: null } }
}

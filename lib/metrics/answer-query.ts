import 'server-only'
import { answerJson } from '@/lib/http/answer-json'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type Query } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'

/** Most bytes of a question. */
export const MAX_QUERY_BYTES = 256 * 1024

/**
 * Answers the body of a question as JSON.
 * @param scopeOf what may be asked about, as far as the question needs it
 * @throws AppError for a question that cannot be read or answered.
 */
export async function answerQuery(
  body: unknown,
  scopeOf: (query: Query) => Promise<Scope>,
  now: Date,
): Promise<Response> {
  const query = parseQuery(body)
  const startedAt = performance.now()
  const result = await runQuery(query, await scopeOf(query), now)
  return answerJson(200, result, { 'server-timing': `query;dur=${(performance.now() - startedAt).toFixed(1)}` })
}

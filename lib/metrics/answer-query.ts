import 'server-only'
import { answerJson } from '@/lib/http/answer-json'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery, type Scope } from '@/lib/metrics/run'

/** Most bytes of a question. */
export const MAX_QUERY_BYTES = 256 * 1024

/**
 * Answers the body of a question as JSON.
 * @throws AppError for a question that cannot be read or answered.
 */
export async function answerQuery(body: unknown, scope: Scope, now: Date): Promise<Response> {
  const query = parseQuery(body)
  const startedAt = performance.now()
  const result = await runQuery(query, scope, now)
  return answerJson(200, result, { 'server-timing': `query;dur=${(performance.now() - startedAt).toFixed(1)}` })
}

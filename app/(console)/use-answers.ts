'use client'

import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import { z } from 'zod'
import { answerKey } from '@/app/(console)/questions'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { type QueryResult, queryResultSchema } from '@/lib/metrics/result'

/** How often an open page asks again: an event is on the screen within five seconds. */
export const REFRESH_MS = 4_000

const problem = z.object({ code: z.string(), message: z.string() })

async function askQuestion(workspace: string, question: QueryInput, signal: AbortSignal): Promise<QueryResult> {
  const response = await fetch(`/api/w/${encodeURIComponent(workspace)}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
    signal,
  })
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return queryResultSchema.parse(body)
  const said = problem.safeParse(body)
  throw new Error(said.success ? said.data.message : `The server answered ${response.status}. Try again in a moment.`)
}

/** The state of one question: its answer and when it was given, or what went wrong, or neither yet. */
export type Answer = { data: QueryResult | null; answeredAt: Date | null; error: string | null; retry: () => void }

const toAnswer = (query: UseQueryResult<QueryResult, Error>): Answer => ({
  data: query.data ?? null,
  answeredAt: query.data ? new Date(query.dataUpdatedAt) : null,
  // An answer that could not be refreshed is still an answer; its freshness says how old it is.
  error: query.data ? null : (query.error?.message ?? null),
  retry: () => void query.refetch(),
})

/** Answers to a page's questions, first from the server's paint, then refreshed while the page is in sight. */
export function useAnswers<Name extends string>(
  workspace: string,
  questions: Readonly<Record<Name, QueryInput>>,
): (name: Name) => Answer {
  const entries = Object.entries<QueryInput>(questions)
  const results = useQueries({
    queries: entries.map(([, question]) => ({
      queryKey: answerKey(workspace, question),
      queryFn: ({ signal }: { signal: AbortSignal }) => askQuestion(workspace, question, signal),
      refetchInterval: REFRESH_MS,
      staleTime: REFRESH_MS / 2,
      retry: 1,
    })),
  })
  return (name) => {
    const result = results[entries.findIndex(([each]) => each === name)]
    return result ? toAnswer(result) : { data: null, answeredAt: null, error: null, retry: () => {} }
  }
}

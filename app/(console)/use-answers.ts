'use client'

import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useRef } from 'react'
import { z } from 'zod'
import { answerKey } from '@/app/(console)/questions'
import type { QueryInput } from '@/lib/metrics/query-schema'
import { type QueryResult, queryResultSchema } from '@/lib/metrics/result'

/** How often an open page asks for the version of the data: an event is on the screen within five seconds. */
const PULSE_MS = 2_000
/** The same while events keep coming: every new version asks all questions again. */
const BUSY_PULSE_MS = 4_000
/** How often a page asks all again whose data does not change: prices and "now" move on. */
const IDLE_MS = 60_000
/** When what depends on the other attempts of a request is exact, after an event came. */
const SETTLED_MS = 5_500

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
  // Read only where it is drawn: whoever reads it is drawn again with every answer.
  get answeredAt() {
    return query.data ? new Date(query.dataUpdatedAt) : null
  },
  // An answer that could not be refreshed is still an answer; its freshness says how old it is.
  error: query.data ? null : (query.error?.message ?? null),
  retry: () => void query.refetch(),
})

/**
 * Answers to a page's questions, first from the server's paint. While the page is in sight the smallest of them,
 * `everything`, watches the version of the data; the others are asked again when it changes.
 */
export function useAnswers<Name extends string>(
  workspace: string,
  questions: Readonly<Record<Name | 'everything', QueryInput>>,
): (name: Name | 'everything') => Answer {
  const changedAt = useRef(0)
  const entries = Object.entries<QueryInput>(questions)
  const results = useQueries({
    queries: entries.map(([name, question]) => ({
      queryKey: answerKey(workspace, question),
      queryFn: ({ signal }: { signal: AbortSignal }) => askQuestion(workspace, question, signal),
      refetchInterval: () => {
        if (name !== 'everything') return IDLE_MS
        return Date.now() - changedAt.current < BUSY_PULSE_MS ? BUSY_PULSE_MS : PULSE_MS
      },
      staleTime: PULSE_MS,
      retry: 1,
    })),
  })
  const placeOf = (name: string) => entries.findIndex(([each]) => each === name)
  const version = results[placeOf('everything')]?.data?.meta.dataVersion ?? null
  const askOthers = useEffectEvent((isBehind: (result: UseQueryResult<QueryResult, Error>) => boolean): boolean => {
    const behind = results.filter((result, place) => place !== placeOf('everything') && isBehind(result))
    for (const result of behind) void result.refetch()
    return behind.length > 0
  })
  useEffect(() => {
    if (version === null) return
    if (!askOthers(({ data }) => data !== undefined && data.meta.dataVersion !== version)) return
    changedAt.current = Date.now()
    const settled = setTimeout(() => askOthers(() => true), SETTLED_MS)
    return () => clearTimeout(settled)
  }, [version])
  return (name) => {
    const result = results[placeOf(name)]
    return result ? toAnswer(result) : { data: null, answeredAt: null, error: null, retry: () => {} }
  }
}

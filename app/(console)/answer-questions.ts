import 'server-only'
import { type DehydratedState, dehydrate, QueryClient } from '@tanstack/react-query'
import { answerKey, FIRST_PAGE, type Questions } from '@/app/(console)/questions'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import type { Scope } from '@/lib/metrics/scope'

/**
 * Answers a page's questions, and the first page of its list, for its first paint. A question that fails is left out: the browser asks it again and
 * shows what went wrong in its place, while the rest of the page stands.
 */
export async function answerQuestions(
  workspace: string,
  scope: Scope,
  questions: Questions,
  now: Date,
  list?: { key: readonly unknown[]; load: () => Promise<unknown> },
): Promise<DehydratedState> {
  const client = new QueryClient()
  await Promise.all([
    ...Object.values(questions).map((question) =>
      client.prefetchQuery({
        queryKey: answerKey(workspace, question),
        queryFn: () => runQuery(parseQuery(question), scope, now),
        retry: false,
      }),
    ),
    list &&
      client.prefetchInfiniteQuery({
        queryKey: list.key,
        queryFn: list.load,
        initialPageParam: FIRST_PAGE,
        retry: false,
      }),
  ])
  return dehydrate(client)
}

import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { requestsKey } from '@/app/(console)/questions'
import { titlePage } from '@/app/(console)/title-page'
import { parseRequestsState, requestsQuestions } from '@/app/(console)/w/[workspace]/requests/questions'
import { RequestsView } from '@/app/(console)/w/[workspace]/requests/requests-view'
import { parseQuery } from '@/lib/metrics/query-schema'
import { listRequests } from '@/lib/requests/list-requests'
import { REQUESTS_PER_PAGE } from '@/lib/requests/request-list'

export const generateMetadata = titlePage('requests')

export default async function RequestsPage(props: WorkspacePage) {
  const { workspace, scope, view, now, calendar } = await openPage('requests', props)
  const { list, ...questions } = requestsQuestions(view, now, calendar)
  const state = parseRequestsState(await props.searchParams, view)
  return (
    <HydrationBoundary
      state={
        await answerQuestions(workspace.slug, scope, questions, now, {
          key: requestsKey(workspace.slug, list, state),
          load: () =>
            listRequests(
              {
                scope,
                query: parseQuery(list),
                sort: state.sort,
                limit: REQUESTS_PER_PAGE,
                cursor: null,
                externalRequestId: state.id || null,
              },
              now,
            ),
        })
      }
    >
      <RequestsView
        workspace={workspace}
        view={view}
        questions={questions}
        list={list}
        state={state}
        nowIso={now.toISOString()}
      />
    </HydrationBoundary>
  )
}

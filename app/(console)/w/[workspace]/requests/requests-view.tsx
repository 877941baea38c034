'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { Download, Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useEffectEvent, useRef } from 'react'
import { z } from 'zod'
import { csvHref, pageHref } from '@/app/(console)/links'
import { textOf } from '@/app/(console)/measure-columns'
import type { PageProps } from '@/app/(console)/page-props'
import { FIRST_PAGE, requestsKey } from '@/app/(console)/questions'
import { useAnswers } from '@/app/(console)/use-answers'
import { Headline } from '@/app/(console)/w/[workspace]/headline'
import { PageFrame } from '@/app/(console)/w/[workspace]/page-frame'
import {
  REQUEST_MEASURES,
  type RequestsState,
  type requestsQuestions,
} from '@/app/(console)/w/[workspace]/requests/questions'
import { ScenarioTitle } from '@/components/shell/scenario-mark'
import { RequestTable } from '@/components/tables/request-table'
import { Button, buttonClassName } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { Panel } from '@/components/ui/panel'
import { Select } from '@/components/ui/select'
import { EmptyState, ErrorState, LoadingState } from '@/components/ui/states'
import type { QueryInput } from '@/lib/metrics/query-schema'
import type { ViewState } from '@/lib/metrics/url-state'
import { REQUEST_SORTS, type RequestList, type RequestSort, requestListSchema } from '@/lib/requests/request-list'

const SORT_LABELS: Record<RequestSort, string> = {
  newest: 'Newest first',
  cost: 'Most expensive first',
  latency: 'Slowest first',
}

/** What the server painted needs no second look at once. */
const LIST_STALE_MS = 4_000

const problem = z.object({ message: z.string() })

async function loadRequests(
  workspace: string,
  list: QueryInput,
  state: RequestsState,
  cursor: string | null,
  signal: AbortSignal,
): Promise<RequestList> {
  const params = new URLSearchParams({ q: JSON.stringify(list), sort: state.sort })
  if (cursor) params.set('cursor', cursor)
  if (state.id) params.set('externalRequestId', state.id)
  const response = await fetch(`/api/w/${encodeURIComponent(workspace)}/requests?${params.toString()}`, { signal })
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return requestListSchema.parse(body)
  const said = problem.safeParse(body)
  throw new Error(said.success ? said.data.message : `The server answered ${response.status}. Try again in a moment.`)
}

function stateHref(workspace: string, view: ViewState, state: RequestsState): string {
  const sort = state.sort === 'newest' ? null : { key: state.sort, direction: 'desc' as const }
  const href = pageHref(workspace, 'requests', { ...view, sort })
  if (state.id === '') return href
  return `${href}${href.includes('?') ? '&' : '?'}id=${encodeURIComponent(state.id)}`
}

export function RequestsView({
  workspace,
  view,
  questions,
  list,
  state,
  nowIso,
}: PageProps<Omit<ReturnType<typeof requestsQuestions>, 'list'>> & { list: QueryInput; state: RequestsState }) {
  const router = useRouter()
  const answer = useAnswers(workspace.slug, questions)
  const headline = answer('headline')
  const pages = useInfiniteQuery({
    queryKey: requestsKey(workspace.slug, list, state),
    queryFn: ({ pageParam, signal }) => loadRequests(workspace.slug, list, state, pageParam, signal),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: LIST_STALE_MS,
    retry: 1,
  })
  const dataVersion = headline.data?.meta.dataVersion ?? null
  const listedVersion = useRef(dataVersion)
  const listAgain = useEffectEvent(() => {
    // Who has gone on to further pages reads: the list then stays as it is.
    if (pages.data?.pages.length === 1) void pages.refetch()
  })
  useEffect(() => {
    if (dataVersion === listedVersion.current) return
    listedVersion.current = dataVersion
    listAgain()
  }, [dataVersion])
  const requests = pages.data?.pages.flatMap((page) => page.requests) ?? []
  const go = (next: Partial<RequestsState>) =>
    router.push(stateHref(workspace.slug, view, { ...state, ...next }), { scroll: false })
  return (
    <PageFrame
      page="requests"
      workspace={workspace}
      view={view}
      nowIso={nowIso}
      main={headline}
      everything={answer('everything')}
      attemptsInScope={headline.data ? textOf(headline.data.totals, 'attempts') : null}
      omit={['grain']}
    >
      <Headline measures={REQUEST_MEASURES} answer={headline} />
      <Panel
        title={view.scenario === null ? 'Requests' : <ScenarioTitle title="Requests" />}
        note="open one for its attempts and their prices"
        flush
        actions={
          <div className="flex flex-wrap items-center gap-1.5">
            <search>
              <form
                className="flex items-center gap-1"
                onSubmit={(event) => {
                  event.preventDefault()
                  const id = new FormData(event.currentTarget).get('id')
                  go({ id: typeof id === 'string' ? id.trim() : '' })
                }}
              >
                <Input
                  key={state.id}
                  name="id"
                  aria-label="externalRequestId"
                  placeholder="externalRequestId"
                  defaultValue={state.id}
                />
                <Button type="submit" variant="quiet" aria-label="Find request">
                  <Search aria-hidden className="size-3.5" />
                </Button>
              </form>
            </search>
            <Select
              label="Order"
              value={state.sort}
              options={REQUEST_SORTS.map((value) => ({ value, label: SORT_LABELS[value] }))}
              onChange={(event) => {
                const { value } = event.target
                go({ sort: REQUEST_SORTS.find((name) => name === value) ?? 'newest' })
              }}
            />
            <a
              href={csvHref(workspace.slug, { ...list, grain: 'attempts' })}
              download
              className={buttonClassName('quiet')}
              aria-label="Attempts as CSV"
              title="Download every attempt in this scope as CSV"
            >
              <Download aria-hidden className="size-3.5" />
              CSV
            </a>
          </div>
        }
      >
        {pages.isPending ? (
          <LoadingState label="requests" shape="rows" className="px-4" />
        ) : pages.error && requests.length === 0 ? (
          <ErrorState title="The requests could not be loaded" onRetry={() => void pages.refetch()}>
            {pages.error.message}
          </ErrorState>
        ) : requests.length === 0 ? (
          <EmptyState title={state.id ? 'No request has this id here' : 'Nothing in this scope'}>
            {state.id
              ? 'The id must match exactly. Look at the environment, the data mode and the filters above.'
              : 'No request matches the range and the filters above. Widen the range, or remove a filter.'}
          </EmptyState>
        ) : (
          <>
            <RequestTable requests={requests} currency="USD" timeZone={workspace.timeZone} />
            {pages.hasNextPage && (
              <div className="flex justify-center p-3">
                <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
                  {pages.isFetchingNextPage ? 'Loading…' : 'Load more'}
                </Button>
              </div>
            )}
          </>
        )}
      </Panel>
    </PageFrame>
  )
}

import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { titlePage } from '@/app/(console)/title-page'
import { monthHref } from '@/app/(console)/w/[workspace]/close/close-links'
import { OverviewView } from '@/app/(console)/w/[workspace]/overview/overview-view'
import { overviewQuestions } from '@/app/(console)/w/[workspace]/overview/questions'
import { findBooked } from '@/lib/close/read-months'
import { resolveRange } from '@/lib/metrics/url-state'

export const generateMetadata = titlePage('overview')

export default async function OverviewPage(props: WorkspacePage) {
  const { workspace, scope, view, now, calendar } = await openPage('overview', props)
  const questions = overviewQuestions(view, now, calendar)
  const isWhole = view.filters.length === 0 && view.environments.length === 0 && view.dataModes.length === 0
  const isBooked = view.scenario === null && view.costView === 'usage'
  const [state, booked] = await Promise.all([
    answerQuestions(workspace.slug, scope, questions, now),
    isWhole && isBooked ? findBooked(scope.workspaces[0], resolveRange(view.range, now, calendar)) : null,
  ])
  return (
    <HydrationBoundary state={state}>
      <OverviewView
        workspace={workspace}
        view={view}
        questions={questions}
        nowIso={now.toISOString()}
        booked={booked && { spend: booked.spend, href: monthHref(workspace.slug, booked.month) }}
      />
    </HydrationBoundary>
  )
}

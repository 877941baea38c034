import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { OverviewView } from '@/app/(console)/w/[workspace]/overview/overview-view'
import { overviewQuestions } from '@/app/(console)/w/[workspace]/overview/questions'

export const metadata = { title: 'Overview · Farthing' }

export default async function OverviewPage(props: WorkspacePage) {
  const { workspace, scope, view, now, calendar } = await openPage('overview', props)
  const questions = overviewQuestions(view, now, calendar)
  return (
    <HydrationBoundary state={await answerQuestions(workspace.slug, scope, questions, now)}>
      <OverviewView workspace={workspace} view={view} questions={questions} nowIso={now.toISOString()} />
    </HydrationBoundary>
  )
}

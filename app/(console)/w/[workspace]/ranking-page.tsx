import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { type RankingName, rankingQuestions } from '@/app/(console)/w/[workspace]/ranking-questions'
import { RankingView } from '@/app/(console)/w/[workspace]/ranking-view'

/** Server side of a ranking page: who asks, what the URL says, and the first answers. */
export async function RankingPage({ name, ...props }: WorkspacePage & { name: RankingName }) {
  const { workspace, scope, view, now, calendar } = await openPage(name, props)
  const questions = rankingQuestions(name, view, now, calendar)
  return (
    <HydrationBoundary state={await answerQuestions(workspace.slug, scope, questions, now)}>
      <RankingView name={name} workspace={workspace} view={view} questions={questions} nowIso={now.toISOString()} />
    </HydrationBoundary>
  )
}

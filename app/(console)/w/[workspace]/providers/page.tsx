import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { titlePage } from '@/app/(console)/title-page'
import { ProvidersView } from '@/app/(console)/w/[workspace]/providers/providers-view'
import { providerQuestions } from '@/app/(console)/w/[workspace]/providers/questions'

export const generateMetadata = titlePage('providers')

export default async function ProvidersPage(props: WorkspacePage) {
  const { workspace, scope, view, now, calendar } = await openPage('providers', props)
  const questions = providerQuestions(view, now, calendar)
  return (
    <HydrationBoundary state={await answerQuestions(workspace.slug, scope, questions, now)}>
      <ProvidersView workspace={workspace} view={view} questions={questions} nowIso={now.toISOString()} />
    </HydrationBoundary>
  )
}

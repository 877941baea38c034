import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { HealthView } from '@/app/(console)/w/[workspace]/health/health-view'
import { healthQuestions } from '@/app/(console)/w/[workspace]/health/questions'
import { AppError } from '@/lib/errors'
import { type Health, readHealth } from '@/lib/health/read-health'
import { resolveRange } from '@/lib/metrics/url-state'

export const metadata = { title: 'Data Health · Farthing' }

export default async function HealthPage(props: WorkspacePage) {
  const { workspace, scope, view, now, calendar } = await openPage('health', props)
  const questions = healthQuestions(view, now, calendar)
  const [health, state] = await Promise.all([
    readOrExplain(scope.workspaces[0].id, resolveRange(view.range, now, calendar)),
    answerQuestions(workspace.slug, scope, questions, now),
  ])
  return (
    <HydrationBoundary state={state}>
      <HealthView workspace={workspace} view={view} questions={questions} nowIso={now.toISOString()} health={health} />
    </HydrationBoundary>
  )
}

/** The rest of the page stands while the store does not answer this. */
async function readOrExplain(
  workspaceId: number,
  range: Parameters<typeof readHealth>[1],
): Promise<Health | { error: string }> {
  try {
    return await readHealth(workspaceId, range)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return { error: error.message }
    throw error
  }
}

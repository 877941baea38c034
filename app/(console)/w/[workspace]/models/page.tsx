import { HydrationBoundary } from '@tanstack/react-query'
import { answerQuestions } from '@/app/(console)/answer-questions'
import { openPage, type WorkspacePage } from '@/app/(console)/open-page'
import { titlePage } from '@/app/(console)/title-page'
import { ModelsView } from '@/app/(console)/w/[workspace]/models/models-view'
import { modelQuestions } from '@/app/(console)/w/[workspace]/models/questions'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { readAliases } from '@/lib/catalogue/manage-aliases'
import { readCatalogue } from '@/lib/catalogue/read-catalogue'
import { AppError } from '@/lib/errors'

export const generateMetadata = titlePage('models')

export default async function ModelsPage(props: WorkspacePage) {
  const { workspace, scope, view, now, calendar } = await openPage('models', props)
  const { role, person, workspace: settings } = await requirePermission(workspace.slug, 'view')
  const questions = modelQuestions(view, now, calendar)
  const [catalogue, aliases, state] = await Promise.all([
    orExplain(() => readCatalogue(questions.totals, scope, now)),
    orExplain(() => readAliases(person, workspace.slug)),
    answerQuestions(workspace.slug, scope, questions, now),
  ])
  return (
    <HydrationBoundary state={state}>
      <ModelsView
        workspace={workspace}
        view={view}
        questions={questions}
        nowIso={now.toISOString()}
        catalogue={catalogue}
        aliases={aliases}
        mayEdit={mayDo(role, 'editPrices') && settings.archivedAt === null}
      />
    </HydrationBoundary>
  )
}

/** The rest of the page stands while a store does not answer this. */
async function orExplain<Found>(read: () => Promise<Found>): Promise<Found | { error: string }> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return { error: error.message }
    throw error
  }
}

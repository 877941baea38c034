import type { WorkspacePage } from '@/app/(console)/open-page'
import { titlePage } from '@/app/(console)/title-page'
import { RankingPage } from '@/app/(console)/w/[workspace]/ranking-page'

export const generateMetadata = titlePage('prompts')

export default function PromptsPage(props: WorkspacePage) {
  return <RankingPage name="prompts" {...props} />
}

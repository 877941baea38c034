import type { WorkspacePage } from '@/app/(console)/open-page'
import { RankingPage } from '@/app/(console)/w/[workspace]/ranking-page'

export const metadata = { title: 'Prompt Versions · Farthing' }

export default function PromptsPage(props: WorkspacePage) {
  return <RankingPage name="prompts" {...props} />
}

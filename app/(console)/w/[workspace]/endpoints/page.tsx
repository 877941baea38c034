import type { WorkspacePage } from '@/app/(console)/open-page'
import { titlePage } from '@/app/(console)/title-page'
import { RankingPage } from '@/app/(console)/w/[workspace]/ranking-page'

export const generateMetadata = titlePage('endpoints')

export default function EndpointsPage(props: WorkspacePage) {
  return <RankingPage name="endpoints" {...props} />
}

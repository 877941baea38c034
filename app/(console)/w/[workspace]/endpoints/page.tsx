import type { WorkspacePage } from '@/app/(console)/open-page'
import { RankingPage } from '@/app/(console)/w/[workspace]/ranking-page'

export const metadata = { title: 'Top Endpoints · Farthing' }

export default function EndpointsPage(props: WorkspacePage) {
  return <RankingPage name="endpoints" {...props} />
}

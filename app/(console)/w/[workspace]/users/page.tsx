import type { WorkspacePage } from '@/app/(console)/open-page'
import { RankingPage } from '@/app/(console)/w/[workspace]/ranking-page'

export const metadata = { title: 'Top Users · Farthing' }

export default function UsersPage(props: WorkspacePage) {
  return <RankingPage name="users" {...props} />
}

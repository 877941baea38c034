import type { WorkspacePage } from '@/app/(console)/open-page'
import { titlePage } from '@/app/(console)/title-page'
import { RankingPage } from '@/app/(console)/w/[workspace]/ranking-page'

export const generateMetadata = titlePage('users')

export default function UsersPage(props: WorkspacePage) {
  return <RankingPage name="users" {...props} />
}

import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { ConsoleShell } from '@/app/(console)/shell'
import { Banner } from '@/components/shell/banner'
import { requireWorkspace } from '@/lib/auth/session'

/** Shell of a workspace's pages; a workspace that is not the reader's is a 404. */
export default async function WorkspaceLayout({
  params,
  children,
}: {
  params: Promise<{ workspace: string }>
  children: ReactNode
}) {
  await connection()
  const { workspace: slug } = await params
  const { user, workspace } = await requireWorkspace(slug)
  return (
    <ConsoleShell user={user} current={workspace} banner={bannerOf(workspace)}>
      {children}
    </ConsoleShell>
  )
}

function bannerOf({ archivedAt, isDemo }: { archivedAt: Date | null; isDemo: boolean }): ReactNode {
  if (archivedAt !== null) {
    return <Banner tone="warn">This workspace is archived: its numbers stay, its keys take no events.</Banner>
  }
  return isDemo ? <Banner>Demo data: generated events of an invented company, none of them billed.</Banner> : null
}

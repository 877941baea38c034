import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { ConsoleShell } from '@/app/(console)/shell'
import { requireSession } from '@/lib/auth/session'

/** Shell of the pages for organisation admins; for everybody else there is nothing here. */
export default async function OrganizationLayout({ children }: { children: ReactNode }) {
  await connection()
  const { user } = await requireSession('/organization/workspaces')
  if (!user.isOrganizationAdmin) notFound()
  return (
    <ConsoleShell user={user} current={null}>
      {children}
    </ConsoleShell>
  )
}

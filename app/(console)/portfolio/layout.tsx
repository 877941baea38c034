import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { ConsoleShell } from '@/app/(console)/shell'
import { requireSession } from '@/lib/auth/session'

export default async function PortfolioLayout({ children }: { children: ReactNode }) {
  await connection()
  const { user } = await requireSession('/portfolio')
  return (
    <ConsoleShell user={user} current={null}>
      {children}
    </ConsoleShell>
  )
}

import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { settingsHref, settingsPagesFor } from '@/app/(console)/settings-pages'
import { SubNavigation } from '@/components/settings/sub-navigation'
import { PageHeader } from '@/components/shell/page-header'
import { requireWorkspace } from '@/lib/auth/session'

export default async function SettingsLayout({
  params,
  children,
}: {
  params: Promise<{ workspace: string }>
  children: ReactNode
}) {
  await connection()
  const { role, workspace } = await requireWorkspace((await params).workspace)
  return (
    <>
      <PageHeader
        title="Settings"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Address', value: workspace.slug },
          { label: 'Your role', value: `you are ${role}` },
        ]}
      />
      <SubNavigation
        label="Settings"
        pages={settingsPagesFor(role).map(({ name, label }) => ({ href: settingsHref(workspace.slug, name), label }))}
      />
      {children}
    </>
  )
}

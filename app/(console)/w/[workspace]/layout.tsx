import { cookies } from 'next/headers'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { AnswersProvider } from '@/app/(console)/answers-provider'
import { PAGES } from '@/app/(console)/links'
import { saveTheme } from '@/app/theme-action'
import { AppShell } from '@/components/shell/app-shell'
import { Banner } from '@/components/shell/banner'
import type { ShellPage } from '@/components/shell/navigation'
import { parseTheme, THEME_COOKIE } from '@/components/shell/theme'
import { signOutAction } from '@/lib/auth/actions'
import { listWorkspaces, requireWorkspace } from '@/lib/auth/session'
import { RANGE_PRESETS } from '@/lib/metrics/url-state'

const SHELL_PAGES: readonly ShellPage[] = [
  { segment: 'overview', label: PAGES.overview, icon: 'overview', shortcut: 'o' },
  { segment: 'endpoints', label: PAGES.endpoints, icon: 'endpoints', shortcut: 'e' },
  { segment: 'users', label: PAGES.users, icon: 'users', shortcut: 'u' },
  { segment: 'prompts', label: PAGES.prompts, icon: 'prompts', shortcut: 'p' },
  { segment: 'providers', label: PAGES.providers, icon: 'providers', shortcut: 'v' },
  { segment: 'requests', label: PAGES.requests, icon: 'requests', shortcut: 'r' },
  { segment: 'health', label: PAGES.health, icon: 'health', shortcut: 'h' },
]

const RANGES = Object.entries(RANGE_PRESETS).map(([name, label]) => ({ name, label }))

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
  const memberships = await listWorkspaces(user.id)
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value)
  return (
    <AnswersProvider>
      <AppShell
        workspaces={memberships.map((each) => ({ slug: each.workspace.slug, name: each.workspace.name }))}
        current={{ slug: workspace.slug, name: workspace.name }}
        pages={SHELL_PAGES}
        ranges={RANGES}
        user={{ name: user.name, email: user.email }}
        theme={theme}
        saveTheme={saveTheme}
        signOutAction={signOutAction}
        banner={
          workspace.isDemo ? (
            <Banner>Demo data: generated events of an invented company, none of them billed.</Banner>
          ) : null
        }
      >
        {children}
      </AppShell>
    </AnswersProvider>
  )
}

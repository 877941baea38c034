import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { AnswersProvider } from '@/app/(console)/answers-provider'
import { PAGES, takesScenario } from '@/app/(console)/links'
import { saveTheme } from '@/app/theme-action'
import { AppShell } from '@/components/shell/app-shell'
import type { ShellPage } from '@/components/shell/navigation'
import { parseTheme, THEME_COOKIE } from '@/components/shell/theme'
import { countAlertsOf } from '@/lib/alerts/list-alerts'
import { signOutAction } from '@/lib/auth/actions'
import { listWorkspaces, type Membership, type SessionUser } from '@/lib/auth/session'
import { RANGE_PRESETS } from '@/lib/metrics/url-state'
import { listScenarios } from '@/lib/scenarios/read-scenario'

const SECTIONS: Readonly<Record<string, readonly ShellPage[]>> = {
  Spend: [
    { segment: 'overview', label: PAGES.overview, icon: 'overview', shortcut: 'o' },
    { segment: 'endpoints', label: PAGES.endpoints, icon: 'endpoints', shortcut: 'e' },
    { segment: 'users', label: PAGES.users, icon: 'users', shortcut: 'u' },
    { segment: 'prompts', label: PAGES.prompts, icon: 'prompts', shortcut: 'p' },
    { segment: 'requests', label: PAGES.requests, icon: 'requests', shortcut: 'r' },
  ],
  Reliability: [
    { segment: 'providers', label: PAGES.providers, icon: 'providers', shortcut: 'v' },
    { segment: 'alerts', label: 'Alerts', icon: 'alerts', shortcut: 'a' },
    { segment: 'health', label: PAGES.health, icon: 'health', shortcut: 'h' },
  ],
  Plan: [
    { segment: 'budgets', label: 'Budgets', icon: 'budgets', shortcut: 'b' },
    { segment: 'scenarios', label: 'What if', icon: 'scenarios', shortcut: 'w' },
  ],
  Finance: [
    { segment: 'prices', label: 'Prices', icon: 'prices', shortcut: 'c' },
    { segment: 'costs', label: 'Fixed costs', icon: 'costs', shortcut: 'x' },
    { segment: 'close', label: 'Month close', icon: 'close', shortcut: 'n' },
  ],
  'Set-up': [
    { segment: 'models', label: PAGES.models, icon: 'models', shortcut: 'm' },
    { segment: 'settings', label: 'Settings', icon: 'settings', shortcut: 's' },
  ],
}

const WORKSPACE_PAGES: readonly ShellPage[] = Object.entries(SECTIONS).flatMap(([section, pages]) =>
  pages.map((page) => ({ ...page, section, takesScenario: takesScenario(page.segment) })),
)

const PORTFOLIO: ShellPage = {
  segment: '',
  href: '/portfolio',
  label: 'Portfolio',
  icon: 'portfolio',
  shortcut: 'f',
  section: 'Organisation',
}

const ADMIN_PAGES: readonly ShellPage[] = [
  { segment: '', href: '/organization/workspaces', label: 'Workspaces', icon: 'workspaces', section: 'Organisation' },
  { segment: '', href: '/organization/people', label: 'People', icon: 'people', section: 'Organisation' },
  { segment: '', href: '/organization/prices', label: 'Price list', icon: 'prices', section: 'Organisation' },
  { segment: '', href: '/organization/audit', label: 'Audit log', icon: 'audit', section: 'Organisation' },
]

const RANGES = Object.entries(RANGE_PRESETS).map(([name, label]) => ({ name, label }))

async function workspacePages(workspaceId: number): Promise<ShellPage[]> {
  const { firing } = await countAlertsOf(workspaceId)
  return WORKSPACE_PAGES.map((page) =>
    page.segment === 'alerts' ? { ...page, waiting: { count: firing, label: 'firing' } } : page,
  )
}

/** What surrounds every signed-in page: of one workspace, or with `current` null of all of them. */
export async function ConsoleShell({
  user,
  current,
  banner,
  children,
}: {
  user: SessionUser
  current: Membership['workspace'] | null
  banner?: ReactNode
  children: ReactNode
}) {
  const memberships = await listWorkspaces(user.id)
  const isAdmin = user.isOrganizationAdmin
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value)
  return (
    <AnswersProvider>
      <AppShell
        workspaces={memberships.map(({ workspace: { slug, name } }) => ({ slug, name }))}
        current={current && { slug: current.slug, name: current.name }}
        pages={[
          ...(current ? await workspacePages(current.id) : []),
          ...(memberships.length > 1 || isAdmin || !current ? [PORTFOLIO] : []),
          ...(isAdmin ? ADMIN_PAGES : []),
        ]}
        ranges={RANGES}
        scenarios={current ? (await listScenarios(current.id)).map(({ id, name }) => ({ id, name })) : []}
        user={{ name: user.name, email: user.email }}
        theme={theme}
        saveTheme={saveTheme}
        signOutAction={signOutAction}
        banner={banner}
      >
        {children}
      </AppShell>
    </AnswersProvider>
  )
}

import Link from 'next/link'
import type { ReactNode } from 'react'
import { Keyboard, PaletteButton } from '@/components/shell/keyboard'
import { MobileNavigation } from '@/components/shell/mobile-navigation'
import { NavLinks } from '@/components/shell/nav-links'
import type { ShellPage, ShellRange, ShellScenario, ShellWorkspace } from '@/components/shell/navigation'
import { ActualNotice } from '@/components/shell/scenario-mark'
import type { Theme } from '@/components/shell/theme'
import { type SaveTheme, ThemeToggle } from '@/components/shell/theme-toggle'
import { type FormAction, type ShellUser, UserMenu } from '@/components/shell/user-menu'
import { Wordmark } from '@/components/shell/wordmark'
import { WorkspaceSwitcher } from '@/components/shell/workspace-switcher'

/** What surrounds every signed-in page: navigation, workspace, palette, theme, account, banner. */
export function AppShell({
  workspaces,
  current,
  pages,
  ranges,
  scenarios,
  user,
  theme,
  saveTheme,
  signOutAction,
  banner,
  children,
}: {
  workspaces: readonly ShellWorkspace[]
  /** Null on pages that span workspaces. */
  current: ShellWorkspace | null
  pages: readonly ShellPage[]
  ranges: readonly ShellRange[]
  /** Of the current workspace. */
  scenarios: readonly ShellScenario[]
  user: ShellUser
  theme: Theme
  saveTheme: SaveTheme
  signOutAction: FormAction
  banner?: ReactNode
  children: ReactNode
}) {
  const home = current ? `/w/${encodeURIComponent(current.slug)}/overview` : '/portfolio'
  const account = (
    <div className="flex items-center justify-between gap-1">
      <UserMenu user={user} signOutAction={signOutAction} />
      <ThemeToggle theme={theme} saveTheme={saveTheme} />
    </div>
  )
  return (
    <Keyboard pages={pages} workspaces={workspaces} ranges={ranges} scenarios={scenarios} current={current}>
      <div className="flex min-h-dvh flex-col md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
        <a
          href="#content"
          className="bg-accent text-on-accent sr-only z-50 rounded-md px-3 py-2 font-medium focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          Skip to content
        </a>
        <aside
          aria-label="Console"
          className="border-line bg-surface sticky top-0 z-20 hidden h-dvh flex-col gap-3 border-r p-3 md:flex"
        >
          <Link href={home} className="flex rounded-md px-1 py-1">
            <Wordmark />
          </Link>
          <WorkspaceSwitcher workspaces={workspaces} current={current} />
          <PaletteButton />
          <div className="scroll-slim -mx-1 grow overflow-auto px-1 py-1">
            <NavLinks pages={pages} workspace={current?.slug ?? null} />
          </div>
          {account}
        </aside>
        <header className="border-line bg-surface sticky top-0 z-20 flex h-12 items-center justify-between gap-3 border-b px-4 md:hidden">
          <Link href={home} className="flex rounded-md">
            <Wordmark />
          </Link>
          <span className="flex min-w-0 items-center gap-1">
            <span className="text-ink-muted mr-1 truncate">{current?.name ?? 'All workspaces'}</span>
            <PaletteButton icon />
            <MobileNavigation pages={pages} workspace={current?.slug ?? null}>
              <WorkspaceSwitcher workspaces={workspaces} current={current} />
              {account}
            </MobileNavigation>
          </span>
        </header>
        <div className="min-w-0 grow">
          {banner}
          <ActualNotice pages={pages} />
          <main
            id="content"
            tabIndex={-1}
            className="mx-auto flex max-w-[120rem] flex-col gap-4 p-4 outline-none sm:px-6"
          >
            {children}
          </main>
        </div>
      </div>
    </Keyboard>
  )
}

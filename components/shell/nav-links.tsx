'use client'

import {
  Activity,
  BadgeDollarSign,
  Bell,
  Boxes,
  CalendarCheck,
  ChartColumnStacked,
  FlaskConical,
  GitCommitHorizontal,
  LayoutDashboard,
  LayoutGrid,
  Library,
  ListTree,
  type LucideIcon,
  ScrollText,
  Server,
  Settings,
  Target,
  UserCog,
  Users,
  Waypoints,
} from 'lucide-react'
import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import { useId } from 'react'
import { isHere, type PageIcon, type ShellPage, shellHref } from '@/components/shell/navigation'
import { classNames } from '@/components/ui/class-names'

const ICONS: Record<PageIcon, LucideIcon> = {
  overview: LayoutDashboard,
  endpoints: Waypoints,
  users: Users,
  prompts: GitCommitHorizontal,
  providers: ChartColumnStacked,
  models: Library,
  requests: ListTree,
  budgets: Target,
  close: CalendarCheck,
  costs: Server,
  scenarios: FlaskConical,
  alerts: Bell,
  prices: BadgeDollarSign,
  settings: Settings,
  health: Activity,
  portfolio: LayoutGrid,
  people: UserCog,
  workspaces: Boxes,
  audit: ScrollText,
}

/** The pages of the shell; links to those of the workspace keep the filters of the page they are on. */
export function NavLinks({
  pages,
  workspace,
  onNavigate,
}: {
  pages: readonly ShellPage[]
  workspace: string | null
  onNavigate?: () => void
}) {
  const pathname = usePathname()
  const params = useSearchParams()
  const sections = [...new Set(pages.map((page) => page.section))]
  const navigationId = useId()
  return (
    <nav aria-label="Pages" className="flex flex-col gap-2">
      {sections.map((section, index) => (
        <div key={section ?? ''}>
          {section && (
            <p id={`${navigationId}-${index}`} className="text-ink-faint px-2 pb-0.5 text-xs">
              {section}
            </p>
          )}
          <ul aria-labelledby={section && `${navigationId}-${index}`} className="flex flex-col gap-px">
            {pages
              .filter((page) => page.section === section)
              .map((page) => {
                const Icon = ICONS[page.icon]
                const here = isHere(page, pathname)
                return (
                  <li key={page.href ?? page.segment}>
                    <Link
                      href={shellHref(page, workspace, params)}
                      aria-current={here ? 'page' : undefined}
                      onClick={onNavigate}
                      className={classNames(
                        'h-control flex items-center gap-2 rounded-md px-2',
                        here
                          ? 'bg-accent-soft text-accent-strong font-medium'
                          : 'text-ink-muted hover:bg-hover hover:text-ink',
                      )}
                    >
                      <Icon aria-hidden className="size-4 shrink-0" />
                      {page.label}
                      {page.waiting !== undefined && page.waiting.count > 0 && (
                        <span className="bg-bad-soft text-bad ml-auto rounded-sm px-1.5 text-xs font-medium">
                          {page.waiting.count}
                          <span className="sr-only"> {page.waiting.label}</span>
                        </span>
                      )}
                    </Link>
                  </li>
                )
              })}
          </ul>
        </div>
      ))}
    </nav>
  )
}

'use client'

import { Command } from 'cmdk'
import { Search } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useRef, useState } from 'react'
import {
  isHere,
  rangeHref,
  type ShellPage,
  type ShellRange,
  type ShellScenario,
  type ShellWorkspace,
  scenarioHref,
  shellHref,
  workspaceHref,
} from '@/components/shell/navigation'
import { buttonClassName, IconButton } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'

const SEQUENCE_MS = 1200
const ITEM = 'flex h-9 items-center gap-2 rounded-md px-2.5 select-none data-[selected=true]:bg-hover'
const GROUP =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-muted'

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}

const OpenPalette = createContext<() => void>(() => {})

/** Opens the palette: as wide as its place with its shortcut, or an icon where there is no keyboard. */
export function PaletteButton({ icon = false }: { icon?: boolean }) {
  const open = useContext(OpenPalette)
  if (icon) {
    return (
      <IconButton label="Go to" onClick={open}>
        <Search aria-hidden className="size-5" />
      </IconButton>
    )
  }
  return (
    <button
      type="button"
      onClick={open}
      aria-keyshortcuts="Control+K Meta+K"
      className={buttonClassName('secondary', 'text-ink-muted w-full font-normal')}
    >
      <Search aria-hidden className="size-3.5" />
      <span className="mr-auto">Go to</span>
      <Kbd>Ctrl K</Kbd>
    </button>
  )
}

/** Command palette and shortcuts of all that is inside. */
export function Keyboard({
  pages,
  workspaces,
  ranges,
  scenarios,
  current,
  children,
}: {
  pages: readonly ShellPage[]
  workspaces: readonly ShellWorkspace[]
  ranges: readonly ShellRange[]
  scenarios: readonly ShellScenario[]
  current: ShellWorkspace | null
  children: ReactNode
}) {
  const router = useRouter()
  const pathname = usePathname()
  const params = useSearchParams()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const goPressedAt = useRef(Number.NEGATIVE_INFINITY)

  /** This page under a scenario, or the first one that can be shown so. */
  const underScenario = (scenario: number | null): string => {
    const page = pages.find((each) => isHere(each, pathname))
    const first = pages.find((each) => each.takesScenario)
    if (page?.takesScenario || !first) return scenarioHref(scenario, pathname, params)
    const [path = '', search] = shellHref(first, current?.slug ?? null, params).split('?')
    return scenarioHref(scenario, path, new URLSearchParams(search))
  }

  const go = (href: string) => {
    setOpen(null)
    router.push(href)
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      setOpen((before) => (before === 'palette' ? null : 'palette'))
      return
    }
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector('[role="dialog"], [role="menu"]')) return
    const isSequence = event.timeStamp - goPressedAt.current < SEQUENCE_MS
    goPressedAt.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
    if (isSequence) {
      const page = pages.find((each) => each.shortcut === event.key)
      if (page) {
        event.preventDefault()
        go(shellHref(page, current?.slug ?? null, params))
      }
    } else if (event.key === '?') {
      event.preventDefault()
      setOpen('help')
    } else if (event.key === '/') {
      const filter = document.querySelector<HTMLElement>('[data-shortcut="filter"]')
      if (filter) {
        event.preventDefault()
        filter.focus()
        filter.click()
      }
    }
  })

  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])

  return (
    <OpenPalette value={() => setOpen('palette')}>
      {children}
      <Dialog open={open === 'palette'} onOpenChange={(next) => setOpen(next ? 'palette' : null)}>
        <DialogContent title="Go to" hideHeader>
          <Command label="Go to" loop>
            <Command.Input
              placeholder="Page, workspace, range or scenario"
              className="border-line placeholder:text-ink-faint h-11 w-full border-b bg-transparent px-4 text-base outline-none"
            />
            <Command.List className="scroll-slim max-h-[50vh] overflow-auto p-1.5">
              <Command.Empty className="text-ink-muted px-2.5 py-4">Nothing by that name</Command.Empty>
              <Command.Group heading="Pages" className={GROUP}>
                {pages.map((page) => (
                  <Command.Item
                    key={page.href ?? page.segment}
                    value={`page ${page.section ?? ''} ${page.label}`}
                    onSelect={() => go(shellHref(page, current?.slug ?? null, params))}
                    className={ITEM}
                  >
                    <span className="mr-auto">{page.label}</span>
                    {page.shortcut && (
                      <span className="flex gap-1">
                        <Kbd>g</Kbd>
                        <Kbd>{page.shortcut}</Kbd>
                      </span>
                    )}
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Range" className={GROUP}>
                {ranges.map((range) => (
                  <Command.Item
                    key={range.name}
                    value={`range ${range.label}`}
                    onSelect={() => go(rangeHref(range.name, pathname, params))}
                    className={ITEM}
                  >
                    {range.label}
                  </Command.Item>
                ))}
              </Command.Group>
              {scenarios.length > 0 && (
                <Command.Group heading="Scenario" className={GROUP}>
                  {params.has('scenario') && (
                    <Command.Item
                      value="scenario show actual spend"
                      onSelect={() => go(scenarioHref(null, pathname, params))}
                      className={ITEM}
                    >
                      Show actual spend
                    </Command.Item>
                  )}
                  {scenarios.map(({ id, name }) => (
                    <Command.Item
                      key={id}
                      value={`scenario ${name} ${id}`}
                      onSelect={() => go(underScenario(id))}
                      className={ITEM}
                    >
                      <span className="truncate">Show under {name}</span>
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              <Command.Group heading="Workspaces" className={GROUP}>
                {workspaces.map((workspace) => (
                  <Command.Item
                    key={workspace.slug}
                    value={`workspace ${workspace.name} ${workspace.slug}`}
                    onSelect={() => go(workspaceHref(workspace.slug, pathname, params))}
                    className={ITEM}
                  >
                    <span className="mr-auto">{workspace.name}</span>
                    {workspace.slug === current?.slug && <span className="text-ink-muted text-xs">current</span>}
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Help" className={GROUP}>
                <Command.Item value="keyboard shortcuts" onSelect={() => setOpen('help')} className={ITEM}>
                  <span className="mr-auto">Keyboard shortcuts</span>
                  <Kbd>?</Kbd>
                </Command.Item>
              </Command.Group>
            </Command.List>
          </Command>
        </DialogContent>
      </Dialog>
      <Dialog open={open === 'help'} onOpenChange={(next) => setOpen(next ? 'help' : null)}>
        <DialogContent title="Keyboard shortcuts">
          <ShortcutList pages={pages} />
        </DialogContent>
      </Dialog>
    </OpenPalette>
  )
}

function ShortcutList({ pages }: { pages: readonly ShellPage[] }) {
  const groups: { title: string; rows: { keys: string[]; does: string }[] }[] = [
    {
      title: 'Anywhere',
      rows: [
        { keys: ['Ctrl K', '⌘ K'], does: 'Go to a page, a range, a scenario or a workspace' },
        { keys: ['/'], does: 'Add a filter' },
        { keys: ['?'], does: 'This list' },
        { keys: ['Esc'], does: 'Close what is open' },
      ],
    },
    {
      title: 'Pages',
      rows: pages.flatMap((page) => (page.shortcut ? [{ keys: ['g', page.shortcut], does: page.label }] : [])),
    },
    {
      title: 'In a chart',
      rows: [{ keys: ['←', '→'], does: 'Previous and next bucket' }],
    },
    {
      title: 'On a number or a column header',
      rows: [{ keys: ['Tab'], does: 'Its definition appears on focus' }],
    },
  ]
  return (
    <div className="grid gap-x-8 gap-y-4 p-4 sm:grid-cols-2">
      {groups.map((group) => (
        <section key={group.title}>
          <h3 className="text-ink-muted pb-1 text-xs">{group.title}</h3>
          <dl>
            {group.rows.map((row) => (
              <div key={row.does} className="flex h-7 items-center justify-between gap-4">
                <dt>{row.does}</dt>
                <dd className="flex gap-1">
                  {row.keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}

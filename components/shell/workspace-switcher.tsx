'use client'

import { ChevronsUpDown, LayoutGrid } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { type ShellWorkspace, workspaceHref } from '@/components/shell/navigation'
import { buttonClassName } from '@/components/ui/button'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu'

export function WorkspaceSwitcher({
  workspaces,
  current,
}: {
  workspaces: readonly ShellWorkspace[]
  /** Null on pages that span workspaces. */
  current: ShellWorkspace | null
}) {
  const router = useRouter()
  const pathname = usePathname()
  const params = useSearchParams()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger
        aria-label={`Workspace: ${current?.name ?? 'all'}`}
        className={buttonClassName('secondary', 'w-full')}
      >
        <span className="mr-auto truncate">{current?.name ?? 'All workspaces'}</span>
        <ChevronsUpDown aria-hidden className="text-ink-muted size-3.5" />
      </DropdownMenuTrigger>
      <DropdownMenuContent className="w-56">
        <DropdownMenuLabel>Workspaces</DropdownMenuLabel>
        <DropdownMenuRadioGroup
          value={current?.slug ?? ''}
          onValueChange={(slug) => router.push(workspaceHref(slug, pathname, params))}
        >
          {workspaces.map((workspace) => (
            <DropdownMenuRadioItem key={workspace.slug} value={workspace.slug}>
              <span className="truncate">{workspace.name}</span>
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
        {workspaces.length > 1 && (
          <>
            <DropdownMenuSeparator />
            <DropdownMenuItem onSelect={() => router.push('/portfolio')}>
              <LayoutGrid aria-hidden className="text-ink-muted size-4" />
              Portfolio of all
            </DropdownMenuItem>
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}

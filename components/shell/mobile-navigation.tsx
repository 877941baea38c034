'use client'

import { Menu } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { NavLinks } from '@/components/shell/nav-links'
import type { ShellPage } from '@/components/shell/navigation'
import { IconButton } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'

/** The navigation as a sheet, for narrow screens. */
export function MobileNavigation({
  pages,
  workspace,
  children,
}: {
  pages: readonly ShellPage[]
  workspace: string | null
  /** Switcher, theme, account. */
  children: ReactNode
}) {
  const [open, setOpen] = useState(false)
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <IconButton label="Open navigation">
          <Menu aria-hidden className="size-5" />
        </IconButton>
      </DialogTrigger>
      <DialogContent title="Farthing" place="bottom">
        <div className="flex flex-col gap-4 p-3 pb-6">
          <NavLinks pages={pages} workspace={workspace} onNavigate={() => setOpen(false)} />
          {children}
        </div>
      </DialogContent>
    </Dialog>
  )
}

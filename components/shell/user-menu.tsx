'use client'

import { LogOut, ShieldCheck } from 'lucide-react'
import Link from 'next/link'
import { useRef } from 'react'
import { buttonClassName } from '@/components/ui/button'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu'

export type ShellUser = { name: string; email: string }

export type FormAction = (data: FormData) => void | Promise<void>

export function UserMenu({ user, signOutAction }: { user: ShellUser; signOutAction: FormAction }) {
  const form = useRef<HTMLFormElement>(null)
  return (
    <>
      <form ref={form} action={signOutAction} className="hidden" />
      <DropdownMenu>
        <DropdownMenuTrigger
          aria-label={`Account: ${user.name}`}
          className={buttonClassName('quiet', 'min-w-0 shrink! grow justify-start!')}
        >
          <span
            aria-hidden
            className="bg-sunken text-ink-muted text-2xs flex size-5 shrink-0 items-center justify-center rounded-full font-semibold"
          >
            {user.name.slice(0, 1).toUpperCase()}
          </span>
          <span className="truncate">{user.name}</span>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          <DropdownMenuLabel>
            Signed in as <span className="text-ink block">{user.email}</span>
          </DropdownMenuLabel>
          <DropdownMenuSeparator />
          <DropdownMenuItem asChild>
            <Link href="/account/security">
              <ShieldCheck aria-hidden className="text-ink-muted size-4" />
              Password and security
            </Link>
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => form.current?.requestSubmit()}>
            <LogOut aria-hidden className="text-ink-muted size-4" />
            Sign out
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
    </>
  )
}

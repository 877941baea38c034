'use client'

import { X } from 'lucide-react'
import { Dialog as RadixDialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'

export const Dialog = RadixDialog.Root
export const DialogTrigger = RadixDialog.Trigger

const PLACES = {
  center:
    'top-[12vh] left-1/2 w-[min(40rem,calc(100vw-2rem))] max-h-[76vh] -translate-x-1/2 rounded-lg border shadow-float',
  left: 'inset-y-0 left-0 w-[min(18rem,85vw)] border-r',
  bottom: 'inset-x-0 bottom-0 max-h-[85vh] rounded-t-lg border-t shadow-float',
}

/** A modal. `place` turns it into a sheet; the title is always there, visible or not. */
export function DialogContent({
  title,
  description,
  place = 'center',
  hideHeader = false,
  className,
  children,
}: {
  title: string
  description?: string
  place?: keyof typeof PLACES
  hideHeader?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <RadixDialog.Portal>
      <RadixDialog.Overlay className="appear bg-scrim fixed inset-0 z-40" />
      <RadixDialog.Content
        {...(description ? {} : { 'aria-describedby': undefined })}
        className={classNames(
          'appear border-line-strong bg-raised text-ink scroll-slim fixed z-50 overflow-auto outline-none',
          PLACES[place],
          className,
        )}
      >
        <div
          className={hideHeader ? 'sr-only' : 'border-line flex items-start justify-between gap-4 border-b px-4 py-3'}
        >
          <div>
            <RadixDialog.Title className="text-base font-semibold">{title}</RadixDialog.Title>
            {description && <RadixDialog.Description className="text-ink-muted">{description}</RadixDialog.Description>}
          </div>
          {!hideHeader && (
            <RadixDialog.Close asChild>
              <IconButton label="Close">
                <X aria-hidden className="size-4" />
              </IconButton>
            </RadixDialog.Close>
          )}
        </div>
        {children}
      </RadixDialog.Content>
    </RadixDialog.Portal>
  )
}

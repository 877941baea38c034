'use client'

import { Popover as RadixPopover } from 'radix-ui'
import type { ComponentProps } from 'react'
import { classNames } from '@/components/ui/class-names'

export const FLOATING = 'appear z-50 rounded-lg border border-line-strong bg-raised text-ink shadow-float outline-none'

export const Popover = RadixPopover.Root
export const PopoverTrigger = RadixPopover.Trigger

export function PopoverContent({
  label,
  className,
  ...props
}: ComponentProps<typeof RadixPopover.Content> & { label: string }) {
  return (
    <RadixPopover.Portal>
      <RadixPopover.Content
        align="start"
        sideOffset={4}
        collisionPadding={8}
        {...props}
        aria-label={label}
        className={classNames(
          FLOATING,
          'scroll-slim max-h-(--radix-popover-content-available-height) max-w-[calc(100vw-1rem)] overflow-auto',
          className,
        )}
      />
    </RadixPopover.Portal>
  )
}

'use client'

import { Check } from 'lucide-react'
import { DropdownMenu as RadixMenu } from 'radix-ui'
import { type ComponentProps, useCallback, useState } from 'react'
import { classNames } from '@/components/ui/class-names'
import { FLOATING } from '@/components/ui/popover'

export const DropdownMenuTrigger = RadixMenu.Trigger
export const DropdownMenuRadioGroup = RadixMenu.RadioGroup

/** Not modal: the page behind stays readable and scrollable while a menu is open. */
export function DropdownMenu(props: ComponentProps<typeof RadixMenu.Root>) {
  return <RadixMenu.Root modal={false} {...props} />
}

const ITEM =
  'relative flex min-h-control items-center gap-2 rounded-md px-2 outline-none select-none data-highlighted:bg-hover data-disabled:opacity-50'

/** What a menu holds; inside the landmark of its trigger, so that assistive technology finds it where it belongs. */
export function DropdownMenuContent({ className, ...props }: ComponentProps<typeof RadixMenu.Content>) {
  const [landmark, setLandmark] = useState<HTMLElement | null>(null)
  const findLandmark = useCallback((place: HTMLElement | null) => {
    if (place) setLandmark(place.closest('aside'))
  }, [])
  return (
    <>
      <span ref={findLandmark} hidden />
      <RadixMenu.Portal container={landmark}>
        <RadixMenu.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          {...props}
          className={classNames(
            FLOATING,
            'scroll-slim max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-auto p-1',
            className,
          )}
        />
      </RadixMenu.Portal>
    </>
  )
}

export function DropdownMenuItem({ className, ...props }: ComponentProps<typeof RadixMenu.Item>) {
  return <RadixMenu.Item {...props} className={classNames(ITEM, className)} />
}

export function DropdownMenuRadioItem({ className, children, ...props }: ComponentProps<typeof RadixMenu.RadioItem>) {
  return (
    <RadixMenu.RadioItem {...props} className={classNames(ITEM, 'pr-8', className)}>
      {children}
      <RadixMenu.ItemIndicator className="absolute right-2">
        <Check aria-hidden className="text-accent size-3.5" />
      </RadixMenu.ItemIndicator>
    </RadixMenu.RadioItem>
  )
}

export function DropdownMenuLabel({ className, ...props }: ComponentProps<typeof RadixMenu.Label>) {
  return <RadixMenu.Label {...props} className={classNames('text-ink-muted px-2 py-1 text-xs', className)} />
}

export function DropdownMenuSeparator() {
  return <RadixMenu.Separator className="bg-line my-1 h-px" />
}

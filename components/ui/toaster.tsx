'use client'

import { Toaster as Sonner } from 'sonner'

/** Where toasts appear; put once into the layout and call `toast` from sonner. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-80 items-start gap-2 rounded-lg border border-line-strong bg-raised p-3 text-sm text-ink shadow-float',
          title: 'font-medium',
          description: 'text-ink-muted',
          actionButton: 'ml-auto font-medium text-accent',
        },
      }}
    />
  )
}

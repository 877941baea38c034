import type { ReactNode } from 'react'

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="border-line-strong bg-surface text-ink-muted text-2xs inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border px-1 font-sans">
      {children}
    </kbd>
  )
}

import { FlaskConical, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

/** A line above every page of a workspace: demo data, a stopped pipeline. */
export function Banner({ tone = 'info', children }: { tone?: 'info' | 'warn'; children: ReactNode }) {
  return (
    <aside
      aria-label="Notice"
      className={classNames(
        'flex min-h-8 items-center gap-2 px-4 py-1.5 text-xs sm:px-6',
        tone === 'warn' ? 'bg-warn-soft text-warn' : 'bg-accent-soft text-accent-strong',
      )}
    >
      {tone === 'warn' ? (
        <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
      ) : (
        <FlaskConical aria-hidden className="size-3.5 shrink-0" />
      )}
      <div>{children}</div>
    </aside>
  )
}

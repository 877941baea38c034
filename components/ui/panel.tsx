import type { ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

/** A titled area of a screen: one border, one heading, one slot for actions. */
export function Panel({
  id,
  title,
  note,
  actions,
  flush = false,
  className,
  children,
}: {
  id?: string
  title?: ReactNode
  note?: ReactNode
  actions?: ReactNode
  /** Content reaches the border (tables). */
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <section
      id={id}
      className={classNames('border-line bg-surface flex min-w-0 scroll-mt-4 flex-col rounded-lg border', className)}
    >
      {(title || actions) && (
        <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5">
          <div className="flex min-w-0 grow basis-48 flex-wrap items-baseline gap-x-2">
            {title && <h2 className="font-semibold">{title}</h2>}
            {note && <div className="text-ink-muted text-xs">{note}</div>}
          </div>
          {actions}
        </header>
      )}
      <div className={classNames('min-w-0 grow', flush ? '' : 'px-4 pb-4', !flush && !title && !actions && 'pt-4')}>
        {children}
      </div>
    </section>
  )
}

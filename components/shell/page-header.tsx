import type { ReactNode } from 'react'
import { Badge } from '@/components/ui/badge'
import { classNames } from '@/components/ui/class-names'

export type ScopeFact = { label: string; value: string /** Not the workspace's default. */; notable?: boolean }

export type Freshness = { label: string; detail?: string; isStale?: boolean }

const FACT = "flex gap-x-1.5 not-last:after:content-['·']"

/**
 * Name of the page, and below it what every number on it is about: workspace, environment, data mode, range, time
 * zone, currency. The order is the caller's.
 */
export function PageHeader({
  title,
  mark,
  scope,
  freshness,
  actions,
}: {
  title: string
  /** What the page is not: stands beside its name. */
  mark?: string
  scope: readonly ScopeFact[]
  freshness?: Freshness
  actions?: ReactNode
}) {
  return (
    <header>
      <div className="flex min-h-control flex-wrap items-center justify-between gap-x-6 gap-y-1">
        <h1 className="flex flex-wrap items-center gap-x-2 text-lg font-semibold tracking-tight">
          {title}
          {mark && <Badge tone="warn">{mark}</Badge>}
        </h1>
        {actions && <div className="flex flex-wrap items-center gap-1.5">{actions}</div>}
      </div>
      <dl aria-label="Scope" className="text-ink-muted mt-1 flex flex-wrap gap-x-1.5 text-xs sm:mt-0">
        {scope.map((fact) => (
          <div key={fact.label} className={FACT} title={fact.label}>
            <dt className="sr-only">{fact.label}</dt>
            <dd className={classNames(fact.notable && 'text-warn font-medium')}>{fact.value}</dd>
          </div>
        ))}
        {freshness && (
          <div className={FACT} title={freshness.detail}>
            <dt className="sr-only">Freshness</dt>
            <dd className="flex items-center gap-1">
              <span
                aria-hidden
                className={classNames('size-1.5 rounded-full', freshness.isStale ? 'bg-warn' : 'bg-good')}
              />
              {freshness.label}
            </dd>
          </div>
        )}
      </dl>
    </header>
  )
}

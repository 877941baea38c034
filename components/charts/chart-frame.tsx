'use client'

import { ChartNoAxesColumn, Table2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { Badge } from '@/components/ui/badge'
import { IconButton } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Explain, type Explanation } from '@/components/ui/explain'
import { EmptyState } from '@/components/ui/states'

type LegendEntry = { id: string; label: string; color: string; note?: string }

export type ChartFrameProps = {
  title: string
  /** "USD per day": always in sight. */
  unit: string
  explanation?: Explanation
  legend?: LegendEntry[]
  /** Name of the scenario under which the numbers are, first in the legend. */
  scenario?: string
  hidden?: ReadonlySet<string>
  onToggle?: (id: string) => void
  /** The same numbers as a table. */
  table: ReactNode
  /** A remark under the title: a PartialNotice. */
  notice?: ReactNode
  /** Controls of this chart: stack by, export. */
  actions?: ReactNode
  /** Replaces chart and table: a LoadingState or an ErrorState. */
  state?: ReactNode
  isEmpty?: boolean
  children: ReactNode
}

/** What surrounds every chart: name, unit, definition, legend, the switch to a table, states and actions. */
export function ChartFrame({
  title,
  unit,
  explanation,
  legend = [],
  scenario,
  hidden,
  onToggle,
  table,
  notice,
  actions,
  state,
  isEmpty = false,
  children,
}: ChartFrameProps) {
  const [asTable, setAsTable] = useState(false)
  const headingId = useId()
  return (
    <section aria-labelledby={headingId} className="border-line bg-surface flex min-w-0 flex-col rounded-lg border">
      <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5">
        <div className="mr-auto flex flex-wrap items-baseline gap-x-2">
          <h2 id={headingId} className="font-semibold">
            {explanation ? (
              <Explain title={title} explanation={explanation}>
                {title}
              </Explain>
            ) : (
              title
            )}
          </h2>
          <p className="text-ink-muted text-xs">{unit}</p>
        </div>
        <div className="flex flex-wrap items-center gap-1">
          {actions}
          <IconButton label={asTable ? 'View as chart' : 'View as table'} onClick={() => setAsTable(!asTable)}>
            {asTable ? <ChartNoAxesColumn aria-hidden className="size-4" /> : <Table2 aria-hidden className="size-4" />}
          </IconButton>
        </div>
      </header>
      {notice && <div className="px-4 pb-2">{notice}</div>}
      {state ??
        (isEmpty ? (
          <EmptyState title="Nothing in this scope">Widen the range, or remove a filter to see more.</EmptyState>
        ) : asTable ? (
          <>
            {scenario && <Legend title={title} scenario={scenario} entries={[]} />}
            <div className="border-line border-t">{table}</div>
          </>
        ) : (
          <>
            {(legend.length > 1 || scenario) && (
              <Legend
                title={title}
                scenario={scenario}
                entries={legend.length > 1 ? legend : []}
                hidden={hidden}
                onToggle={onToggle}
              />
            )}
            <div className="px-2 pb-2">{children}</div>
          </>
        ))}
    </section>
  )
}

function Legend({
  title,
  scenario,
  entries,
  hidden,
  onToggle,
}: {
  title: string
  scenario?: string
  entries: LegendEntry[]
  hidden?: ReadonlySet<string>
  onToggle?: (id: string) => void
}) {
  return (
    <ul aria-label={`Series of ${title}`} className="flex flex-wrap gap-x-1 gap-y-0.5 px-2.5 pb-2">
      {scenario && (
        <li className="flex min-h-6 max-w-full items-center px-1.5">
          <Badge tone="warn">
            <span className="truncate">Scenario: {scenario}</span>
          </Badge>
        </li>
      )}
      {entries.map((entry) => {
        const shown = !hidden?.has(entry.id)
        const content = (
          <>
            <span
              aria-hidden
              className="size-2.5 shrink-0 rounded-[2px] border"
              style={{ borderColor: entry.color, backgroundColor: shown ? entry.color : 'transparent' }}
            />
            <span className="max-w-48 truncate">{entry.label}</span>
            {entry.note && <span className="text-ink-faint">{entry.note}</span>}
          </>
        )
        return (
          <li key={entry.id}>
            {onToggle ? (
              <button
                type="button"
                aria-pressed={shown}
                onClick={() => onToggle(entry.id)}
                title={shown ? `Hide ${entry.label}` : `Show ${entry.label}`}
                className={classNames(
                  'hover:bg-hover flex h-6 items-center gap-1.5 rounded-sm px-1.5 text-xs',
                  !shown && 'text-ink-faint line-through',
                )}
              >
                {content}
              </button>
            ) : (
              <span className="flex h-6 items-center gap-1.5 px-1.5 text-xs">{content}</span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

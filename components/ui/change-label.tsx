import { ArrowDown, ArrowUp } from 'lucide-react'
import { classNames } from '@/components/ui/class-names'
import { formatChange, formatChangeRatio, formatDifference, formatValue, type ValueFormat } from '@/lib/format'

/** Which direction of a measure is good news. */
export type GoodWhen = 'up' | 'down' | 'neutral'

/** The change of a value against the previous window: arrow, percentage, and the absolute difference on request. */
export function ChangeLabel({
  current,
  previous,
  format,
  goodWhen = 'neutral',
  absolute = false,
}: {
  current: string | null
  previous: string | null
  format: ValueFormat
  goodWhen?: GoodWhen
  absolute?: boolean
}) {
  const change = formatChange(current, previous)
  const rises = change.absolute !== null && change.kind !== 'none' && !change.absolute.startsWith('-')
  const moves = change.kind !== 'none'
  const good = goodWhen !== 'neutral' && moves ? (goodWhen === 'up') === rises : null
  const title = `Now ${formatValue(current, format)}, before ${formatValue(previous, format)}`
  return (
    <span
      title={title}
      className={classNames(
        'inline-flex items-center gap-0.5 whitespace-nowrap',
        good === null ? 'text-ink-muted' : good ? 'text-good' : 'text-bad',
      )}
    >
      {moves && (rises ? <ArrowUp aria-hidden className="size-3" /> : <ArrowDown aria-hidden className="size-3" />)}
      <span className="font-medium">{formatChangeRatio(change)}</span>
      {absolute && moves && change.absolute !== null && (
        <span className="ml-1 font-normal">{formatDifference(change.absolute, format)}</span>
      )}
      {good !== null && <span className="sr-only">{good ? ', better' : ', worse'}</span>}
    </span>
  )
}

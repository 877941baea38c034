import { classNames } from '@/components/ui/class-names'
import { formatDifference, formatValue, NO_VALUE, type ValueFormat } from '@/lib/format'

/** A difference with its sign, every digit on hover. Neither direction is good news. */
export function Difference({ value, format }: { value: string | null; format: ValueFormat }) {
  if (value === null) return <span className="text-ink-faint">{NO_VALUE}</span>
  return (
    <span
      title={formatValue(value, format, 'exact')}
      className={classNames(Number(value) === 0 ? 'text-ink-faint' : 'font-medium')}
    >
      {formatDifference(value, format)}
    </span>
  )
}

/** How much of an amount is spent: solid what has a price, hatched what unpriced usage may add, a mark for the time passed. */
export function BudgetBar({
  share,
  shareUpper,
  elapsed,
  label,
}: {
  /** Decimal strings, 1 is the whole amount; more is drawn as full. */
  share: string | null
  shareUpper: string | null
  /** 0 to 1. */
  elapsed: number
  label: string
}) {
  const percent = (ratio: string | null) => Math.min(100, Math.max(0, Number(ratio ?? '0') * 100))
  const upper = Number(shareUpper ?? '0')
  const color = upper >= 1 ? 'bg-bad' : upper >= 0.8 ? 'bg-warn' : 'bg-accent'
  const text = upper >= 1 ? 'text-bad' : upper >= 0.8 ? 'text-warn' : 'text-accent'
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className="bg-sunken relative block h-2 w-full min-w-24 rounded-sm"
    >
      <span
        className={`hatched absolute inset-y-0 left-0 rounded-sm ${text}`}
        style={{ width: `${percent(shareUpper)}%` }}
      />
      <span className={`absolute inset-y-0 left-0 rounded-sm ${color}`} style={{ width: `${percent(share)}%` }} />
      <span className="bg-ink absolute -inset-y-0.5 w-px" style={{ left: `${elapsed * 100}%` }} />
    </span>
  )
}

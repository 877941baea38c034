import { CircleAlert, FlaskConical } from 'lucide-react'
import Link from 'next/link'
import { Sparkline } from '@/components/charts/sparkline'
import { ChangeLabel, type GoodWhen } from '@/components/ui/change-label'
import { classNames } from '@/components/ui/class-names'
import { Explain, type Explanation } from '@/components/ui/explain'
import { formatValue, NO_VALUE, type ValueFormat } from '@/lib/format'

export type HeadlineNumberProps = {
  label: string
  /** Decimal string; null where there is no value (a quotient by zero, everything unpriced). */
  value: string | null
  format: ValueFormat
  /** What the number counts, where the format does not say it: "per request". */
  unit?: string
  /** The same measure in the window compared with; leave out when nothing is compared. */
  previous?: string | null
  /** "vs 24 Oct – 22 Nov 2026" */
  previousLabel?: string
  goodWhen?: GoodWhen
  explanation: Explanation
  /** What the number is made of. */
  href?: string
  sparkline?: (string | null)[]
  /** Why the number is not the whole truth: "12,400 tokens unpriced". */
  partial?: { label: string; href?: string }
  /** What else is known of the number, and where: "booked $12.00". */
  aside?: { label: string; title?: string; href: string }
  nullReason?: string
  /** Why the number is not what was: a sign beside its label and a colour of its own. */
  mark?: string
}

/** One number with its change, its definition (hover, focus, tap) and the way to what it is made of. */
export function HeadlineNumber({
  label,
  value,
  format,
  unit,
  previous,
  previousLabel,
  goodWhen = 'neutral',
  explanation,
  href,
  sparkline,
  partial,
  aside,
  nullReason = 'There is nothing to divide by in this scope.',
  mark,
}: HeadlineNumberProps) {
  const shown = formatValue(value, format)
  const full = value === null ? explanation : { exact: formatValue(value, format, 'exact'), ...explanation }
  const figure = (
    <>
      {shown}
      {value !== null && unit && <span className="text-ink-muted ml-1 text-xs font-normal">{unit}</span>}
    </>
  )
  return (
    <div className="bg-surface flex min-w-0 flex-col px-4 py-3">
      <div className="text-ink-muted flex items-start gap-x-1.5">
        <Explain title={label} explanation={full}>
          {label}
        </Explain>
        {mark && (
          <span title={mark} className="text-warn">
            <FlaskConical aria-hidden className="mt-0.5 size-3.5" />
            <span className="sr-only">{mark}</span>
          </span>
        )}
      </div>
      <div className="mt-0.5">
        <p
          className={classNames('text-xl font-semibold tracking-tight wrap-anywhere', mark && 'text-warn')}
          title={value === null ? nullReason : undefined}
        >
          {href && value !== null ? (
            <Link href={href} className="rounded-sm hover:text-accent hover:underline hover:underline-offset-4">
              {figure}
            </Link>
          ) : (
            figure
          )}
          {value === null && <span className="sr-only">{nullReason}</span>}
        </p>
      </div>
      {(previous !== undefined || !partial) && (
        <div className="mt-0.5 flex min-h-4 flex-wrap items-center gap-x-1.5 text-xs">
          {previous === undefined ? (
            <span className="text-ink-faint">{NO_VALUE} not compared</span>
          ) : (
            <>
              <ChangeLabel current={value} previous={previous} format={format} goodWhen={goodWhen} absolute />
              {previousLabel && <span className="text-ink-faint">{previousLabel}</span>}
            </>
          )}
        </div>
      )}
      {partial && (
        <div className="text-warn mt-0.5 flex items-center gap-1 text-xs">
          <CircleAlert aria-hidden className="size-3 shrink-0" />
          {partial.href ? (
            <Link href={partial.href} className="underline underline-offset-2">
              {partial.label}
            </Link>
          ) : (
            <span>{partial.label}</span>
          )}
        </div>
      )}
      {aside && (
        <p className="mt-0.5 text-xs" title={aside.title}>
          <Link href={aside.href} className="text-accent underline underline-offset-2">
            {aside.label}
          </Link>
        </p>
      )}
      {sparkline && sparkline.length > 1 && (
        <div className="mt-auto pt-1.5">
          <Sparkline values={sparkline} label={`${label} over the range`} />
        </div>
      )}
    </div>
  )
}

/** A row of headline numbers that share borders; wraps to two columns on a phone. */
export function HeadlineRow({ children }: { children: React.ReactNode }) {
  return (
    <div className="border-line bg-surface *:outline-line grid grid-cols-2 gap-px overflow-hidden rounded-lg border *:outline sm:grid-cols-3 xl:grid-cols-[repeat(auto-fit,minmax(10rem,1fr))]">
      {children}
    </div>
  )
}

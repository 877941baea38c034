import { CircleAlert, Info } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Button, ButtonLink, buttonClassName } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Skeleton } from '@/components/ui/skeleton'

/** `loads`: by a new document, where the page that is there would stay under another search. */
export type StateAction = { label: string; href: string; loads?: boolean }

function ActionLink({ label, href, loads }: StateAction) {
  if (!loads) return <ButtonLink href={href}>{label}</ButtonLink>
  return (
    <a href={href} className={buttonClassName()}>
      {label}
    </a>
  )
}

function StateBody({
  title,
  children,
  action,
  onRetry,
  tone,
  className,
}: {
  title: string
  children?: ReactNode
  action?: StateAction
  onRetry?: () => void
  tone: 'quiet' | 'bad'
  className?: string
}) {
  return (
    <div
      role={tone === 'bad' ? 'alert' : undefined}
      className={classNames('flex flex-col items-center justify-center gap-1 px-6 py-8 text-center', className)}
    >
      <p className={classNames('flex items-center gap-1.5 font-medium', tone === 'bad' && 'text-bad')}>
        {tone === 'bad' && <CircleAlert aria-hidden className="size-4" />}
        {title}
      </p>
      {children && <div className="text-ink-muted max-w-prose">{children}</div>}
      {(action || onRetry) && (
        <div className="mt-2 flex gap-2">
          {onRetry && <Button onClick={onRetry}>Try again</Button>}
          {action && <ActionLink {...action} />}
        </div>
      )}
    </div>
  )
}

/** Nothing in this scope: says why and what to do next. */
export function EmptyState({
  title,
  children,
  action,
  className,
}: {
  title: string
  children?: ReactNode
  action?: StateAction
  className?: string
}) {
  return (
    <StateBody title={title} action={action} tone="quiet" className={className}>
      {children}
    </StateBody>
  )
}

/** Something failed: the title says what, the text what to do next. Never drawn as zero or as nothing. */
export function ErrorState({
  title,
  children,
  action,
  onRetry,
  className,
}: {
  title: string
  children?: ReactNode
  action?: StateAction
  onRetry?: () => void
  className?: string
}) {
  return (
    <StateBody title={title} action={action} onRetry={onRetry} tone="bad" className={className}>
      {children}
    </StateBody>
  )
}

/** What is loading, in the shape of what comes: rows of a table or one block (a chart). */
export function LoadingState({
  label,
  shape = 'block',
  rows = 8,
  className,
}: {
  label: string
  shape?: 'block' | 'rows' | 'number'
  rows?: number
  className?: string
}) {
  return (
    <div role="status" aria-live="polite" className={classNames('w-full', className)}>
      <span className="sr-only">Loading {label}</span>
      {shape === 'block' && <Skeleton className="h-full min-h-40 w-full" />}
      {shape === 'number' && (
        <span className="flex flex-col gap-2">
          <Skeleton className="h-3 w-20" />
          <Skeleton className="h-6 w-28" />
          <Skeleton className="h-3 w-24" />
        </span>
      )}
      {shape === 'rows' && (
        <span className="flex flex-col py-1">
          {Array.from({ length: rows }, (_, index) => `row-${index}`).map((row) => (
            <span key={row} className="grid h-8 grid-cols-[2fr_1fr_1fr_1fr] items-center gap-6">
              <Skeleton className="h-3" />
              <Skeleton className="h-3" />
              <Skeleton className="h-3" />
              <Skeleton className="h-3" />
            </span>
          ))}
        </span>
      )}
    </div>
  )
}

/** What the numbers on this screen leave out or cannot price, with the way to see it. */
export function PartialNotice({
  tone = 'info',
  action,
  children,
}: {
  tone?: 'info' | 'warn' | 'unpriced'
  action?: StateAction
  children: ReactNode
}) {
  return (
    <p
      className={classNames(
        'inline-flex items-start gap-x-1.5 rounded-md px-2 py-0.5 text-xs',
        tone === 'info' ? 'bg-sunken text-ink-muted' : 'bg-warn-soft text-warn',
      )}
    >
      {tone === 'unpriced' && <span aria-hidden className="hatched mt-0.5 size-3 shrink-0 rounded-[2px] border" />}
      {tone === 'warn' && <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />}
      {tone === 'info' && <Info aria-hidden className="mt-px size-3.5 shrink-0" />}
      <span>
        {children}
        {action && (
          <Link href={action.href} className="ml-1.5 font-medium whitespace-nowrap underline underline-offset-2">
            {action.label}
          </Link>
        )}
      </span>
    </p>
  )
}

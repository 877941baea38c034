import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger'

const VARIANTS: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong border-transparent',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-hover data-[state=open]:bg-hover',
  quiet: 'bg-transparent text-ink-muted border-transparent hover:bg-hover hover:text-ink data-[state=open]:bg-hover',
  danger: 'bg-surface text-bad border-line-strong hover:bg-bad-soft',
}

const BASE =
  'inline-flex h-control shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none disabled:opacity-50 disabled:pointer-events-none'

/** Classes of a button, for elements that must look like one (download links, menu triggers). */
export function buttonClassName(variant: ButtonVariant = 'secondary', className?: string): string {
  return classNames(BASE, 'px-2.5', VARIANTS[variant], className)
}

export function Button({
  variant = 'secondary',
  className,
  type = 'button',
  ...props
}: ComponentProps<'button'> & { variant?: ButtonVariant }) {
  return <button {...props} type={type} className={buttonClassName(variant, className)} />
}

export function ButtonLink({
  variant = 'secondary',
  className,
  ...props
}: ComponentProps<typeof Link> & { variant?: ButtonVariant }) {
  return <Link {...props} className={buttonClassName(variant, className)} />
}

/** Classes of a square button that holds an icon alone. */
export function iconButtonClassName(variant: ButtonVariant = 'quiet', className?: string): string {
  return classNames(BASE, 'w-control', VARIANTS[variant], className)
}

/** A square button whose only content is an icon; the label is required and is its accessible name and title. */
export function IconButton({
  label,
  variant = 'quiet',
  className,
  children,
  type = 'button',
  ...props
}: Omit<ComponentProps<'button'>, 'aria-label' | 'title'> & {
  label: string
  variant?: ButtonVariant
  children: ReactNode
}) {
  return (
    <button {...props} type={type} aria-label={label} title={label} className={iconButtonClassName(variant, className)}>
      {children}
    </button>
  )
}

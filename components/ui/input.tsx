import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '@/components/ui/class-names'

const FIELD =
  'h-control w-full rounded-md border border-control-line bg-surface px-2.5 text-ink placeholder:text-ink-faint disabled:opacity-50 aria-invalid:border-bad'

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input {...props} className={classNames(FIELD, className)} />
}

/** A labelled field with a hint and an error that names what to do; wires the ids. */
export function Field({
  id,
  label,
  hint,
  error,
  children,
}: {
  id: string
  label: string
  hint?: string
  error?: string
  children: (field: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}) {
  const describedBy = error ? `${id}-error` : hint ? `${id}-hint` : undefined
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': describedBy, 'aria-invalid': error ? true : undefined })}
      {error ? (
        <p id={`${id}-error`} className="text-bad text-xs">
          {error}
        </p>
      ) : hint ? (
        <p id={`${id}-hint`} className="text-ink-muted text-xs">
          {hint}
        </p>
      ) : null}
    </div>
  )
}

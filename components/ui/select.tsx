'use client'

import { ChevronDown } from 'lucide-react'
import { type ComponentProps, useEffect, useRef } from 'react'
import { classNames } from '@/components/ui/class-names'

export type SelectOption = { value: string; label: string; disabled?: boolean }

/** One of a few values. The native control: its keyboard, its phone picker and its forms come with it. */
export function Select({
  label,
  options,
  hideLabel = true,
  className,
  ...props
}: Omit<ComponentProps<'select'>, 'children' | 'ref'> & {
  label: string
  options: SelectOption[]
  hideLabel?: boolean
}) {
  const control = useRef<HTMLSelectElement>(null)
  const painted = useRef(options.find(({ value }) => value === props.value))
  useEffect(() => {
    // What was chosen before the page listened is heard now, instead of standing there without effect. Not at once: a choice
    // that made the page listen is still on its way, and when it is heard the control shows its old value until it holds.
    const timer = setTimeout(() => {
      if (control.current && painted.current && control.current.value !== painted.current.value) {
        control.current.dispatchEvent(new Event('change', { bubbles: true }))
      }
    })
    return () => clearTimeout(timer)
  }, [])
  return (
    <label className={classNames('relative inline-flex max-w-full items-center', className)}>
      <span className={hideLabel ? 'sr-only' : 'text-ink-muted mr-2'}>{label}</span>
      <select
        {...props}
        ref={control}
        autoComplete="off"
        className="h-control border-line-strong bg-surface text-ink hover:bg-hover max-w-full appearance-none truncate rounded-md border pr-7 pl-2.5 font-medium disabled:opacity-50"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="text-ink-muted pointer-events-none absolute right-2 size-3.5" />
    </label>
  )
}

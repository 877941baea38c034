'use client'

import { ChevronDown } from 'lucide-react'
import { type ComponentProps, useLayoutEffect, useRef } from 'react'
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
  const heard = useRef(false)
  // What was chosen before the page listened is heard now, instead of being lost. Read before anything is drawn anew, which
  // would put the old value back; told a moment later, since a choice that made the page listen is still on its way.
  useLayoutEffect(() => {
    const select = control.current
    if (!select || !painted.current || select.value === painted.current.value) return
    const chosen = select.value
    const timer = setTimeout(() => {
      if (heard.current) return
      select.value = chosen
      select.dispatchEvent(new Event('change', { bubbles: true }))
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
        onChange={(event) => {
          heard.current = true
          props.onChange?.(event)
        }}
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

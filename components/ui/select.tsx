import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { classNames } from '@/components/ui/class-names'

export type SelectOption = { value: string; label: string; disabled?: boolean }

/** One of a few values. The native control: its keyboard, its phone picker and its forms come with it. */
export function Select({
  label,
  options,
  hideLabel = true,
  className,
  ...props
}: Omit<ComponentProps<'select'>, 'children'> & { label: string; options: SelectOption[]; hideLabel?: boolean }) {
  return (
    <label className={classNames('relative inline-flex max-w-full items-center', className)}>
      <span className={hideLabel ? 'sr-only' : 'text-ink-muted mr-2'}>{label}</span>
      <select
        {...props}
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

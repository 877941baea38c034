import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { Field } from '@/components/ui/input'
import type { SelectOption } from '@/components/ui/select'

/** A labelled choice of a form, with a hint and an error. */
export function SelectField({
  id,
  label,
  hint,
  error,
  options,
  ...props
}: Omit<ComponentProps<'select'>, 'children' | 'id'> & {
  id: string
  label: string
  hint?: string
  error?: string
  options: readonly SelectOption[]
}) {
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      {(field) => (
        <span className="relative flex items-center">
          <select
            {...field}
            {...props}
            className="h-control border-control-line bg-surface text-ink aria-invalid:border-bad w-full appearance-none rounded-md border pr-7 pl-2.5 disabled:opacity-50"
          >
            {options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
          <ChevronDown aria-hidden className="text-ink-muted pointer-events-none absolute right-2 size-3.5" />
        </span>
      )}
    </Field>
  )
}

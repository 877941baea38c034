'use client'

import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { buttonClassName } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'

export type ComboboxOption = { value: string; label: string; hint?: string }

export const OPTION =
  'flex min-h-control items-center gap-2 rounded-md px-2 select-none data-[selected=true]:bg-hover data-[disabled=true]:opacity-50'

/** The box that shows whether an option is chosen. */
export function OptionMark({ chosen }: { chosen: boolean }) {
  return (
    <span
      aria-hidden
      className={classNames(
        'flex size-3.5 shrink-0 items-center justify-center rounded-sm border',
        chosen ? 'border-accent bg-accent text-on-accent' : 'border-control-line',
      )}
    >
      {chosen && <Check className="size-3" strokeWidth={3} />}
    </span>
  )
}

/** Several of a known list, searchable. For lists too long to hand over see the filter bar's value picker. */
export function Combobox({
  label,
  options,
  selected,
  onChange,
  summary,
  searchable = options.length > 8,
  footer,
}: {
  label: string
  options: ComboboxOption[]
  selected: string[]
  onChange: (selected: string[]) => void
  /** What the closed control says, e.g. "prod, staging". */
  summary: ReactNode
  searchable?: boolean
  footer?: ReactNode
}) {
  const [open, setOpen] = useState(false)
  const toggle = (value: string) =>
    onChange(
      options
        .map((option) => option.value)
        .filter((known) => (known === value ? !selected.includes(value) : selected.includes(known))),
    )
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger className={buttonClassName('secondary')}>
        <span className="text-ink-muted font-normal">{label}</span>
        <span className="max-w-40 truncate">{summary}</span>
        <ChevronDown aria-hidden className="text-ink-muted size-3.5" />
      </PopoverTrigger>
      <PopoverContent label={label} className="w-60 p-1">
        <Command label={label} loop>
          <Command.Input
            placeholder="Search"
            className={
              searchable
                ? 'border-line placeholder:text-ink-faint mb-1 h-control w-full border-b bg-transparent px-2 outline-none'
                : 'sr-only'
            }
          />
          <Command.List label={label} aria-multiselectable className="scroll-slim max-h-72 overflow-auto">
            <Command.Empty className="text-ink-muted px-2 py-3">No match</Command.Empty>
            {options.map((option) => {
              const chosen = selected.includes(option.value)
              return (
                <Command.Item
                  key={option.value}
                  value={option.value}
                  keywords={[option.label]}
                  onSelect={() => toggle(option.value)}
                  className={OPTION}
                >
                  <OptionMark chosen={chosen} />
                  <span className="truncate">{option.label}</span>
                  {chosen && <span className="sr-only">chosen</span>}
                  {option.hint && <span className="text-ink-muted ml-auto text-xs">{option.hint}</span>}
                </Command.Item>
              )
            })}
          </Command.List>
        </Command>
        {footer && <div className="border-line mt-1 border-t pt-1">{footer}</div>}
      </PopoverContent>
    </Popover>
  )
}

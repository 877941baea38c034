'use client'

import { ToggleGroup } from 'radix-ui'
import { classNames } from '@/components/ui/class-names'

export type Segment = { value: string; label: string }

const GROUP = 'inline-flex h-control items-center rounded-md border border-line-strong bg-sunken p-px'
const SEGMENT =
  'inline-flex h-full items-center rounded-[0.3rem] px-2 text-ink-muted hover:text-ink font-medium whitespace-nowrap'
const CHOSEN = 'bg-surface text-ink ring-1 ring-line-strong'

/** One of a few values in sight of all of them; state lives in the caller. */
export function SegmentedControl({
  label,
  segments,
  value,
  onChange,
}: {
  label: string
  segments: Segment[]
  value: string
  onChange: (value: string) => void
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        if (next !== '') onChange(next)
      }}
      className={GROUP}
    >
      {segments.map((segment) => (
        <ToggleGroup.Item
          key={segment.value}
          value={segment.value}
          className={classNames(SEGMENT, segment.value === value && CHOSEN)}
        >
          {segment.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}

'use client'

import { CalendarDays, ChevronDown, ChevronLeft, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { type DateRange, DayPicker } from 'react-day-picker'
import { type CalendarDay, daysOfRange, parseDay, rangeOfDays } from '@/components/filters/filter-state'
import { Button, buttonClassName, iconButtonClassName } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'

// Calendar days have no zone: they travel through the picker as local midnights and are read back by local getters.
const toLocalDate = ({ year, month, day }: CalendarDay) => new Date(year, month - 1, day)
const toDay = (date: Date): CalendarDay => ({
  year: date.getFullYear(),
  month: date.getMonth() + 1,
  day: date.getDate(),
})

function CalendarChevron({ orientation }: { orientation?: 'up' | 'down' | 'left' | 'right' }) {
  const Icon = orientation === 'left' ? ChevronLeft : ChevronRight
  return <Icon aria-hidden className="size-4" />
}

const CALENDAR_PARTS = { Chevron: CalendarChevron }

/** The days between two clicks, in either order. */
const spanOf = (a: Date, b: Date): DateRange => (a <= b ? { from: a, to: b } : { from: b, to: a })

export type RangePreset = { name: string; label: string }

/** The range: presets, and a calendar in the workspace's zone whose days are whole days there. */
export function RangePicker({
  value,
  onChange,
  presets,
  resolved,
  today,
  timeZone,
}: {
  value: string
  onChange: (range: string) => void
  presets: readonly RangePreset[]
  /** The dates the range means now: "23 Oct – 21 Nov 2026". */
  resolved: string
  /** Today in the workspace's zone, `YYYY-MM-DD`. */
  today: string
  timeZone: string
}) {
  const [open, setOpen] = useState(false)
  const [draft, setDraft] = useState<DateRange | undefined>()
  const preset = presets.find((each) => each.name === value)
  const days = daysOfRange(value)
  const chosen = days ? { from: toLocalDate(days.first), to: toLocalDate(days.last) } : undefined
  const todayDate = toLocalDate(parseDay(today) ?? { year: 1970, month: 1, day: 1 })
  const selected = draft ?? chosen
  const choose = (range: string) => {
    setOpen(false)
    setDraft(undefined)
    onChange(range)
  }
  return (
    <Popover
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        setDraft(undefined)
      }}
    >
      <PopoverTrigger
        className={buttonClassName('secondary')}
        aria-label={`Range: ${preset?.label ?? 'Dates'}, ${resolved}`}
      >
        <CalendarDays aria-hidden className="text-ink-muted size-3.5" />
        <span>{preset?.label ?? resolved}</span>
        {preset && <span className="text-ink-muted hidden font-normal lg:inline">{resolved}</span>}
        <ChevronDown aria-hidden className="text-ink-muted size-3.5" />
      </PopoverTrigger>
      <PopoverContent label="Range" className="flex flex-col sm:flex-row">
        <ul className="border-line grid grid-cols-2 gap-px border-b p-1 sm:flex sm:w-36 sm:flex-col sm:border-r sm:border-b-0">
          {presets.map((each) => (
            <li key={each.name}>
              <button
                type="button"
                aria-pressed={each.name === value}
                onClick={() => choose(each.name)}
                className={classNames(
                  'h-control hover:bg-hover w-full rounded-md px-2 text-left',
                  each.name === value && 'bg-accent-soft text-accent-strong font-medium',
                )}
              >
                {each.label}
              </button>
            </li>
          ))}
        </ul>
        <div className="flex flex-col gap-2 p-3">
          <DayPicker
            mode="range"
            required={false}
            weekStartsOn={1}
            showOutsideDays={false}
            today={todayDate}
            defaultMonth={chosen?.to ?? todayDate}
            endMonth={todayDate}
            disabled={{ after: todayDate }}
            selected={selected}
            onSelect={(_, day) => {
              const start = draft?.from
              setDraft(start && !draft.to ? spanOf(start, day) : { from: day, to: undefined })
            }}
            components={CALENDAR_PARTS}
            classNames={{
              root: 'relative',
              months: 'relative',
              month_caption: 'flex h-7 items-center px-1 font-medium',
              nav: 'absolute top-0 right-0 flex gap-1',
              button_previous: iconButtonClassName('quiet', 'aria-disabled:opacity-40'),
              button_next: iconButtonClassName('quiet', 'aria-disabled:opacity-40'),
              month_grid: 'mt-1 border-collapse',
              weekday: 'text-ink-muted h-7 w-9 text-xs font-normal',
              day: 'p-0 text-center',
              day_button: 'hover:bg-hover h-8 w-9 rounded-md disabled:pointer-events-none',
              today: 'font-semibold text-accent',
              disabled: 'text-ink-faint opacity-50',
              range_start: 'bg-accent-soft rounded-l-md [&>button]:bg-accent! [&>button]:text-on-accent',
              range_end: 'bg-accent-soft rounded-r-md [&>button]:bg-accent! [&>button]:text-on-accent',
              range_middle: 'bg-accent-soft',
            }}
          />
          <div className="border-line flex items-center justify-between gap-3 border-t pt-2">
            <p className="text-ink-muted text-xs">Whole days in {timeZone}</p>
            <Button
              variant="primary"
              disabled={!draft?.from}
              onClick={() => {
                if (draft?.from) choose(rangeOfDays(toDay(draft.from), toDay(draft.to ?? draft.from)))
              }}
            >
              Apply
            </Button>
          </div>
        </div>
      </PopoverContent>
    </Popover>
  )
}

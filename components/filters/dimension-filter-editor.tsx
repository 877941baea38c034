'use client'

import { Command } from 'cmdk'
import { ChevronLeft } from 'lucide-react'
import { useRef, useState } from 'react'
import type { DimensionFilter, DimensionOption, ValueOption } from '@/components/filters/filter-state'
import { Button, IconButton } from '@/components/ui/button'
import { OPTION, OptionMark } from '@/components/ui/combobox'
import { SegmentedControl } from '@/components/ui/segmented-control'

export type LoadOptions = (dimension: string, search: string) => Promise<ValueOption[]>

type Loaded = { state: 'idle' | 'loading' | 'failed' } | { state: 'ready'; options: ValueOption[] }

const TYPING_PAUSE_MS = 180
const SEARCH_FIELD =
  'border-line placeholder:text-ink-faint mb-1 h-control w-full border-b bg-transparent px-2 outline-none'
const itemKey = (value: string | null) => (value === null ? 'unattributed' : `=${value}`)
const OPERATORS = [
  { value: 'in', label: 'is' },
  { value: 'notIn', label: 'is not' },
]

/** Dimension, then operator and values with type-ahead; nothing changes until Apply. */
export function DimensionFilterEditor({
  dimensions,
  initial,
  loadOptions,
  onApply,
}: {
  dimensions: readonly DimensionOption[]
  initial: DimensionFilter | null
  loadOptions: LoadOptions
  onApply: (filter: DimensionFilter) => void
}) {
  const [draft, setDraft] = useState<DimensionFilter | null>(initial)
  const [loaded, setLoaded] = useState<Loaded>({ state: 'idle' })
  const [search, setSearch] = useState('')
  const [active, setActive] = useState('')
  const turn = useRef(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const load = (dimension: string, text: string, pauseMs: number) => {
    turn.current += 1
    const mine = turn.current
    clearTimeout(timer.current)
    setLoaded((before) => (before.state === 'ready' ? before : { state: 'loading' }))
    timer.current = setTimeout(() => {
      loadOptions(dimension, text).then(
        (options) => {
          if (mine !== turn.current) return
          setLoaded({ state: 'ready', options })
          const [first] = options
          if (first) setActive(itemKey(first.value))
        },
        () => {
          if (mine === turn.current) setLoaded({ state: 'failed' })
        },
      )
    }, pauseMs)
  }
  const start = (dimension: string) => {
    setDraft({ dimension, operator: 'in', values: [] })
    setSearch('')
    setLoaded({ state: 'loading' })
    load(dimension, '', 0)
  }

  if (!draft) {
    return (
      <Command label="Dimension" loop>
        <Command.Input autoFocus placeholder="Filter by" className={SEARCH_FIELD} />
        <Command.List label="Dimensions" className="scroll-slim max-h-72 overflow-auto">
          <Command.Empty className="text-ink-muted px-2 py-3">No such dimension</Command.Empty>
          {dimensions.map((dimension) => (
            <Command.Item
              key={dimension.name}
              value={dimension.name}
              keywords={[dimension.label]}
              onSelect={() => start(dimension.name)}
              className={OPTION}
            >
              {dimension.label}
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    )
  }

  const label = dimensions.find((dimension) => dimension.name === draft.dimension)?.label ?? draft.dimension
  const toggle = (value: string | null) =>
    setDraft({
      ...draft,
      values: draft.values.includes(value) ? draft.values.filter((each) => each !== value) : [...draft.values, value],
    })
  const found = loaded.state === 'ready' ? loaded.options : []
  const listed: ValueOption[] = [
    ...draft.values
      .filter((value) => !found.some((option) => option.value === value))
      .map((value) => ({ value, label: value ?? 'unattributed' })),
    ...found,
  ]
  const typed = search.trim()
  const offersTyped = typed !== '' && loaded.state === 'ready' && !listed.some((option) => option.value === typed)
  return (
    <div>
      <div className="flex items-center gap-2 px-1 pt-1 pb-2">
        {!initial && (
          <IconButton label="Back to dimensions" onClick={() => setDraft(null)}>
            <ChevronLeft aria-hidden className="size-4" />
          </IconButton>
        )}
        <span className="mr-auto truncate font-medium">{label}</span>
        <SegmentedControl
          label="Operator"
          segments={OPERATORS}
          value={draft.operator}
          onChange={(operator) => setDraft({ ...draft, operator: operator === 'notIn' ? 'notIn' : 'in' })}
        />
      </div>
      <Command label={`Values of ${label}`} shouldFilter={false} value={active} onValueChange={setActive} loop>
        <Command.Input
          autoFocus
          placeholder={`Search ${label.toLowerCase()}`}
          value={search}
          // The editor of an existing filter opens without its values: they are first needed now.
          onFocus={() => {
            if (loaded.state === 'idle') load(draft.dimension, '', 0)
          }}
          onValueChange={(text) => {
            setSearch(text)
            load(draft.dimension, text, TYPING_PAUSE_MS)
          }}
          className={SEARCH_FIELD}
        />
        <Command.List label={`Values of ${label}`} aria-multiselectable className="scroll-slim h-56 overflow-auto">
          {loaded.state === 'loading' && (
            <Command.Loading className="text-ink-muted px-2 py-1">Loading</Command.Loading>
          )}
          {loaded.state === 'failed' && (
            <p role="alert" className="text-bad px-2 py-1">
              Values could not be loaded. Type the whole value, or close and try again.
            </p>
          )}
          {loaded.state === 'ready' && <Command.Empty className="text-ink-muted px-2 py-3">No match</Command.Empty>}
          {listed.map((option) => {
            const chosen = draft.values.includes(option.value)
            return (
              <Command.Item
                key={itemKey(option.value)}
                value={itemKey(option.value)}
                onSelect={() => toggle(option.value)}
                className={OPTION}
              >
                <OptionMark chosen={chosen} />
                <span className={option.value === null ? 'text-ink-muted italic' : 'truncate'} title={option.label}>
                  {option.label}
                </span>
                {chosen && <span className="sr-only">chosen</span>}
                {option.hint && <span className="text-ink-muted ml-auto shrink-0 text-xs">{option.hint}</span>}
              </Command.Item>
            )
          })}
          {(offersTyped || (loaded.state === 'failed' && typed !== '')) && (
            <Command.Item value={`typed ${typed}`} onSelect={() => toggle(typed)} className={OPTION}>
              <OptionMark chosen={false} />
              <span className="truncate">Use “{typed}”</span>
            </Command.Item>
          )}
        </Command.List>
      </Command>
      <div className="border-line mt-1 flex items-center justify-between gap-2 border-t px-1 pt-2 pb-1">
        <span className="text-ink-muted text-xs">{draft.values.length} chosen</span>
        <Button variant="primary" disabled={draft.values.length === 0 && !initial} onClick={() => onApply(draft)}>
          {draft.values.length === 0 && initial ? 'Remove filter' : 'Apply'}
        </Button>
      </div>
    </div>
  )
}

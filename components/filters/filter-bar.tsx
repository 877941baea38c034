'use client'

import { ListFilter, X } from 'lucide-react'
import { useState } from 'react'
import { DimensionFilterEditor, type LoadOptions } from '@/components/filters/dimension-filter-editor'
import {
  type DimensionFilter,
  type DimensionOption,
  describeFilter,
  EVERYTHING,
  type FilterState,
  withDimensionFilter,
} from '@/components/filters/filter-state'
import { RangePicker, type RangePreset } from '@/components/filters/range-picker'
import { Button, buttonClassName } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { Combobox, type ComboboxOption } from '@/components/ui/combobox'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { Select, type SelectOption } from '@/components/ui/select'
import { COST_VIEW_LABELS, COST_VIEWS, isCostView } from '@/lib/fixed-costs/cost-view'

export type FilterBarProps = {
  value: FilterState
  onChange: (next: FilterState) => void
  loadOptions: LoadOptions
  presets: readonly RangePreset[]
  granularities: readonly SelectOption[]
  /** What an unset granularity means for this range: "day". */
  automaticGranularity: string
  environments: readonly ComboboxOption[]
  dataModes: readonly ComboboxOption[]
  /** The workspace's default scope: what empty lists mean. */
  defaultEnvironments: readonly string[]
  defaultDataModes: readonly string[]
  /** Dimensions that chips may filter by (environment and data mode have their own controls). */
  dimensions: readonly DimensionOption[]
  /** What figures can be shown under. */
  scenarios: readonly { id: number; name: string }[]
  /** The dates the range means: "23 Oct – 21 Nov 2026". */
  resolvedRange: string
  /** Today in the workspace's zone, `YYYY-MM-DD`. */
  today: string
  timeZone: string
  /** Hides what a page does not use. */
  omit?: readonly ('grain' | 'compare' | 'costView')[]
  isPending?: boolean
}

const COMPARISONS: SelectOption[] = [
  { value: 'previous', label: 'vs previous window' },
  { value: 'sameLastWeek', label: 'vs same time last week' },
  { value: 'none', label: 'No comparison' },
]

const COST_VIEW_OPTIONS: SelectOption[] = COST_VIEWS.map((value) => ({ value, label: COST_VIEW_LABELS[value] }))

/** The one filter bar: range, granularity, scope, comparison, and any dimension as chips. */
export function FilterBar(props: FilterBarProps) {
  const { value, onChange, dimensions, loadOptions } = props
  const [editing, setEditing] = useState<number | null>(null)
  const scoped = value.environments.length > 0 || value.dataModes.length > 0
  const dirty = scoped || value.filters.length > 0
  const apply = (index: number, filter: DimensionFilter) => {
    setEditing(null)
    onChange({ ...value, filters: withDimensionFilter(value.filters, index, filter) })
  }
  return (
    <fieldset
      aria-busy={props.isPending}
      className={classNames('flex min-w-0 flex-wrap items-center gap-1.5', props.isPending && 'opacity-80')}
    >
      <legend className="sr-only">Filters</legend>
      <RangePicker
        value={value.range}
        onChange={(range) => onChange({ ...value, range })}
        presets={props.presets}
        resolved={props.resolvedRange}
        today={props.today}
        timeZone={props.timeZone}
      />
      {!props.omit?.includes('grain') && (
        <Select
          label="Granularity"
          value={value.grain ?? ''}
          onChange={(event) => onChange({ ...value, grain: event.target.value || null })}
          options={[{ value: '', label: `By ${props.automaticGranularity} (auto)` }, ...props.granularities]}
        />
      )}
      {!props.omit?.includes('compare') && (
        <Select
          label="Compare to"
          value={value.compare}
          onChange={(event) => {
            const { value: chosen } = event.target
            onChange({ ...value, compare: chosen === 'sameLastWeek' || chosen === 'none' ? chosen : 'previous' })
          }}
          options={COMPARISONS}
        />
      )}
      {!props.omit?.includes('costView') && (
        <Select
          label="Spend"
          value={value.costView}
          onChange={({ target }) => {
            if (isCostView(target.value)) onChange({ ...value, costView: target.value })
          }}
          options={COST_VIEW_OPTIONS}
        />
      )}
      <ScopePicker
        label="Environment"
        options={props.environments}
        value={value.environments}
        fallback={props.defaultEnvironments}
        onChange={(environments) => onChange({ ...value, environments })}
      />
      <ScopePicker
        label="Data"
        options={props.dataModes}
        value={value.dataModes}
        fallback={props.defaultDataModes}
        onChange={(dataModes) => onChange({ ...value, dataModes })}
      />
      {value.filters.map((filter, index) => {
        const label = dimensions.find((dimension) => dimension.name === filter.dimension)?.label ?? filter.dimension
        return (
          <span
            key={`${filter.dimension}-${filter.operator}-${filter.values.join('\u0000')}`}
            className="bg-accent-soft text-accent-strong inline-flex h-control max-w-full items-center rounded-md"
          >
            <Popover open={editing === index} onOpenChange={(open) => setEditing(open ? index : null)}>
              <PopoverTrigger className="flex h-full min-w-0 items-center gap-1 rounded-l-md pl-2.5 whitespace-nowrap">
                <span className="font-medium">{label}</span>
                <span className="max-w-56 truncate">{describeFilter(filter)}</span>
              </PopoverTrigger>
              <PopoverContent label={`Filter by ${label}`} className="w-72 p-1">
                <DimensionFilterEditor
                  dimensions={dimensions}
                  initial={filter}
                  loadOptions={loadOptions}
                  onApply={(next) => apply(index, next)}
                />
              </PopoverContent>
            </Popover>
            <button
              type="button"
              aria-label={`Remove filter: ${label} ${describeFilter(filter)}`}
              onClick={() => onChange({ ...value, filters: value.filters.filter((_, at) => at !== index) })}
              className="flex h-full w-7 items-center justify-center rounded-r-md hover:text-ink"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          </span>
        )
      })}
      <Popover
        open={editing === value.filters.length}
        onOpenChange={(open) => setEditing(open ? value.filters.length : null)}
      >
        <PopoverTrigger data-shortcut="filter" aria-keyshortcuts="/" className={buttonClassName('quiet')}>
          <ListFilter aria-hidden className="size-3.5" />
          Filter
        </PopoverTrigger>
        <PopoverContent label="Add filter" className="w-72 p-1">
          <DimensionFilterEditor
            dimensions={dimensions}
            initial={null}
            loadOptions={loadOptions}
            onApply={(next) => apply(value.filters.length, next)}
          />
        </PopoverContent>
      </Popover>
      {props.scenarios.length > 0 && (
        <Select
          label="Scenario"
          className="max-w-64"
          value={value.scenario === null ? '' : String(value.scenario)}
          onChange={(event) => {
            const chosen = props.scenarios.find(({ id }) => String(id) === event.target.value)
            onChange({ ...value, scenario: chosen?.id ?? null })
          }}
          options={[
            { value: '', label: 'Actual spend' },
            ...props.scenarios.map(({ id, name }) => ({ value: String(id), label: `Scenario: ${name}` })),
          ]}
        />
      )}
      {dirty && (
        <Button variant="quiet" onClick={() => onChange({ ...value, environments: [], dataModes: [], filters: [] })}>
          Clear all
        </Button>
      )}
    </fieldset>
  )
}

/** Environments or data modes: the default unless chosen; all of them lifts the scope. */
function ScopePicker({
  label,
  options,
  value,
  fallback,
  onChange,
}: {
  label: string
  options: readonly ComboboxOption[]
  value: string[]
  fallback: readonly string[]
  onChange: (value: string[]) => void
}) {
  const everything = options.map((option) => option.value)
  const effective = value.includes(EVERYTHING) ? everything : value.length > 0 ? value : fallback
  const names = everything.filter((name) => effective.includes(name))
  return (
    <Combobox
      label={label}
      options={[...options]}
      selected={names}
      summary={names.length === everything.length ? 'all' : names.join(', ')}
      onChange={(next) => {
        const isDefault = next.length === fallback.length && next.every((name) => fallback.includes(name))
        onChange(isDefault || next.length === 0 ? [] : next.length === everything.length ? [EVERYTHING] : next)
      }}
    />
  )
}

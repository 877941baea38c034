'use client'

import { X } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { loadValues } from '@/app/(console)/w/[workspace]/page-frame'
import { DimensionFilterEditor } from '@/components/filters/dimension-filter-editor'
import { type DimensionFilter, describeFilter } from '@/components/filters/filter-state'
import { Button } from '@/components/ui/button'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { dimensionLabel, FIXED_DIMENSION_NAMES, isDimensionName } from '@/lib/metrics/registry'
import { ruleFilter } from '@/lib/rules/rule-schema'

const DIMENSIONS = FIXED_DIMENSION_NAMES.filter((name) => name !== 'workspace').map((name) => ({
  name,
  label: dimensionLabel(name),
}))

const filtersSchema = z.array(ruleFilter)

const labelOf = (name: string): string => (isDimensionName(name) ? dimensionLabel(name) : name)

/** What a rule is narrowed to; `value` is the JSON that the form sends. */
export function RuleFilters({
  workspace,
  value,
  error,
  onChange,
}: {
  workspace: string
  value: string
  error?: string
  onChange: (value: string) => void
}) {
  const [isOpen, setOpen] = useState(false)
  const filters: DimensionFilter[] = filtersSchema.parse(JSON.parse(value))
  const store = (next: readonly DimensionFilter[]) => onChange(JSON.stringify(next))
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 font-medium">Filters</legend>
      <div className="flex flex-wrap items-center gap-1.5">
        {filters.map((filter, index) => (
          <span
            key={`${filter.dimension}-${filter.operator}-${filter.values.join('\u0000')}`}
            className="bg-accent-soft text-accent-strong h-control inline-flex max-w-full items-center rounded-md pl-2.5"
          >
            <span className="mr-1 font-medium">{labelOf(filter.dimension)}</span>
            <span className="max-w-56 truncate">{describeFilter(filter)}</span>
            <button
              type="button"
              aria-label={`Remove filter: ${labelOf(filter.dimension)} ${describeFilter(filter)}`}
              onClick={() => store(filters.filter((_, at) => at !== index))}
              className="hover:text-ink flex h-full w-7 items-center justify-center rounded-r-md"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          </span>
        ))}
        <Popover open={isOpen} onOpenChange={setOpen}>
          <PopoverTrigger asChild>
            <Button>Add filter</Button>
          </PopoverTrigger>
          <PopoverContent label="Filter the rule" className="w-72 p-1">
            <DimensionFilterEditor
              dimensions={DIMENSIONS.filter(({ name }) => !filters.some(({ dimension }) => dimension === name))}
              initial={null}
              loadOptions={(dimension, search) =>
                loadValues(workspace, new URLSearchParams({ dimension, search, range: '90d', filters: '[]' }))
              }
              onApply={(filter) => {
                setOpen(false)
                if (filter.values.length > 0) store([...filters, filter])
              }}
            />
          </PopoverContent>
        </Popover>
      </div>
      <p className={error ? 'text-bad text-xs' : 'text-ink-muted text-xs'}>
        {error ?? 'Without filters: everything in the workspace’s default environment and data mode.'}
      </p>
    </fieldset>
  )
}

'use client'

import { usePathname, useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { FilterBar, type FilterBarProps } from '@/components/filters/filter-bar'
import type { FilterState } from '@/components/filters/filter-state'
import { isDimensionName } from '@/lib/metrics/registry'
import { formatViewState, RANGE_PRESETS, type ViewState } from '@/lib/metrics/url-state'
import { type BucketGranularity, GRANULARITIES } from '@/lib/time'

const PRESETS = Object.entries(RANGE_PRESETS).map(([name, label]) => ({ name, label }))

const isBucket = (name: string | null): name is BucketGranularity =>
  name !== null && name !== 'none' && GRANULARITIES.some((known) => known === name)

/** The view with what the filter bar decides replaced; what belongs to the page (stacking, sort) stays. */
function applyFilterState(view: ViewState, next: FilterState): ViewState {
  return {
    ...view,
    range: next.range,
    grain: isBucket(next.grain) ? next.grain : null,
    environments: next.environments,
    dataModes: next.dataModes,
    compare: next.compare,
    scenario: next.scenario,
    costView: next.costView,
    filters: next.filters.flatMap(({ dimension, operator, values }) =>
      isDimensionName(dimension) ? [{ dimension, operator, values }] : [],
    ),
  }
}

/** The filter bar of a page whose state is its URL. */
export function UrlFilterBar({
  view,
  ...props
}: Omit<FilterBarProps, 'value' | 'onChange' | 'presets' | 'isPending'> & { view: ViewState }) {
  const router = useRouter()
  const pathname = usePathname()
  const [isPending, startTransition] = useTransition()
  return (
    <FilterBar
      {...props}
      presets={PRESETS}
      value={view}
      isPending={isPending}
      onChange={(next) =>
        startTransition(() =>
          router.push(`${pathname}${formatViewState(applyFilterState(view, next))}`, { scroll: false }),
        )
      }
    />
  )
}

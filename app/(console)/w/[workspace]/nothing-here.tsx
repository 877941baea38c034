'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { scenarioHref } from '@/components/shell/navigation'
import { EmptyState, ErrorState } from '@/components/ui/states'

/** Says what was not found: the page, or the scenario that its address names. */
export function NothingHere() {
  const pathname = usePathname()
  const params = useSearchParams()
  const isScenario = params.has('scenario')
  return (
    <>
      <h1 className="sr-only">Not found</h1>
      {isScenario ? (
        <ErrorState
          title="There is no such scenario"
          action={{ label: 'Show actual spend', href: scenarioHref(null, pathname, params), loads: true }}
        >
          It was removed, or it belongs to another workspace. Nothing is shown in its place.
        </ErrorState>
      ) : (
        <EmptyState title="This page does not exist" action={{ label: 'Go to your workspace', href: '/' }}>
          The address may be mistyped, or what it led to was removed.
        </EmptyState>
      )}
    </>
  )
}

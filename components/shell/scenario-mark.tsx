'use client'

import { FlaskConical } from 'lucide-react'
import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import { Banner } from '@/components/shell/banner'
import { isHere, type ShellPage, scenarioHref } from '@/components/shell/navigation'
import { Badge } from '@/components/ui/badge'
import { ButtonLink } from '@/components/ui/button'

/** The title of what is shown under a scenario. */
export function ScenarioTitle({ title }: { title: string }) {
  return (
    <span className="flex items-center gap-2">
      {title}
      <Badge tone="warn">Scenario</Badge>
    </span>
  )
}

/** In sight as long as a page is shown under a scenario: its name, that nothing of it was spent, and the way back. */
export function ScenarioStrip({ name, href }: { name: string; href: string }) {
  const pathname = usePathname()
  const params = useSearchParams()
  return (
    <section
      aria-label="Scenario"
      className="border-warn bg-warn-soft text-warn sticky top-12 z-10 -mx-4 flex flex-wrap items-center gap-x-3 gap-y-1 border-y px-4 py-1.5 sm:-mx-6 sm:px-6 md:top-0"
    >
      <FlaskConical aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 grow basis-40">
        <strong className="font-semibold">
          Scenario:{' '}
          <Link href={href} className="wrap-anywhere underline underline-offset-2">
            {name}
          </Link>
        </strong>
        . These figures are not what was spent
        <span className="max-sm:sr-only">, nor are those that they are compared with</span>.
      </p>
      <ButtonLink href={scenarioHref(null, pathname, params)}>Show actual spend</ButtonLink>
    </section>
  )
}

/** Says that a page is not shown under the scenario that its address names. */
export function ActualNotice({ pages }: { pages: readonly ShellPage[] }) {
  const pathname = usePathname()
  const params = useSearchParams()
  const page = pages.find((each) => isHere(each, pathname))
  if (!params.has('scenario') || page?.takesScenario) return null
  return <Banner tone="warn">Actual figures: this page is not shown under a scenario.</Banner>
}

'use client'

import Link from 'next/link'
import { Tooltip as RadixTooltip } from 'radix-ui'
import { type ReactNode, useId, useState } from 'react'
import { classNames } from '@/components/ui/class-names'
import { FLOATING } from '@/components/ui/popover'

/** What a number is: shown on hover, on keyboard focus and on tap. */
export type Explanation = {
  definition: string
  numerator?: string
  denominator?: string
  scope?: string
  freshness?: string
  /** The unrounded value, its unit included. */
  exact?: string
}

function ExplanationBody({ title, explanation }: { title: string; explanation: Explanation }) {
  const facts: [string, string | undefined][] = [
    ['Numerator', explanation.numerator],
    ['Denominator', explanation.denominator],
    ['Exact', explanation.exact],
    ['Scope', explanation.scope],
    ['Freshness', explanation.freshness],
  ]
  const given = facts.filter(([, value]) => value !== undefined)
  return (
    <div className="flex flex-col gap-2 text-left font-normal">
      <p>
        <span className="font-semibold">{title}.</span> {explanation.definition}
      </p>
      {given.length > 0 && (
        <dl className="border-line grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 border-t pt-2">
          {given.map(([term, value]) => (
            <div key={term} className="contents">
              <dt className="text-ink-muted">{term}</dt>
              <dd className="break-words">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}

/** Text that explains itself; with `href` it is a link, otherwise a button, so that the keyboard reaches it. */
export function Explain({
  title,
  explanation,
  href,
  className,
  underline = true,
  children,
}: {
  title: string
  explanation: Explanation
  href?: string
  className?: string
  underline?: boolean
  children: ReactNode
}) {
  const [open, setOpen] = useState(false)
  const [landmark, setLandmark] = useState<HTMLElement | null>(null)
  const triggerId = useId()
  const show = (next: boolean) => {
    // Inside the landmark of its trigger, so that assistive technology finds the text where it belongs.
    if (next) setLandmark(document.getElementById(triggerId)?.closest('main') ?? null)
    setOpen(next)
  }
  const look = classNames(
    'rounded-sm [text-align:inherit]',
    underline && 'underline decoration-dotted decoration-line-strong underline-offset-3 hover:decoration-current',
    className,
  )
  return (
    <RadixTooltip.Provider delayDuration={200}>
      <RadixTooltip.Root open={open} onOpenChange={show}>
        <RadixTooltip.Trigger asChild>
          {href ? (
            <Link id={triggerId} href={href} className={look}>
              {children}
            </Link>
          ) : (
            <button
              id={triggerId}
              type="button"
              className={look}
              // A tap has no hover: without this Radix closes on press and phones never see the definition.
              onPointerDown={(event) => event.preventDefault()}
              onClick={(event) => {
                event.preventDefault()
                show(true)
              }}
            >
              {children}
            </button>
          )}
        </RadixTooltip.Trigger>
        <RadixTooltip.Portal container={landmark}>
          <RadixTooltip.Content
            side="bottom"
            align="start"
            sideOffset={4}
            collisionPadding={8}
            className={`${FLOATING} w-80 max-w-[calc(100vw-1rem)] p-3 text-xs`}
          >
            <ExplanationBody title={title} explanation={explanation} />
          </RadixTooltip.Content>
        </RadixTooltip.Portal>
      </RadixTooltip.Root>
    </RadixTooltip.Provider>
  )
}

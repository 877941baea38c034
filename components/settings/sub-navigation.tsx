'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { classNames } from '@/components/ui/class-names'

/** Pages beside each other under one heading. */
export function SubNavigation({
  label,
  pages,
}: {
  label: string
  pages: readonly { href: string; label: string /** Where the path alone does not say. */; here?: boolean }[]
}) {
  const pathname = usePathname()
  return (
    <nav aria-label={label} className="border-line scroll-slim overflow-x-auto border-b">
      <ul className="flex gap-4">
        {pages.map((page) => {
          const here = page.here ?? pathname === page.href
          return (
            <li key={page.href}>
              <Link
                href={page.href}
                aria-current={here ? 'page' : undefined}
                className={classNames(
                  'flex h-9 items-center border-b-2 px-0.5 whitespace-nowrap',
                  here
                    ? 'border-accent text-ink font-medium'
                    : 'text-ink-muted hover:text-ink border-transparent hover:border-line-strong',
                )}
              >
                {page.label}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

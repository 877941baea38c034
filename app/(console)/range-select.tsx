'use client'

import { usePathname, useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { Select } from '@/components/ui/select'

/** The range of a page that has no other filter; it lives in the address. */
export function RangeSelect({ value, options }: { value: string; options: { value: string; label: string }[] }) {
  const router = useRouter()
  const pathname = usePathname()
  const [isPending, startTransition] = useTransition()
  return (
    <Select
      label="Range"
      options={options}
      value={value}
      aria-busy={isPending}
      onChange={(event) => {
        const next = encodeURIComponent(event.target.value)
        startTransition(() => router.push(`${pathname}?range=${next}`, { scroll: false }))
      }}
    />
  )
}

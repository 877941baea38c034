'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { Select } from '@/components/ui/select'

/** The range of the portfolio; it lives in the address. */
export function PortfolioRange({ value, options }: { value: string; options: { value: string; label: string }[] }) {
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  return (
    <Select
      label="Range"
      options={options}
      value={value}
      aria-busy={isPending}
      onChange={(event) => {
        const next = encodeURIComponent(event.target.value)
        startTransition(() => router.push(`/portfolio?range=${next}`, { scroll: false }))
      }}
    />
  )
}

'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { costsHref } from '@/app/(console)/w/[workspace]/costs/costs-href'
import { Select } from '@/components/ui/select'

/** The month that is shown; it lives in the address. */
export function MonthSelect({
  workspace,
  value,
  options,
}: {
  workspace: string
  value: string
  options: { value: string; label: string }[]
}) {
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  return (
    <Select
      label="Month"
      options={options}
      value={value}
      aria-busy={isPending}
      onChange={(event) => {
        const { value: month } = event.target
        startTransition(() => router.push(costsHref(workspace, month), { scroll: false }))
      }}
    />
  )
}

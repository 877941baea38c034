'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { costsHref } from '@/app/(console)/w/[workspace]/costs/costs-href'
import { Combobox } from '@/components/ui/combobox'
import { Select } from '@/components/ui/select'

/** Which pool is set against which models; both live in the address. */
export function ComparisonControls({
  workspace,
  month,
  pool,
  pools,
  chosen,
  models,
}: {
  workspace: string
  month: string
  pool: number
  pools: { value: string; label: string }[]
  chosen: string[]
  models: string[]
}) {
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  const show = (next: { pool: number; alternatives: string[] }) =>
    startTransition(() => router.push(costsHref(workspace, month, next), { scroll: false }))
  return (
    <div className="flex flex-wrap items-center gap-1.5" aria-busy={isPending}>
      {pools.length > 1 && (
        <Select
          label="Pool"
          options={pools}
          value={String(pool)}
          onChange={({ target }) => show({ pool: Number(target.value), alternatives: chosen })}
        />
      )}
      <Combobox
        label="Against"
        options={models.map((value) => ({ value, label: value }))}
        selected={chosen}
        summary={chosen.length === 1 ? '1 model' : `${chosen.length} models`}
        onChange={(alternatives) => show({ pool, alternatives })}
      />
    </div>
  )
}

'use client'

import { useState } from 'react'
import { CLASS_LABELS } from '@/app/(console)/w/[workspace]/prices/price-text'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/input'
import { type TierRow, tierFieldOf, unitsPerPrice } from '@/lib/pricing/contract-form'
import { PRICED_CLASSES } from '@/lib/pricing/price-usage'

const CLASS_OPTIONS = PRICED_CLASSES.map((value) => ({ value, label: CLASS_LABELS[value].label }))

/** Most schedules have a price for input up to a volume, one beyond it, and one for output. */
const FIRST_ROWS: readonly (TierRow & { key: number })[] = [
  { key: 0, priceClass: 'inputUncached', upTo: '', price: '' },
  { key: 1, priceClass: 'inputUncached', upTo: '', price: '' },
  { key: 2, priceClass: 'output', upTo: '', price: '' },
]

/** The tiers of a volume schedule, sent as one field `tiers`. */
export function TierRows({ errors }: { errors: Readonly<Record<string, string>> }) {
  const [rows, setRows] = useState(FIRST_ROWS)
  const change = (key: number, next: Partial<TierRow>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...next } : row)))
  const add = () => {
    const last = rows.at(-1)
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1
    setRows([...rows, { key, priceClass: last?.priceClass ?? 'inputUncached', upTo: '', price: '' }])
  }
  return (
    <fieldset className="border-line flex flex-col gap-3 border-t pt-3">
      <legend className="text-ink-muted float-left mb-2 w-full text-xs font-medium">
        Tiers of the calendar month, each part at its own price
      </legend>
      <input
        type="hidden"
        name="tiers"
        value={JSON.stringify(rows.map(({ priceClass, upTo, price }) => ({ priceClass, upTo, price })))}
      />
      <p className="text-ink-muted clear-both text-xs">
        What the month’s units cost together is spread evenly over them, so that each costs the same. The last tier of a
        class has no end. Classes without a tier are billed, and counted, as the class that they fall back to.
      </p>
      {rows.map(({ key, priceClass, upTo, price }, row) => (
        <fieldset key={key} className="grid grid-cols-2 items-start gap-3 sm:grid-cols-[1fr_1fr_1fr_auto]">
          <legend className="sr-only">Tier {row + 1}</legend>
          <SelectField
            id={`contract-tier-${key}-class`}
            label="Class"
            options={CLASS_OPTIONS}
            value={priceClass}
            onChange={(event) => {
              const found = PRICED_CLASSES.find((name) => name === event.target.value)
              if (found) change(key, { priceClass: found })
            }}
          />
          <Field
            id={`contract-tier-${key}-end`}
            label="Up to units"
            hint="Empty: no end."
            error={errors[tierFieldOf(row, 'upTo')]}
          >
            {(field) => (
              <Input
                {...field}
                inputMode="numeric"
                autoComplete="off"
                value={upTo}
                onChange={(event) => change(key, { upTo: event.target.value })}
              />
            )}
          </Field>
          <Field
            id={`contract-tier-${key}-price`}
            label="Price"
            hint={unitsPerPrice(priceClass) === 1_000 ? 'Per 1,000 requests.' : 'Per 1M tokens.'}
            error={errors[tierFieldOf(row, 'price')]}
          >
            {(field) => (
              <Input
                {...field}
                inputMode="decimal"
                autoComplete="off"
                value={price}
                onChange={(event) => change(key, { price: event.target.value })}
              />
            )}
          </Field>
          <Button
            variant="quiet"
            className="mt-6"
            aria-label={`Remove tier ${row + 1}`}
            onClick={() => setRows(rows.filter((each) => each.key !== key))}
          >
            Remove
          </Button>
        </fieldset>
      ))}
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={add}>Add tier</Button>
        {errors.tiers && (
          <span role="alert" className="text-bad text-xs">
            {errors.tiers}
          </span>
        )}
      </div>
    </fieldset>
  )
}

'use client'

import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import { Field, Input } from '@/components/ui/input'

/** Enters one exchange rate. */
export function RateForm({ action }: { action: SettingsAction }) {
  return (
    <ActionForm action={action} submitLabel="Add rate">
      {({ errors }) => (
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Field id="rate-currency" label="Currency" hint="Such as EUR." error={errors.currency}>
            {(field) => <Input {...field} name="currency" required maxLength={3} autoComplete="off" />}
          </Field>
          <Field id="rate-day" label="Day" error={errors.day}>
            {(field) => <Input {...field} name="day" type="date" required />}
          </Field>
          <Field id="rate-rateToUsd" label="USD for one" hint="Such as 1.0842." error={errors.rateToUsd}>
            {(field) => <Input {...field} name="rateToUsd" inputMode="decimal" required autoComplete="off" />}
          </Field>
          <Field id="rate-source" label="Source" hint="Such as ECB." error={errors.source}>
            {(field) => <Input {...field} name="source" required maxLength={200} autoComplete="off" />}
          </Field>
        </div>
      )}
    </ActionForm>
  )
}

/** Uploads exchange rates as CSV. */
export function RatesFile({ action }: { action: SettingsAction }) {
  return (
    <ActionForm action={action} submitLabel="Upload rates" variant="secondary">
      {({ errors }) => (
        <Field id="rates-file" label="CSV" hint="Columns: currency, date, rate, source." error={errors.file}>
          {(field) => (
            <Input
              {...field}
              name="file"
              type="file"
              accept="text/csv,.csv"
              required
              className="file:text-ink h-auto py-1 file:mr-2 file:font-medium"
            />
          )}
        </Field>
      )}
    </ActionForm>
  )
}

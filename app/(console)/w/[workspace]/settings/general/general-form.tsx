'use client'

import { saveSettingsAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { ActionForm } from '@/components/settings/action-form'
import { CheckboxGroup } from '@/components/settings/checkbox-group'
import { SelectField } from '@/components/settings/select-field'
import { TimeZoneField } from '@/components/settings/time-zone-field'
import { Field, Input } from '@/components/ui/input'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
].map((label, index) => ({ value: String(index + 1), label }))

export type GeneralSettings = {
  slug: string
  name: string
  timeZone: string
  currency: string
  fiscalYearStartMonth: number
  defaultEnvironments: string[]
  defaultDataModes: string[]
  costPreference: 'reported' | 'book'
  retentionDays: number | null
}

export function GeneralForm({
  workspace,
  currencies,
  timeZones,
}: {
  workspace: GeneralSettings
  currencies: readonly string[]
  timeZones: readonly string[]
}) {
  return (
    <ActionForm action={saveSettingsAction} fields={{ workspace: workspace.slug }} submitLabel="Save">
      {({ errors }) => (
        <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
          <Field id="name" label="Name" hint={`The address /w/${workspace.slug} stays as it is.`} error={errors.name}>
            {(field) => <Input {...field} name="name" required maxLength={80} defaultValue={workspace.name} />}
          </Field>
          <TimeZoneField
            timeZones={timeZones}
            defaultValue={workspace.timeZone}
            hint="Days, weeks and months of every number begin and end in it."
            error={errors.timeZone}
          />
          <SelectField
            id="currency"
            name="currency"
            label="Currency"
            hint="The ledger is kept in US dollars."
            error={errors.currency}
            options={currencies.map((code) => ({ value: code, label: code }))}
            defaultValue={workspace.currency}
          />
          <SelectField
            id="fiscalYearStartMonth"
            name="fiscalYearStartMonth"
            label="Fiscal year starts in"
            error={errors.fiscalYearStartMonth}
            options={MONTHS}
            defaultValue={String(workspace.fiscalYearStartMonth)}
          />
          <CheckboxGroup
            legend="Environments shown by default"
            name="defaultEnvironments[]"
            options={ENVIRONMENTS}
            selected={workspace.defaultEnvironments}
            hint="Attempts of others are stored, and shown on request."
            error={errors.defaultEnvironments}
          />
          <CheckboxGroup
            legend="Data modes shown by default"
            name="defaultDataModes[]"
            options={DATA_MODES}
            selected={workspace.defaultDataModes}
            error={errors.defaultDataModes}
          />
          <SelectField
            id="costPreference"
            name="costPreference"
            label="Cost that wins"
            hint="Where an event reports its own cost and the price book has a price too."
            error={errors.costPreference}
            options={[
              { value: 'reported', label: 'Reported cost first' },
              { value: 'book', label: 'Price book first' },
            ]}
            defaultValue={workspace.costPreference}
          />
          <Field
            id="retentionDays"
            label="Keep users, ids and tags for (days)"
            hint="Empty keeps them for ever. Spend and token counts always stay."
            error={errors.retentionDays}
          >
            {(field) => (
              <Input
                {...field}
                name="retentionDays"
                inputMode="numeric"
                autoComplete="off"
                maxLength={5}
                defaultValue={workspace.retentionDays ?? ''}
              />
            )}
          </Field>
        </div>
      )}
    </ActionForm>
  )
}

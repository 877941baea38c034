'use client'

import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import type { ButtonVariant } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/input'

/** Says why, and confirms. */
export function ReasonForm({
  action,
  fields,
  submitLabel,
  variant,
}: {
  action: SettingsAction
  fields: Readonly<Record<string, string>>
  submitLabel: string
  variant?: ButtonVariant
}) {
  return (
    <ActionForm action={action} fields={fields} submitLabel={submitLabel} variant={variant} className="max-w-xl">
      {({ errors }) => (
        <Field id="reason" label="Reason" hint="Stays with the alias and in the audit log." error={errors.reason}>
          {(field) => <Input {...field} name="reason" required maxLength={500} autoComplete="off" />}
        </Field>
      )}
    </ActionForm>
  )
}

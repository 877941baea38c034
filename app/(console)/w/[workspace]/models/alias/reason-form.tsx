'use client'

import { useRouter } from 'next/navigation'
import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import type { ButtonVariant } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/input'

/** Says why, confirms, and leads elsewhere: what the page is about is there, or not there, no longer. */
export function ReasonForm({
  action,
  fields,
  submitLabel,
  variant,
  doneHref,
}: {
  action: SettingsAction
  fields: Readonly<Record<string, string>>
  submitLabel: string
  variant?: ButtonVariant
  doneHref: string
}) {
  const router = useRouter()
  const run: SettingsAction = async (previous, form) => {
    const next = await action(previous, form)
    if (next.status === 'done') router.push(doneHref)
    return next
  }
  return (
    <ActionForm action={run} fields={fields} submitLabel={submitLabel} variant={variant} className="max-w-xl">
      {({ errors }) => (
        <Field id="reason" label="Reason" hint="Stays with the alias and in the audit log." error={errors.reason}>
          {(field) => <Input {...field} name="reason" required maxLength={500} autoComplete="off" />}
        </Field>
      )}
    </ActionForm>
  )
}

'use client'

import { acknowledgeAction, snoozeAction } from '@/app/(console)/w/[workspace]/alerts/actions'
import { ActionForm } from '@/components/settings/action-form'
import { SelectField } from '@/components/settings/select-field'

const SNOOZES = [
  { value: '30', label: '30 minutes' },
  { value: '60', label: '1 hour' },
  { value: '240', label: '4 hours' },
  { value: '1440', label: '1 day' },
  { value: '10080', label: '7 days' },
]

export function AnswerForms({
  workspace,
  alert,
  canAcknowledge,
}: {
  workspace: string
  alert: string
  canAcknowledge: boolean
}) {
  return (
    <div className="flex flex-col gap-4">
      {canAcknowledge && (
        <ActionForm action={acknowledgeAction} fields={{ workspace, alert }} submitLabel="Acknowledge" />
      )}
      <ActionForm action={snoozeAction} fields={{ workspace, alert }} submitLabel="Snooze" variant="secondary">
        {({ errors }) => (
          <SelectField
            id="snooze-minutes"
            name="minutes"
            label="Put aside for"
            hint="Then it fires again, and its path begins anew."
            error={errors.minutes}
            options={SNOOZES}
            defaultValue="60"
          />
        )}
      </ActionForm>
    </div>
  )
}

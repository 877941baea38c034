'use client'

import { appointOwnersAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { ActionForm } from '@/components/settings/action-form'
import { SelectField } from '@/components/settings/select-field'

export function OwnersForm({
  workspace,
  members,
  budgetOwner,
  backupOwner,
}: {
  workspace: string
  members: readonly { id: string; name: string; email: string }[]
  budgetOwner: string
  backupOwner: string
}) {
  const options = [
    { value: '', label: 'Nobody' },
    ...members.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
  ]
  return (
    <ActionForm action={appointOwnersAction} fields={{ workspace }} submitLabel="Save">
      {({ errors }) => (
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            id="budgetOwner"
            name="budgetOwner"
            label="Budget owner"
            hint="The one person who answers for the budgets of this workspace."
            error={errors.budgetOwner}
            options={options}
            defaultValue={budgetOwner}
          />
          <SelectField
            id="backupOwner"
            name="backupOwner"
            label="Backup owner"
            hint="Stands in while the budget owner is away. Another member."
            error={errors.backupOwner}
            options={options}
            defaultValue={backupOwner}
          />
        </div>
      )}
    </ActionForm>
  )
}

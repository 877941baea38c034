'use client'

import { setEnforcementAction } from '@/app/(console)/w/[workspace]/settings/guard/actions'
import { ActionForm } from '@/components/settings/action-form'
import { SelectField } from '@/components/settings/select-field'

export function EnforcementForm({ workspace, observeOnly }: { workspace: string; observeOnly: boolean }) {
  return (
    <ActionForm action={setEnforcementAction} fields={{ workspace }} submitLabel="Save">
      {({ errors }) => (
        <SelectField
          id="enforcement"
          name="enforcement"
          label="What budgets and switches do"
          hint="Observing, every answer is allow and says what it would have been."
          error={errors.enforcement}
          options={[
            { value: 'enforce', label: 'Enforce' },
            { value: 'observe', label: 'Only observe' },
          ]}
          defaultValue={observeOnly ? 'observe' : 'enforce'}
        />
      )}
    </ActionForm>
  )
}

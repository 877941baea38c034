'use client'

import { throwSwitchAction } from '@/app/(console)/w/[workspace]/settings/guard/actions'
import { ActionForm } from '@/components/settings/action-form'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'

const LIFETIMES = [
  { value: '1', label: 'in an hour' },
  { value: '8', label: 'in 8 hours' },
  { value: '24', label: 'in a day' },
  { value: '168', label: 'in a week' },
  { value: '720', label: 'in 30 days' },
]

export function ThrowSwitch({
  workspace,
  members,
  self,
}: {
  workspace: string
  members: readonly { id: string; name: string }[]
  self: string
}) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="danger">Switch off</Button>
      </DialogTrigger>
      <DialogContent
        title="Switch off"
        description="Apps that ask the guard are told to block, until the switch is ended or expires."
      >
        <div className="p-4">
          <ActionForm action={throwSwitchAction} fields={{ workspace }} submitLabel="Switch off" variant="danger">
            {({ errors }) => (
              <div className="grid gap-4 sm:grid-cols-2">
                <SelectField
                  id="switch-target"
                  name="target"
                  label="What"
                  error={errors.target}
                  options={[
                    { value: 'provider', label: 'Provider' },
                    { value: 'model', label: 'Model' },
                    { value: 'endpoint', label: 'Endpoint' },
                  ]}
                  defaultValue="provider"
                />
                <Field id="switch-value" label="Name" hint="As the ledger shows it." error={errors.value}>
                  {(field) => <Input {...field} name="value" required maxLength={200} autoComplete="off" />}
                </Field>
                <Field id="switch-reason" label="Reason" hint="Apps are told." error={errors.reason}>
                  {(field) => <Input {...field} name="reason" required maxLength={300} autoComplete="off" />}
                </Field>
                <SelectField
                  id="switch-owner"
                  name="ownerId"
                  label="Owner"
                  error={errors.ownerId}
                  options={members.map(({ id, name }) => ({ value: id, label: name }))}
                  defaultValue={self}
                />
                <SelectField
                  id="switch-hours"
                  name="hours"
                  label="Expires"
                  error={errors.hours}
                  options={LIFETIMES}
                  defaultValue="24"
                />
              </div>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

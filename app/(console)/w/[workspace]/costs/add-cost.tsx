'use client'

import { useState } from 'react'
import { addFixedCostAction } from '@/app/(console)/w/[workspace]/costs/actions'
import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'

type FieldName =
  | 'name'
  | 'amount'
  | 'termMonths'
  | 'firstMonth'
  | 'lastMonth'
  | 'provider'
  | 'models'
  | 'capacityTokens'
  | 'capacityHours'
  | 'reason'

const FIELDS: readonly { name: FieldName; label: string; hint: string; required?: true }[] = [
  { name: 'name', label: 'Name', hint: 'Such as GPU pool A.', required: true },
  { name: 'amount', label: 'Amount in USD', hint: 'Per month, or of the whole term.', required: true },
  { name: 'termMonths', label: 'Term in months', hint: 'Empty: paid each month.' },
  { name: 'firstMonth', label: 'First month', hint: 'Such as 2026-10.', required: true },
  { name: 'lastMonth', label: 'Last month', hint: 'Empty: without end.' },
  { name: 'provider', label: 'Provider', hint: 'Empty: all usage.' },
  { name: 'models', label: 'Models', hint: 'Separated by commas; empty: all of the provider.' },
  { name: 'capacityTokens', label: 'Capacity, tokens per month', hint: 'Empty: nothing counts as idle.' },
  {
    name: 'capacityHours',
    label: 'Capacity, busy hours per month',
    hint: 'Such as replicas × hours; with busy time only.',
  },
  { name: 'reason', label: 'Reason', hint: 'For the audit log.', required: true },
]

/** Asks for a fixed cost and what it serves. */
export function AddCost({ workspace, month }: { workspace: string; month: string }) {
  const [open, setOpen] = useState(false)
  const run: SettingsAction = async (previous, form) => {
    const state = await addFixedCostAction(previous, form)
    if (state.status === 'done') setOpen(false)
    return state
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button variant="primary">Add fixed cost</Button>
      </DialogTrigger>
      <DialogContent title="Add fixed cost" description="What is paid whatever is used, spread over what it served.">
        <div className="p-4">
          <ActionForm action={run} fields={{ workspace }} submitLabel="Add">
            {({ errors }) => (
              <div className="grid gap-4 sm:grid-cols-2">
                {FIELDS.map(({ name, label, hint, required }) => (
                  <Field key={name} id={`cost-${name}`} label={label} hint={hint} error={errors[name]}>
                    {(field) => (
                      <Input
                        {...field}
                        name={name}
                        defaultValue={name === 'firstMonth' ? month : ''}
                        required={required}
                        autoComplete="off"
                      />
                    )}
                  </Field>
                ))}
                <SelectField
                  id="cost-method"
                  name="method"
                  label="Spread by"
                  error={errors.method}
                  options={[
                    { value: 'tokens', label: 'tokens' },
                    { value: 'requests', label: 'requests' },
                    { value: 'busyTime', label: 'busy time' },
                    { value: 'even', label: 'evenly over endpoints' },
                  ]}
                  defaultValue="tokens"
                />
              </div>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

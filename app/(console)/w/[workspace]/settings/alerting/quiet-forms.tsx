'use client'

import {
  addSilenceAction,
  addStandInAction,
  saveQuietTimeAction,
} from '@/app/(console)/w/[workspace]/settings/alerting/actions'
import { ActionForm } from '@/components/settings/action-form'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import type { SelectOption } from '@/components/ui/select'

function Tick({ name, label, isOn }: { name: string; label: string; isOn: boolean }) {
  return (
    <label className="flex items-center gap-1.5">
      <input type="checkbox" name={name} defaultChecked={isOn} className="accent-accent size-4" />
      {label}
    </label>
  )
}

export function QuietTimeForm({
  workspace,
  timeZone,
  fromTime,
  toTime,
  criticalPasses,
  holidays,
}: {
  workspace: string
  timeZone: string
  fromTime: string
  toTime: string
  criticalPasses: boolean
  holidays: string
}) {
  return (
    <ActionForm action={saveQuietTimeAction} fields={{ workspace }} submitLabel="Save quiet time">
      {({ errors }) => (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field id="quiet-from" label="Quiet from" hint={`Every day, in ${timeZone}.`} error={errors.fromTime}>
              {(field) => <Input {...field} name="fromTime" type="time" defaultValue={fromTime} />}
            </Field>
            <Field id="quiet-to" label="to" hint="Empty: no quiet hours." error={errors.toTime}>
              {(field) => <Input {...field} name="toTime" type="time" defaultValue={toTime} />}
            </Field>
          </div>
          <Field
            id="quiet-holidays"
            label="Holidays"
            hint="One a line: the day, then its name. They are quiet as a whole."
            error={errors.holidays}
          >
            {(field) => (
              <textarea
                {...field}
                name="holidays"
                rows={4}
                defaultValue={holidays}
                placeholder="2026-12-25 Christmas"
                className="border-control-line bg-surface text-ink placeholder:text-ink-faint aria-invalid:border-bad w-full rounded-md border px-2.5 py-1.5"
              />
            )}
          </Field>
          <Tick name="criticalPasses" label="Critical alerts go out at any hour" isOn={criticalPasses} />
        </>
      )}
    </ActionForm>
  )
}

export function AddSilence({ workspace }: { workspace: string }) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button>Silence</Button>
      </DialogTrigger>
      <DialogContent
        title="Silence alerts"
        description="From now on. Alerts are kept; what still fires at the end is told then."
      >
        <div className="p-4">
          <ActionForm action={addSilenceAction} fields={{ workspace }} submitLabel="Silence">
            {({ errors }) => (
              <>
                <Field id="silence-reason" label="Why" error={errors.reason}>
                  {(field) => <Input {...field} name="reason" required maxLength={200} autoComplete="off" />}
                </Field>
                <div className="grid gap-4 sm:grid-cols-2">
                  <SelectField
                    id="silence-source"
                    name="source"
                    label="What"
                    error={errors.source}
                    options={[
                      { value: '', label: 'all alerts' },
                      { value: 'budget', label: 'budgets' },
                      { value: 'rule', label: 'rules' },
                      { value: 'switch', label: 'kill switches' },
                    ]}
                    defaultValue=""
                  />
                  <SelectField
                    id="silence-minutes"
                    name="minutes"
                    label="For"
                    error={errors.minutes}
                    options={[
                      { value: '30', label: '30 minutes' },
                      { value: '60', label: '1 hour' },
                      { value: '240', label: '4 hours' },
                      { value: '1440', label: '1 day' },
                      { value: '4320', label: '3 days' },
                      { value: '10080', label: '7 days' },
                    ]}
                    defaultValue="60"
                  />
                </div>
                <Tick name="includesCritical" label="Critical alerts too" isOn={false} />
              </>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

export function AddStandIn({ workspace, members }: { workspace: string; members: readonly SelectOption[] }) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button>Add stand-in</Button>
      </DialogTrigger>
      <DialogContent title="Add a stand-in" description="From now on, until the end of a day.">
        <div className="p-4">
          <ActionForm action={addStandInAction} fields={{ workspace }} submitLabel="Add stand-in">
            {({ errors }) => (
              <div className="grid gap-4 sm:grid-cols-2">
                <SelectField id="away" name="member" label="Who is away" error={errors.member} options={members} />
                <SelectField
                  id="stand-in"
                  name="standIn"
                  label="Who stands in"
                  error={errors.standIn}
                  options={members}
                  defaultValue={members[1]?.value}
                />
                <Field id="stand-in-until" label="Last day" error={errors.lastDay}>
                  {(field) => <Input {...field} name="lastDay" type="date" required />}
                </Field>
              </div>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

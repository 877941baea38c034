'use client'

import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { savePathAction } from '@/app/(console)/w/[workspace]/settings/alerting/actions'
import { ActionForm } from '@/components/settings/action-form'
import { SelectField } from '@/components/settings/select-field'
import { Button, IconButton } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import type { SelectOption } from '@/components/ui/select'

type EditedStep = { after: string; target: string; repeat: string }
export type EditedPath = { id: number; name: string; isDefault: boolean; steps: readonly EditedStep[] }

const MAX_STEPS = 10
const REPEATS: readonly SelectOption[] = [
  { value: '', label: 'once' },
  { value: '5', label: 'every 5 minutes' },
  { value: '15', label: 'every 15 minutes' },
  { value: '30', label: 'every 30 minutes' },
  { value: '60', label: 'every hour' },
  { value: '1440', label: 'every day' },
]

export function PathEditor({
  workspace,
  targets,
  path,
}: {
  workspace: string
  /** Whom a step can tell. */
  targets: readonly SelectOption[]
  /** Without one a new path is made. */
  path?: EditedPath
}) {
  const initial = path?.steps ?? [{ after: '0', target: 'owner', repeat: '' }]
  const [steps, setSteps] = useState(() => initial.map((step, key) => ({ ...step, key })))
  const add = () => {
    const last = steps.at(-1)
    const key = Math.max(-1, ...steps.map((step) => step.key)) + 1
    setSteps([...steps, { key, after: String(Number(last?.after ?? 0) + 15), target: 'backup', repeat: '' }])
  }
  return (
    <Dialog>
      <DialogTrigger asChild>
        {path ? <Button aria-label={`Edit ${path.name}`}>Edit</Button> : <Button variant="primary">Add path</Button>}
      </DialogTrigger>
      <DialogContent
        title={path ? `Edit ${path.name}` : 'Add an escalation path'}
        description="Who is told when an alert fires, and who next while nobody acknowledges it."
      >
        <div className="p-4">
          <ActionForm
            action={savePathAction}
            fields={{ workspace, path: path ? String(path.id) : '' }}
            submitLabel="Save path"
          >
            {({ errors }) => (
              <>
                <Field id="path-name" label="Name" error={errors.name}>
                  {(field) => (
                    <Input
                      {...field}
                      name="name"
                      required
                      maxLength={80}
                      autoComplete="off"
                      defaultValue={path?.name}
                    />
                  )}
                </Field>
                <ol className="flex flex-col gap-3">
                  {steps.map((step, at) => (
                    <li
                      key={step.key}
                      className="border-line grid items-end gap-3 rounded-md border p-3 sm:grid-cols-[6rem_1fr_1fr_auto]"
                    >
                      <Field id={`step-after-${step.key}`} label="Minutes">
                        {(field) => (
                          <Input
                            {...field}
                            name="after[]"
                            type="number"
                            min={0}
                            max={10_080}
                            required
                            defaultValue={step.after}
                            aria-label={`Minutes after which step ${at + 1} runs`}
                          />
                        )}
                      </Field>
                      <SelectField
                        id={`step-target-${step.key}`}
                        name="target[]"
                        label="Tell"
                        aria-label={`Whom step ${at + 1} tells`}
                        options={targets}
                        defaultValue={step.target}
                      />
                      <SelectField
                        id={`step-repeat-${step.key}`}
                        name="repeat[]"
                        label="How often"
                        aria-label={`How often step ${at + 1} runs`}
                        options={withChosen(step.repeat)}
                        defaultValue={step.repeat}
                      />
                      <IconButton
                        label={`Remove step ${at + 1}`}
                        disabled={steps.length === 1}
                        onClick={() => setSteps(steps.filter(({ key }) => key !== step.key))}
                      >
                        <Trash2 aria-hidden className="size-4" />
                      </IconButton>
                    </li>
                  ))}
                </ol>
                {errors.steps && (
                  <p role="alert" className="text-bad">
                    {errors.steps}
                  </p>
                )}
                <div className="flex flex-wrap items-center gap-4">
                  <Button onClick={add} disabled={steps.length >= MAX_STEPS}>
                    <Plus aria-hidden className="size-3.5" />
                    Add step
                  </Button>
                  <label className="flex items-center gap-1.5">
                    <input
                      type="checkbox"
                      name="isDefault"
                      defaultChecked={path?.isDefault ?? false}
                      className="accent-accent size-4"
                    />
                    Default of the workspace
                  </label>
                </div>
              </>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

function withChosen(repeat: string): readonly SelectOption[] {
  if (REPEATS.some(({ value }) => value === repeat)) return REPEATS
  return [...REPEATS, { value: repeat, label: `every ${repeat} minutes` }]
}

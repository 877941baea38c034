'use client'

import { createWorkspaceAction } from '@/app/(console)/organization/actions'
import { ActionForm } from '@/components/settings/action-form'
import { TimeZoneField } from '@/components/settings/time-zone-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'

export function CreateWorkspace({ timeZones }: { timeZones: readonly string[] }) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="primary">Create workspace</Button>
      </DialogTrigger>
      <DialogContent title="Create a workspace" description="What is attributed and budgeted: a product, a team.">
        <div className="p-4">
          <ActionForm action={createWorkspaceAction} submitLabel="Create workspace">
            {({ errors }) => (
              <div className="grid gap-4 sm:grid-cols-2">
                <Field id="workspace-name" label="Name" error={errors.name}>
                  {(field) => <Input {...field} name="name" required maxLength={80} autoComplete="off" />}
                </Field>
                <Field
                  id="workspace-slug"
                  label="Address"
                  hint="Part of every link to it; it never changes."
                  error={errors.slug}
                >
                  {(field) => (
                    <Input
                      {...field}
                      name="slug"
                      required
                      maxLength={63}
                      autoComplete="off"
                      spellCheck={false}
                      placeholder="team-search"
                    />
                  )}
                </Field>
                <TimeZoneField timeZones={timeZones} defaultValue="UTC" error={errors.timeZone} />
              </div>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

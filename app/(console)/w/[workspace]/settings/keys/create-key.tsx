'use client'

import { createKeyAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { FirstEvent } from '@/app/(console)/w/[workspace]/settings/keys/first-event'
import { KeySnippets } from '@/app/(console)/w/[workspace]/settings/keys/key-snippets'
import { ActionForm } from '@/components/settings/action-form'
import { CopyText } from '@/components/settings/copy-text'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import { KEY_LIFETIMES_DAYS } from '@/lib/api-keys/new-key'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'

const asSent = { value: '', label: 'as events say' }
const named = (name: string) => ({ value: name, label: name })

export function CreateKey({ workspace, baseUrl }: { workspace: string; baseUrl: string }) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="primary">Create key</Button>
      </DialogTrigger>
      <DialogContent title="Create an API key">
        <div className="p-4">
          <ActionForm action={createKeyAction} fields={{ workspace }} submitLabel="Create key">
            {({ errors, result }) => (
              <>
                <div className="grid gap-4 sm:grid-cols-2">
                  <Field id="key-name" label="Name" hint="Which app or service sends with it." error={errors.name}>
                    {(field) => (
                      <Input {...field} name="name" required maxLength={80} autoComplete="off" placeholder="checkout" />
                    )}
                  </Field>
                  <SelectField
                    id="key-scope"
                    name="scope"
                    label="May"
                    error={errors.scope}
                    options={[
                      { value: 'ingest', label: 'send events' },
                      { value: 'read', label: 'read and export numbers' },
                      { value: 'both', label: 'both' },
                    ]}
                    defaultValue="ingest"
                  />
                  <SelectField
                    id="key-environment"
                    name="fixedEnvironment"
                    label="Environment"
                    error={errors.fixedEnvironment}
                    options={[asSent, ...ENVIRONMENTS.map(named)]}
                    defaultValue=""
                  />
                  <SelectField
                    id="key-data-mode"
                    name="fixedDataMode"
                    label="Data mode"
                    error={errors.fixedDataMode}
                    options={[asSent, ...DATA_MODES.map(named)]}
                    defaultValue=""
                  />
                  <SelectField
                    id="key-lifetime"
                    name="lifetimeDays"
                    label="Expires"
                    error={errors.lifetimeDays}
                    options={[
                      { value: '', label: 'never' },
                      ...KEY_LIFETIMES_DAYS.map((days) => ({ value: String(days), label: `in ${days} days` })),
                    ]}
                    defaultValue=""
                  />
                </div>
                {result?.kind === 'key' && (
                  <div className="border-line flex flex-col gap-4 rounded-md border p-3">
                    <CopyText label={`Secret of ${result.name}, shown only now`} text={result.secret} />
                    <KeySnippets secret={result.secret} baseUrl={baseUrl} />
                    <FirstEvent workspace={workspace} keyId={result.id} />
                  </div>
                )}
              </>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

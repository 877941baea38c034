'use client'

import { useState } from 'react'
import { addChannelAction } from '@/app/(console)/w/[workspace]/settings/alerting/actions'
import { ActionForm } from '@/components/settings/action-form'
import { CopyText } from '@/components/settings/copy-text'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import { CHANNEL_KINDS, CHANNEL_LABELS, type ChannelKind, PAGERDUTY_URL } from '@/lib/alerts/channel-settings'

const TARGETS: Record<ChannelKind, { label: string; hint: string; placeholder: string }> = {
  email: { label: 'E-mail addresses', hint: 'Separated by commas.', placeholder: 'finops@example.com' },
  slack: {
    label: 'Address',
    hint: 'Of an incoming webhook. It is a secret: it is kept encrypted and not shown again.',
    placeholder: 'https://hooks.slack.com/services/…',
  },
  teams: {
    label: 'Address',
    hint: 'Of an incoming webhook or workflow. It is kept encrypted and not shown again.',
    placeholder: 'https://….webhook.office.com/…',
  },
  pagerduty: {
    label: 'Address of the Events API',
    hint: 'Leave it empty unless your service is in the EU or a relay.',
    placeholder: PAGERDUTY_URL,
  },
  webhook: {
    label: 'Address',
    hint: 'Gets signed JSON by Standard Webhooks; the signing secret is shown once.',
    placeholder: 'https://example.com/hooks/farthing',
  },
}

export function AddChannel({ workspace }: { workspace: string }) {
  const [kind, setKind] = useState<ChannelKind>('email')
  const target = TARGETS[kind]
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="primary">Add channel</Button>
      </DialogTrigger>
      <DialogContent title="Add a channel">
        <div className="p-4">
          <ActionForm action={addChannelAction} fields={{ workspace }} submitLabel="Add channel">
            {({ errors, result }) => (
              <>
                <div className="grid gap-4 sm:grid-cols-2">
                  <Field id="channel-name" label="Name" error={errors.name}>
                    {(field) => <Input {...field} name="name" required maxLength={80} autoComplete="off" />}
                  </Field>
                  <SelectField
                    id="channel-kind"
                    name="kind"
                    label="Kind"
                    error={errors.kind}
                    options={CHANNEL_KINDS.map((value) => ({ value, label: CHANNEL_LABELS[value] }))}
                    value={kind}
                    onChange={({ target: { value } }) =>
                      setKind(CHANNEL_KINDS.find((name) => name === value) ?? 'email')
                    }
                  />
                </div>
                {kind === 'pagerduty' && (
                  <Field
                    id="channel-key"
                    label="Integration key"
                    hint="Of an Events API v2 integration. It is kept encrypted."
                    error={errors.routingKey}
                  >
                    {(field) => <Input {...field} name="routingKey" required maxLength={64} autoComplete="off" />}
                  </Field>
                )}
                <Field id="channel-target" label={target.label} hint={target.hint} error={errors.target}>
                  {(field) => (
                    <Input
                      {...field}
                      name="target"
                      required={kind !== 'pagerduty'}
                      maxLength={2_000}
                      autoComplete="off"
                      placeholder={target.placeholder}
                    />
                  )}
                </Field>
                {result?.kind === 'secret' && <CopyText label={result.label} text={result.text} />}
              </>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

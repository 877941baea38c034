'use client'

import { useState } from 'react'
import { revokeContractAction } from '@/app/(console)/w/[workspace]/prices/actions'
import { type AskedPreview, askPreview } from '@/app/(console)/w/[workspace]/prices/ask-preview'
import { PreviewPanel } from '@/app/(console)/w/[workspace]/prices/preview-panel'
import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { FormError } from '@/components/ui/form-message'
import { Field, Input } from '@/components/ui/input'
import { LoadingState } from '@/components/ui/states'

/** Undoes a contract price, after showing what that moves. */
export function UndoContract({ workspace, contract }: { workspace: string; contract: number }) {
  const [open, setOpen] = useState(false)
  const [asked, setAsked] = useState<AskedPreview | null>(null)
  const show = (next: boolean) => {
    setOpen(next)
    setAsked(null)
    if (next) {
      void askPreview(`/api/w/${encodeURIComponent(workspace)}/prices/preview`, { undo: contract }).then(setAsked)
    }
  }
  const run: SettingsAction = async (previous, form) => {
    const next = await revokeContractAction(previous, form)
    if (next.status === 'done') setOpen(false)
    return next
  }
  return (
    <Dialog open={open} onOpenChange={show}>
      <DialogTrigger asChild>
        <Button variant="danger" aria-label={`Undo contract ${contract}`}>
          Undo
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Undo contract ${contract}?`}
        description="It stays listed as undone. Figures become what they are without it."
      >
        <div className="flex flex-col gap-4 p-4">
          {asked === null && <LoadingState label="the preview" className="min-h-40" />}
          {asked?.kind === 'failed' && <FormError>{asked.message}</FormError>}
          {asked?.kind === 'preview' && (
            <>
              <PreviewPanel preview={asked.preview} timeZone="UTC" />
              <ActionForm
                action={run}
                fields={{ workspace, contract: String(contract) }}
                submitLabel="Undo it"
                variant="danger"
              >
                {({ errors }) => (
                  <Field id="undo-reason" label="Reason" hint="For the audit log." error={errors.reason}>
                    {(field) => <Input {...field} name="reason" required maxLength={500} autoComplete="off" />}
                  </Field>
                )}
              </ActionForm>
            </>
          )}
        </div>
      </DialogContent>
    </Dialog>
  )
}
